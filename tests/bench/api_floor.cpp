#include "tests/bench/api_floor.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>

namespace paperboy::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;

asio::awaitable<void> answer_constant(tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer;
  try {
    for (;;) {
      beast::http::request<beast::http::string_body> request;
      stream.expires_after(std::chrono::seconds(30));
      co_await beast::http::async_read(stream, buffer, request, asio::use_awaitable);
      beast::http::response<beast::http::string_body> response{beast::http::status::ok, 11};
      response.set(beast::http::field::content_type, "application/json");
      response.body() = R"({"status":"ok"})";
      response.prepare_payload();
      co_await beast::http::async_write(stream, response, asio::use_awaitable);
    }
  } catch (const boost::system::system_error&) {
    // The client has gone.
  }
}

asio::awaitable<void> accept_all(tcp::acceptor& acceptor) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(acceptor.get_executor(), answer_constant(std::move(socket)), asio::detached);
  }
}

}  // namespace

void serve_constant(std::uint16_t port) {
  asio::io_context context{1};
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), port});
  asio::co_spawn(context, accept_all(acceptor), asio::detached);
  context.run();
}

}  // namespace paperboy::bench

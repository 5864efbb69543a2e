#include "adapters/command_line/demo/http_client.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace paperboy::command_line::demo {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::uint64_t longest_answer = std::uint64_t{16} * 1024 * 1024;

beast::string_view view(std::string_view text) {
  return {text.data(), text.size()};
}

http::request<http::string_body> written(const http_request& r, const std::string& host) {
  http::request<http::string_body> out;
  out.version(11);
  out.method_string(view(r.method));
  out.target(view(r.target));
  out.set(http::field::host, host);
  out.set(http::field::user_agent, "paperboy-demo");
  out.set(http::field::connection, "close");
  if (!r.bearer.empty()) out.set(http::field::authorization, "Bearer " + std::string{r.bearer});
  if (!r.content_type.empty()) {
    out.set(http::field::content_type, view(r.content_type));
    out.body() = r.body;
    out.prepare_payload();
  }
  return out;
}

// One request and its answer, each step started by the one before.
struct exchange {
  asio::io_context loop{1};
  beast::tcp_stream stream{loop};
  http::request<http::string_body> request;
  http::response_parser<http::string_body> parser;
  beast::flat_buffer buffer;
  beast::error_code failed;

  void run(const asio::ip::tcp::endpoint& to) {
    parser.body_limit(longest_answer);
    stream.expires_after(http_client::limit);
    stream.async_connect(to, [this](beast::error_code e) {
      if ((failed = e)) return;
      http::async_write(stream, request, [this](beast::error_code w, std::size_t) {
        if ((failed = w)) return;
        http::async_read(stream, buffer, parser,
                         [this](beast::error_code r, std::size_t) { failed = r; });
      });
    });
    loop.run();
  }
};

}  // namespace

http_client::http_client(std::string_view url) {
  const auto authority = url.substr(url.find("//") + 2);
  const auto colon = authority.rfind(':');
  host_ = authority.substr(0, colon);
  port_ = authority.substr(colon + 1);
}

http_answer http_client::send(const http_request& r) const {
  exchange x;
  x.request = written(r, host_ + ':' + port_);
  const asio::ip::tcp::endpoint to{asio::ip::make_address(host_),
                                   static_cast<std::uint16_t>(std::stoul(port_))};
  x.run(to);
  if (x.failed) {
    throw demo_error(
        fmt::format("{} {} got no answer: {}", r.method, r.target, x.failed.message()));
  }
  return {x.parser.get().result_int(), std::move(x.parser.get().body())};
}

std::string http_client::ask(const http_request& r, unsigned status, unsigned or_status) const {
  http_answer answer = send(r);
  if (answer.status == status || answer.status == or_status) return std::move(answer.body);
  throw demo_error(fmt::format("{} {} answered {}, not {}: {}", r.method, r.target, answer.status,
                               status, answer.body));
}

}  // namespace paperboy::command_line::demo

#include "adapters/net/https_post.hpp"

#include <openssl/ssl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

#include "adapters/net/within.hpp"

namespace paperboy::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::uint32_t header_limit = 16 * 1024;

// The caller's context, shared; asio's wrapper owns one reference of its own.
asio::ssl::context wrap(const tls_context& tls) {
  SSL_CTX_up_ref(tls.get());
  return asio::ssl::context(tls.get());
}

task<result<https_answer>> exchange(asio::io_context& context, const tls_context& tls,
                                    const https_request& request) {
  auto socket = co_await dial(context, request.where, {});
  if (!socket) co_return socket.error();
  asio::ssl::context wrapped = wrap(tls);
  asio::ssl::stream<asio::ip::tcp::socket> stream(std::move(*socket), wrapped);
  if (!expect_host(stream.native_handle(), request.where.host)) co_return errc::invalid;
  co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);

  http::request<http::string_body> message(http::verb::post, request.target, 11);
  message.set(http::field::host, request.where.text());
  message.set(http::field::content_type, request.content_type);
  message.set(http::field::accept, "application/json");
  message.set(http::field::connection, "close");
  message.body() = request.body;
  message.prepare_payload();
  co_await http::async_write(stream, message, asio::use_awaitable);

  beast::flat_buffer buffer(header_limit + request.body_limit);
  http::response_parser<http::string_body> parser;
  parser.header_limit(header_limit);
  parser.body_limit(request.body_limit);
  co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
  auto& reply = parser.get();
  https_answer answer;
  answer.status = reply.result_int();
  answer.retry_after = std::string(reply[http::field::retry_after]);
  answer.body = std::move(reply.body());
  co_return answer;
}

}  // namespace

task<result<https_answer>> https_post(asio::io_context& context, tls_context tls,
                                      https_request request) {
  auto answer = co_await within(request.limit, exchange(context, tls, request));
  if (!answer && answer.error().category() == http::make_error_code(http::error{}).category()) {
    co_return errc::protocol;
  }
  co_return answer;
}

}  // namespace paperboy::net

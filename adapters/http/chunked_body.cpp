#include "adapters/http/chunked_body.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>

namespace paperboy::http {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

class chunked_body::parser final : public beast_http::basic_parser<true> {
 public:
  parser(std::string& body, std::size_t limit) : body_(body), limit_(limit) {
    eager(true);
    body_limit(limit);
    // The head was read and checked already; Beast needs one to know what follows.
    constexpr std::string_view head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    error_code ec;
    eager(false);
    put(boost::asio::buffer(head), ec);
    eager(true);
  }

 private:
  void on_request_impl(beast_http::verb, string_view, string_view, int, error_code& ec) override {
    ec = {};
  }
  void on_response_impl(int, string_view, int, error_code& ec) override { ec = {}; }
  void on_field_impl(beast_http::field, string_view, string_view, error_code& ec) override {
    ec = {};
  }
  void on_header_impl(error_code& ec) override { ec = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code& ec) override {
    ec = {};
  }
  std::size_t on_body_impl(string_view, error_code& ec) override {
    ec = {};
    return 0;
  }
  void on_chunk_header_impl(std::uint64_t size, string_view extensions, error_code& ec) override {
    ec = {};
    if (extensions.size() > chunk_extension_limit) ec = beast_http::error::bad_chunk_extension;
    if (size > limit_ - body_.size()) ec = beast_http::error::body_limit;
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view part, error_code& ec) override {
    ec = {};
    body_.append(part.data(), part.size());
    return part.size();
  }
  void on_finish_impl(error_code& ec) override { ec = {}; }

  std::string& body_;
  const std::size_t limit_;
};

chunked_body::chunked_body(std::string& body, std::size_t limit)
    : parser_(std::make_unique<parser>(body, limit)) {}

chunked_body::~chunked_body() = default;

chunked_body::progress chunked_body::feed(std::string_view bytes, std::size_t& consumed) {
  error_code ec;
  consumed = 0;
  while (consumed < bytes.size() && !parser_->is_done()) {
    consumed +=
        parser_->put(boost::asio::buffer(bytes.data() + consumed, bytes.size() - consumed), ec);
    if (ec == beast_http::error::need_more) {
      // A chunk's line that is still open: it holds a size and extensions, no more.
      return bytes.size() - consumed > chunk_extension_limit + 64 ? progress::malformed
                                                                  : progress::more;
    }
    if (ec == beast_http::error::body_limit) return progress::too_large;
    if (ec) return progress::malformed;
  }
  return parser_->is_done() ? progress::complete : progress::more;
}

}  // namespace paperboy::http

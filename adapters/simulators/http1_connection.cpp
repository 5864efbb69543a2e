#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <string>

#include "adapters/simulators/connection.hpp"

namespace paperboy::simulators {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using error_code = boost::system::error_code;

constexpr std::chrono::minutes idle_limit{4};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// HTTP/1.1 with keep-alive, one request after the other.
class http1_connection final : public connection {
 public:
  http1_connection(std::unique_ptr<tls_stream> stream, const connection_context& context)
      : stream_(std::move(stream)),
        timer_(stream_->get_executor()),
        delays_(context.delays),
        after_batch_(context.after_batch),
        conversation_(context.of.open()) {}

  void start() override { read(); }

  void due(std::int32_t id) override {
    if (!closed_ && id == current_) finish();
  }

  void go_away(std::uint32_t, std::string_view) override {
    last_ = true;
    if (!busy_) close();
  }

  void close() override {
    if (closed_) return;
    closed_ = true;
    error_code ignored;
    stream_->lowest_layer().close(ignored);
    timer_.cancel();
  }

 private:
  std::shared_ptr<http1_connection> self() {
    return std::static_pointer_cast<http1_connection>(shared_from_this());
  }
  void read();
  void received();
  void finish();
  void write(std::string text, bool then_close);
  void hang();

  std::unique_ptr<tls_stream> stream_;
  asio::steady_timer timer_;
  delay_line& delays_;
  std::function<void()> after_batch_;
  std::unique_ptr<conversation> conversation_;
  boost::beast::flat_buffer buffer_{request::header_limit + 2 * request::body_limit};
  std::optional<http::request_parser<http::string_body>> parser_;
  request in_;
  answer out_;
  std::string text_;
  std::int32_t current_ = 0;
  bool last_ = false;
  bool busy_ = false;  // between a request and the end of its answer
  bool closed_ = false;
};

void http1_connection::read() {
  busy_ = false;
  parser_.emplace();
  parser_->header_limit(request::header_limit);
  parser_->body_limit(2 * request::body_limit);
  timer_.expires_after(idle_limit);
  timer_.async_wait([me = self()](const error_code& error) {
    if (!error) me->close();
  });
  http::async_read(*stream_, buffer_, *parser_,
                   [me = self()](const error_code& error, std::size_t) {
                     if (error || me->closed_) return me->close();
                     me->received();
                   });
}

void http1_connection::received() {
  timer_.cancel();
  busy_ = true;
  const auto& message = parser_->get();
  in_.clear();
  out_.clear();
  in_.add(":method", message.method_string());
  in_.add(":path", message.target());
  for (const auto& field : message)
    in_.add(field.name() == http::field::host ? ":authority" : lower(field.name_string()),
            field.value());
  in_.append_body(message.body());
  last_ = last_ || !message.keep_alive();
  ++current_;
  conversation_->handle(in_, out_);
  if (after_batch_) after_batch_();
  if (out_.delay.count() > 0) {
    delays_.add(delay_line::clock::now() + out_.delay, weak_from_this(), current_);
    hang();  // holds the connection until then
  } else {
    finish();
  }
}

void http1_connection::finish() {
  const bool answered = out_.end == ending::answer || out_.end == ending::half ||
                        (out_.end == ending::go_away && out_.last == goaway_last::this_one);
  if (out_.end == ending::swallow || out_.end == ending::freeze) return hang();
  if (!answered) return close();
  const bool then_close = last_ || out_.end == ending::go_away;
  const auto reason = http::obsolete_reason(http::int_to_status(out_.status));
  std::string text = "HTTP/1.1 " + std::to_string(out_.status) + " " +
                     std::string(reason.data(), reason.size()) + "\r\n";
  if (!out_.content_type.empty())
    text.append("content-type: ").append(out_.content_type).append("\r\n");
  for (const auto& [name, value] : out_.headers)
    text.append(name).append(": ").append(value).append("\r\n");
  if (then_close) text += "connection: close\r\n";
  text += "content-length: " + std::to_string(out_.body.size()) + "\r\n\r\n";
  text += std::string_view(out_.body).substr(
      0, out_.end == ending::half ? out_.body.size() / 2 : out_.body.size());
  write(std::move(text), then_close);
}

// Open, but dead: until the idle limit, or until the simulator stops.
void http1_connection::hang() {
  timer_.expires_after(idle_limit);
  timer_.async_wait([me = self()](const error_code& error) {
    if (!error) me->close();
  });
}

void http1_connection::write(std::string text, bool then_close) {
  constexpr std::chrono::seconds write_limit{30};
  text_ = std::move(text);
  timer_.expires_after(write_limit);
  timer_.async_wait([me = self()](const error_code& error) {
    if (!error) me->close();
  });
  asio::async_write(*stream_, asio::buffer(text_),
                    [me = self(), then_close](const error_code& error, std::size_t) {
                      me->timer_.cancel();
                      if (error || me->closed_) return me->close();
                      if (me->out_.end == ending::half) return me->hang();
                      if (!then_close) return me->read();
                      error_code ignored;
                      me->stream_->lowest_layer().shutdown(asio::ip::tcp::socket::shutdown_send,
                                                           ignored);
                      me->close();
                    });
}

}  // namespace

std::shared_ptr<connection> make_http1_connection(std::unique_ptr<tls_stream> stream,
                                                  const connection_context& context) {
  return std::make_shared<http1_connection>(std::move(stream), context);
}

}  // namespace paperboy::simulators

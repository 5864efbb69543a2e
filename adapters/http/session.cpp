#include "adapters/http/session.hpp"

#include <openssl/ssl.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <ctime>
#include <type_traits>

#include "adapters/http/chunked_body.hpp"
#include "adapters/http/problem.hpp"

namespace paperboy::http {

namespace asio = boost::asio;
using tcp_socket = asio::ip::tcp::socket;
using tls_stream = asio::ssl::stream<tcp_socket>;

namespace {

// The first byte of every TLS record that opens a connection (RFC 8446 section 5.1: handshake).
constexpr char tls_handshake_byte = 0x16;

answer too_slow() {
  return to_answer({408, "request-timeout", "The request did not arrive in time.", {}}).close();
}

}  // namespace

std::string_view date_now() {
  constexpr std::string_view days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  thread_local std::time_t written_for = -1;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now == written_for) return text;
  std::tm utc{};
  gmtime_r(&now, &utc);
  char numbers[32];
  text = days[utc.tm_wday];
  std::strftime(numbers, sizeof numbers, ", %d ", &utc);
  text += numbers;
  text += months[utc.tm_mon];
  std::strftime(numbers, sizeof numbers, " %Y %H:%M:%S GMT", &utc);
  text += numbers;
  written_for = now;
  return text;
}

template <class Stream>
session<Stream>::session(Stream stream, const address& peer, dispatcher& answers,
                         session_owner& owner)
    : stream_(std::move(stream)),
      dispatcher_(answers),
      owner_(owner),
      limits_(answers.service().limits),
      buffer_(new char[buffer_size]) {
  exchange_.peer = peer;
}

template <class Stream>
tcp_socket& session<Stream>::socket() noexcept {
  if constexpr (std::is_same_v<Stream, tcp_socket>) {
    return stream_;
  } else {
    return stream_.next_layer();
  }
}

template <class Stream>
void session<Stream>::expire() {
  if (now_in() == phase::handling) {
    spdlog::error("request {} took longer than its limit and was ended", exchange_.id);
    cancel();
    return;
  }
  expired_ = true;
  boost::system::error_code ignored;
  socket().cancel(ignored);
}

template <class Stream>
void session<Stream>::begin(phase p, std::chrono::milliseconds limit) {
  enter(p, std::chrono::steady_clock::now() + limit);
  owner_.changed_phase(*this);
}

// 0: end of stream, an error, or the time is over.
template <class Stream>
task<std::size_t> session<Stream>::read_some(char* to, std::size_t size) {
  boost::system::error_code error;
  const std::size_t n = co_await stream_.async_read_some(
      asio::buffer(to, size), asio::redirect_error(asio::use_awaitable, error));
  co_return error ? 0 : n;
}

template <class Stream>
task<bool> session<Stream>::write(std::string_view bytes) {
  begin(phase::writing, limits_.write);
  while (!bytes.empty()) {
    boost::system::error_code error;
    const std::size_t n = co_await stream_.async_write_some(
        asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return false;
    bytes.remove_prefix(n);
  }
  co_return true;
}

template <class Stream>
task<bool> session<Stream>::send(const answer& a, bool last) {
  dispatcher_.count(exchange_, a.status(), std::chrono::steady_clock::now());
  out_.clear();
  write_message(a,
                {.request_id = exchange_.id,
                 .date = date_now(),
                 .close = last,
                 .head_only = exchange_.received.method == method::head,
                 .secure = !std::is_same_v<Stream, tcp_socket>},
                out_);
  // What was waited for together leaves together: to wake the peer's thread between two answers costs
  // more than to make one.
  co_await asio::post(socket().get_executor(), asio::use_awaitable);
  const bool written = co_await write(out_);
  if (out_.capacity() > kept_body_size) out_ = {};
  co_return written;
}

// A plain request on a TLS port is told so in plain text, as its sender cannot read anything else.
template <class Stream>
task<bool> session<Stream>::handshake() {
  if constexpr (std::is_same_v<Stream, tcp_socket>) {
    co_return true;
  } else {
    begin(phase::handshake, limits_.handshake);
    boost::system::error_code error;
    co_await socket().async_wait(tcp_socket::wait_read,
                                 asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return false;
    char first = 0;
    if (::recv(socket().native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1) co_return false;
    if (first == tls_handshake_byte) {
      co_await stream_.async_handshake(asio::ssl::stream_base::server,
                                       asio::redirect_error(asio::use_awaitable, error));
      co_return !error;
    }
    exchange_.began = std::chrono::steady_clock::now();
    dispatcher_.identify(exchange_, false);
    out_.clear();
    write_message(to_answer({400, "tls-required", "This port speaks HTTPS only.", {}}),
                  {.request_id = exchange_.id, .date = date_now(), .close = true}, out_);
    co_await asio::async_write(socket(), asio::buffer(out_),
                               asio::redirect_error(asio::use_awaitable, error));
    socket().shutdown(tcp_socket::shutdown_send, error);
    while (!error) {
      co_await socket().async_read_some(asio::buffer(buffer_.get(), buffer_size),
                                        asio::redirect_error(asio::use_awaitable, error));
    }
    co_return false;
  }
}

template <class Stream>
task<void> session<Stream>::run() {
  if (!co_await handshake()) co_return;
  while (co_await serve_one()) {
  }
}

// What a read that brought nothing means.
template <class Stream>
auto session<Stream>::ended(answer& refusal) const -> reading {
  if (!expired_) return reading::gone;
  refusal = too_slow();
  return reading::answered;
}

// Leaves room for a whole head, and for the lines of a chunked body behind it.
template <class Stream>
void session<Stream>::make_room() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (begin_ > buffer_size - 2 * head_limit + head_limit / 2) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
}

template <class Stream>
auto session<Stream>::read_head(answer& refusal) -> task<reading> {
  reader_.reset();
  make_room();
  if (begin_ == end_) {
    if (owner_.stopping()) co_return reading::gone;
    const bool fresh = served_ == 0;
    begin(fresh ? phase::fresh : phase::idle, fresh ? limits_.head : limits_.idle);
    end_ += co_await read_some(buffer_.get() + end_, buffer_size - end_);
    if (begin_ == end_) co_return reading::gone;
    if (fresh && buffer_[begin_] == tls_handshake_byte) co_return reading::gone;
  }
  if (now_in() == phase::fresh) {
    // The first head's time runs from the accept on: one early byte buys nothing.
    enter(phase::head, deadline());
    owner_.changed_phase(*this);
  } else {
    begin(phase::head, limits_.head);
  }
  exchange_.began = std::chrono::steady_clock::now();
  for (;;) {
    const std::string_view arrived(buffer_.get() + begin_, end_ - begin_);
    switch (reader_.read(arrived, exchange_.received)) {
      case head_reader::progress::complete:
        co_return reading::complete;
      case head_reader::progress::refused:
        refusal = to_answer(reader_.refusal()).close();
        co_return reading::answered;
      case head_reader::progress::more:
        break;
    }
    const std::size_t n = co_await read_some(buffer_.get() + end_, buffer_size - end_);
    if (n == 0) co_return ended(refusal);
    end_ += n;
  }
}

template <class Stream>
bool session<Stream>::body_is_here() const noexcept {
  const head& h = exchange_.received;
  return !h.chunked && end_ - begin_ >= h.size + h.content_length.value_or(0);
}

// A body may take its time and a second for each so many bytes that came.
template <class Stream>
void session<Stream>::body_arrived(clock_time since, std::size_t bytes) {
  const std::chrono::milliseconds earned{bytes * 1000 / limits_.body_bytes_per_second};
  enter(phase::body, since + std::min(limits_.body + earned, limits_.body_most));
  owner_.changed_phase(*this);
}

// Most bodies come with their head: nothing is waited for.
template <class Stream>
auto session<Stream>::take_body(std::string_view& body) -> reading {
  const head& h = exchange_.received;
  const auto length = static_cast<std::size_t>(h.content_length.value_or(0));
  body = {buffer_.get() + begin_ + h.size, length};
  message_size_ = h.size + length;
  return reading::complete;
}

template <class Stream>
auto session<Stream>::read_body(std::string_view& body, answer& refusal) -> task<reading> {
  const head& h = exchange_.received;
  message_size_ = h.size;
  if (!h.has_body()) co_return reading::complete;
  if (h.expects == expectation::go_ahead && end_ - begin_ == h.size) {
    if (!co_await write("HTTP/1.1 100 Continue\r\n\r\n")) co_return reading::gone;
  }
  if (h.chunked) co_return co_await read_chunked(body, refusal);
  co_return co_await read_counted(static_cast<std::size_t>(*h.content_length), body, refusal);
}

// Within the buffer where it fits, else in a string of its own: the head must not move.
template <class Stream>
auto session<Stream>::read_counted(std::size_t length, std::string_view& body, answer& refusal)
    -> task<reading> {
  const auto since = std::chrono::steady_clock::now();
  const std::size_t start = begin_ + message_size_;
  if (start + length <= buffer_size) {
    while (end_ - start < length) {
      body_arrived(since, end_ - start);
      const std::size_t n = co_await read_some(buffer_.get() + end_, buffer_size - end_);
      if (n == 0) co_return ended(refusal);
      end_ += n;
    }
    body = {buffer_.get() + start, length};
    message_size_ += length;
    co_return reading::complete;
  }
  body_.assign(buffer_.get() + start, end_ - start);
  end_ = start;
  while (body_.size() < length) {
    const std::size_t had = body_.size();
    body_arrived(since, had);
    body_.resize(had + std::min(length - had, kept_body_size));
    const std::size_t n = co_await read_some(body_.data() + had, body_.size() - had);
    if (n == 0) co_return ended(refusal);
    body_.resize(had + n);
  }
  body = body_;
  co_return reading::complete;
}

template <class Stream>
auto session<Stream>::read_chunked(std::string_view& body, answer& refusal) -> task<reading> {
  const auto since = std::chrono::steady_clock::now();
  const std::size_t start = begin_ + message_size_;
  body_.clear();
  chunked_body decoder(body_, exchange_.matched->body_limit);
  for (;;) {
    std::size_t consumed = 0;
    const auto progress = decoder.feed({buffer_.get() + start, end_ - start}, consumed);
    std::memmove(buffer_.get() + start, buffer_.get() + start + consumed, end_ - start - consumed);
    end_ -= consumed;
    switch (progress) {
      case chunked_body::progress::complete:
        body = body_;
        co_return reading::complete;
      case chunked_body::progress::malformed:
        refusal = to_answer({400, "bad-request", "The body is not chunked as RFC 9112 says.", {}});
        co_return reading::answered;
      case chunked_body::progress::too_large:
        refusal = to_answer({413,
                             "body-too-large",
                             "The body has at most " +
                                 std::to_string(exchange_.matched->body_limit) + " bytes here.",
                             {}});
        co_return reading::answered;
      case chunked_body::progress::more:
        break;
    }
    body_arrived(since, body_.size());
    const std::size_t n = co_await read_some(buffer_.get() + end_, buffer_size - end_);
    if (n == 0) co_return ended(refusal);
    end_ += n;
  }
}

// One request and its answer. False: the connection is over.
template <class Stream>
task<bool> session<Stream>::serve_one() {
  exchange& x = exchange_;
  x.matched = nullptr;
  x.received.method = method::get;
  answer a;
  reading got = co_await read_head(a);
  if (got == reading::gone) co_return false;
  dispatcher_.identify(x, got == reading::complete);
  bool last = got == reading::answered;
  if (got == reading::complete) {
    message_size_ = x.received.size;
    std::string_view body;
    if (auto refused = dispatcher_.admit(x)) {
      a = std::move(*refused);
      // A body that is on its way cannot be told from a next request without reading it.
      last = !body_is_here();
      message_size_ += last ? 0 : x.received.content_length.value_or(0);
    } else if (got = body_is_here() ? take_body(body) : co_await read_body(body, a);
               got == reading::complete) {
      begin(phase::handling, limits_.handling);
      a = co_await dispatcher_.handle(x, body);
    }
    if (got == reading::gone) co_return false;
    last = last || got == reading::answered || !x.received.keep_alive;
  }
  last = last || a.closes() || owner_.stopping() ||
         ++served_ >= dispatcher_.service().requests_per_connection;
  if (!co_await send(a, last)) co_return false;
  begin_ += message_size_;
  message_size_ = 0;
  if (body_.capacity() > kept_body_size) body_ = {};
  if (last) co_await close_gracefully();
  co_return !last;
}

// Ends our side, then reads what still comes for a while: closing over unread bytes would reset the
// connection and take the answer from a client that has not read it yet (RFC 9112 section 9.6).
template <class Stream>
task<void> session<Stream>::close_gracefully() {
  begin(phase::closing, limits_.lingering);
  boost::system::error_code error;
  if constexpr (!std::is_same_v<Stream, tcp_socket>) {
    co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
    error.clear();
  }
  socket().shutdown(tcp_socket::shutdown_send, error);
  while (!error && !expired_) {
    co_await socket().async_read_some(asio::buffer(buffer_.get(), buffer_size),
                                      asio::redirect_error(asio::use_awaitable, error));
  }
}

template class session<tcp_socket>;
template class session<tls_stream>;

}  // namespace paperboy::http

#include "adapters/net/http2_session.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <utility>

#include "adapters/net/coarse_clock.hpp"
#include "adapters/net/http2_callbacks.hpp"

namespace paperboy::net {
namespace {

namespace asio = boost::asio;
using progress = tls_socket::progress;

// One TLS record. Smaller writes cost more CPU a push (1,400 bytes: 1.5 times), larger ones gain
// nothing.
constexpr std::size_t write_size = 16 * 1024;
// Room for a frame that begins just below write_size: RFC 9113 section 4.2 caps what we send.
constexpr std::size_t output_size = write_size + 16 * 1024 + 9 + 256;
constexpr std::size_t input_size = 16 * 1024;
constexpr int reads_a_turn = 16;

}  // namespace

http2_session::http2_session(asio::io_context& context, asio::ip::tcp::socket socket,
                             const tls_context& tls, const session_settings& settings,
                             std::uint32_t number, owner& o)
    : context_(context),
      socket_(std::move(socket), tls, settings.host),
      settings_(settings),
      number_(number),
      owner_(&o),
      http2_(nullptr, &nghttp2_session_del),
      input_(input_size),
      output_(output_size),
      started_at_(std::chrono::steady_clock::now()) {}

http2_session::~http2_session() = default;

void http2_session::start() {
  asio::post(context_, [self = shared_from_this()] {
    if (!self->closed_) self->shake_hands();
  });
}

void http2_session::shake_hands() noexcept {
  in_turn_ = true;
  switch (socket_.handshake()) {
    case progress::done:
      establish();
      break;
    case progress::wants_read:
      await_readable();
      break;
    case progress::wants_write:
      await_writable();
      break;
    case progress::closed:
      close(errc::unavailable, "closed during the TLS handshake");
      break;
    case progress::failed:
      close(errc::unavailable, "TLS handshake: " + socket_.failure());
      break;
  }
  settle();
}

void http2_session::establish() noexcept {
  if (socket_.protocol() != "h2") {
    close(errc::protocol, "the peer does not speak HTTP/2 (ALPN)");
    return;
  }
  http2_.reset(callbacks::make_session(*this));
  if (!http2_) {
    close(errc::overloaded, "out of memory");
    return;
  }
  established_ = true;
  limit_ = std::min(settings_.assumed_streams, settings_.most_streams);
  established_at_ = heard_at_ = idle_since_ = std::chrono::steady_clock::now();
  if (owner_ != nullptr) owner_->session_ready(*this);
  if (!closed_) read();
}

void http2_session::await_readable() noexcept {
  if (std::exchange(reading_armed_, true)) return;
  socket_.readable([self = shared_from_this()](error_code failed) {
    self->reading_armed_ = false;
    if (failed || self->closed_) return;
    if (!self->established_) return self->shake_hands();
    self->in_turn_ = true;
    self->read();
    self->settle();
  });
}

void http2_session::await_writable() noexcept {
  if (std::exchange(writing_armed_, true)) return;
  blocked_at_ = coarse_now();
  socket_.writable([self = shared_from_this()](error_code failed) {
    self->writing_armed_ = false;
    if (failed || self->closed_) return;
    if (!self->established_) return self->shake_hands();
    self->in_turn_ = true;
    self->settle();
  });
}

void http2_session::read() noexcept {
  for (int i = 0; i < reads_a_turn && !closed_; ++i) {
    std::size_t count = 0;
    switch (socket_.read(input_, count)) {
      case progress::done:
        break;
      case progress::wants_read:
        return await_readable();
      case progress::wants_write:
        return await_writable();
      case progress::closed:
        return close(errc::unavailable, "the peer closed the connection");
      case progress::failed:
        return close(errc::unavailable, socket_.failure());
    }
    heard_at_ = coarse_now();
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(input_.data());
    const auto taken = nghttp2_session_mem_recv(http2_.get(), bytes, count);
    if (taken < 0) {
      return close(errc::protocol,
                   why_.empty() ? nghttp2_strerror(static_cast<int>(taken)) : std::string(why_));
    }
  }
  // More may be waiting; others on this thread have their turn first.
  schedule();
}

void http2_session::schedule() noexcept {
  if (std::exchange(scheduled_, true)) return;
  asio::post(context_, [self = shared_from_this()] {
    self->scheduled_ = false;
    if (self->told_) return;
    self->in_turn_ = true;
    if (self->established_ && !self->closed_ && !self->reading_armed_) self->read();
    self->settle();
  });
}

void http2_session::settle() noexcept {
  in_turn_ = true;
  do {
    deliver();
    if (established_ && !closed_) flush();
  } while (!ended_.empty());
  in_turn_ = false;
  if (closed_ && !std::exchange(told_, true) && owner_ != nullptr) {
    owner_->session_closed(*this, how_, why_);
  }
}

void http2_session::deliver() noexcept {
  while (http2_exchange* x = ended_.front()) {
    ended_.remove(*x);
    x->session_ = nullptr;
    if (owner_ != nullptr) owner_->session_answered(*this, *x);
  }
  if (std::exchange(room_grew_, false) && room(urgency::urgent) != 0 && owner_ != nullptr) {
    owner_->session_has_room(*this);
  }
}

// Collects frames up to one record. False: the connection was closed.
bool http2_session::fill() noexcept {
  if (output_begin_ != 0) {
    output_end_ -= output_begin_;
    std::memmove(output_.data(), output_.data() + output_begin_, output_end_);
    output_begin_ = 0;
  }
  while (output_end_ < write_size) {
    const std::uint8_t* frame = nullptr;
    const auto size = nghttp2_session_mem_send(http2_.get(), &frame);
    if (size < 0 || static_cast<std::size_t>(size) > output_.size() - output_end_) {
      close(errc::protocol,
            size < 0 ? nghttp2_strerror(static_cast<int>(size)) : "a frame above the limit");
      return false;
    }
    if (size == 0) break;
    std::memcpy(output_.data() + output_end_, frame, static_cast<std::size_t>(size));
    output_end_ += static_cast<std::size_t>(size);
    serialised_ += static_cast<std::uint64_t>(size);
    if (http2_exchange* x = std::exchange(body_ended_, nullptr)) x->written_at_ = serialised_;
  }
  return true;
}

void http2_session::flush() noexcept {
  while (!writing_armed_) {
    if (retry_size_ == 0 && !fill()) return;
    if (output_begin_ == output_end_) break;
    const std::size_t size =
        retry_size_ != 0 ? retry_size_ : std::min(write_size, output_end_ - output_begin_);
    std::size_t count = 0;
    switch (socket_.write({output_.data() + output_begin_, size}, count)) {
      case progress::done:
        output_begin_ += count;
        taken_ += count;
        retry_size_ = 0;
        break;
      case progress::wants_read:
        retry_size_ = size;
        return await_readable();
      case progress::wants_write:
        retry_size_ = size;
        return await_writable();
      case progress::closed:
        return close(errc::unavailable, "the peer closed the connection");
      case progress::failed:
        return close(errc::unavailable, socket_.failure());
    }
  }
  if (writing_armed_ || closed_) return;
  const bool nothing_left =
      nghttp2_session_want_read(http2_.get()) == 0 && nghttp2_session_want_write(http2_.get()) == 0;
  if (goodbye_ && open_ == 0) {
    close(errc::closed, why_.empty() ? "retired" : std::string(why_));
  } else if (nothing_left) {
    close(draining_ ? errc::unavailable : errc::protocol,
          why_.empty() ? "the connection has ended by HTTP/2's rules" : std::string(why_));
  }
}

void http2_session::retire() noexcept {
  if (!std::exchange(draining_, true)) draining_since_ = std::chrono::steady_clock::now();
  if (!established_) return close(errc::closed, "retired");
  if (closed_ || std::exchange(goodbye_, true)) return;
  // Only the last stream id 0 is true of a client that takes no pushes.
  nghttp2_submit_goaway(http2_.get(), NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
  if (!in_turn_) schedule();
}

void http2_session::close(error_code how, std::string_view why) noexcept {
  if (std::exchange(closed_, true)) return;
  // Of a retired connection without streams it does not matter who is first to close.
  how_ = goodbye_ && open_ == 0 ? error_code(errc::closed) : how;
  // What the peer said in its GOAWAY tells more than how the connection then went.
  if (!sent_away_ && why_.data() != why.data()) why_ = why;
  socket_.close();
  open_ = 0;
  while (http2_exchange* x = opened_.front()) {
    end(*x, x->complete_ ? attempt_end::answered : unanswered(*x));
  }
  if (!in_turn_) schedule();
}

void http2_session::abandon() noexcept {
  owner_ = nullptr;
  close(errc::closed, "abandoned");
  told_ = true;
  // The exchanges go with their owner, before the loop comes round to us.
  while (http2_exchange* x = ended_.front()) ended_.remove(*x);
}

void http2_session::tick(time_point now) noexcept {
  if (closed_) return;
  if (!established_) {
    if (now - started_at_ >= settings_.handshake_limit) {
      close(errc::timed_out, "the TLS handshake did not end in time");
    }
    return;
  }
  if (writing_armed_ && now - blocked_at_ >= settings_.write_limit) {
    return close(errc::timed_out, "the peer takes no bytes");
  }
  if (draining_) {
    if (open_ == 0) {
      retire();
    } else if (now - draining_since_ >= settings_.drain_limit) {
      return close(errc::timed_out, "answers were still missing after GOAWAY");
    }
  }
  if (open_ == 0) return;
  const auto quiet_since = std::max(heard_at_, busy_since_);
  if (settings_.silence_limit.count() != 0 && now - quiet_since >= settings_.silence_limit) {
    return close(errc::timed_out, "nothing came for too long");
  }
  if (settings_.ping_after.count() == 0) return;
  if (ping_out_ && now - std::max(ping_at_, heard_at_) >= settings_.ping_ack_limit) {
    return close(errc::timed_out, "no answer to PING");
  }
  // A connection that was silent before its first stream is asked at once: it may have been dead
  // for long.
  if (!ping_out_ && now - heard_at_ >= settings_.ping_after) {
    ping_out_ = true;
    ping_at_ = now;
    nghttp2_submit_ping(http2_.get(), NGHTTP2_FLAG_NONE, nullptr);
    schedule();
  }
}

}  // namespace paperboy::net

#include <nghttp2/nghttp2.h>

#include <utility>

#include "adapters/net/coarse_clock.hpp"
#include "adapters/net/http2_callbacks.hpp"
#include "adapters/net/http2_session.hpp"

namespace paperboy::net {
namespace {

constexpr std::size_t field_overhead = 32;  // RFC 9113 section 6.5.2

}  // namespace

bool http2_session::submit(http2_exchange& x) noexcept {
  if (room(x.urgency_) == 0 || x.overfull_) return false;
  const std::int32_t stream = callbacks::submit(*this, x);
  if (stream < 0) {
    // Stream ids are used up (RFC 9113 section 5.1.1), or there is no memory.
    retire();
    return false;
  }
  x.stream_ = last_stream_ = stream;
  x.session_ = this;
  x.connection_ = number_;
  x.opened_at_ = coarse_now();
  if (open_++ == 0) busy_since_ = x.opened_at_;
  opened_.push_back(x);
  if (!in_turn_) schedule();
  return true;
}

bool http2_session::fits(const http2_exchange& x) const noexcept {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < x.field_count_; ++i) {
    bytes += x.fields_[i].name.size() + x.fields_[i].value.size() + field_overhead;
  }
  return bytes <= peer_header_list_;
}

attempt_end http2_session::unanswered(const http2_exchange& x) const noexcept {
  // A record that TLS did not take in full cannot be read by the peer.
  const bool left = x.written_at_ != 0 && x.written_at_ <= taken_;
  return left ? attempt_end::ambiguous : attempt_end::not_processed;
}

void http2_session::end(http2_exchange& x, attempt_end how) noexcept {
  x.end_ = how;
  if (how == attempt_end::answered) {
    ++answers_;
    refusals_ = 0;
  }
  if (reading_ == &x) reading_ = nullptr;
  if (body_ended_ == &x) body_ended_ = nullptr;
  opened_.remove(x);
  ended_.push_back(x);
}

void http2_session::stream_closed(http2_exchange* x, std::uint32_t code) noexcept {
  if (open_ > 0 && --open_ == 0) idle_since_ = coarse_now();
  room_grew_ = true;
  if (x == nullptr) return;  // given up before
  if (x->complete_) {
    end(*x, attempt_end::answered);
  } else if (code == NGHTTP2_REFUSED_STREAM) {
    if (x->stream_ > last_before_limit_) ++refusals_;
    end(*x, attempt_end::not_processed);
  } else {
    end(*x, unanswered(*x));
  }
}

void http2_session::cancel(http2_exchange& x) noexcept {
  if (x.session_ != this) return;
  x.end_ = unanswered(x);
  if (reading_ == &x) reading_ = nullptr;
  if (body_ended_ == &x) body_ended_ = nullptr;
  opened_.remove(x);
  x.session_ = nullptr;
  if (closed_) return;
  nghttp2_session_set_stream_user_data(http2_.get(), x.stream_, nullptr);
  nghttp2_submit_rst_stream(http2_.get(), NGHTTP2_FLAG_NONE, x.stream_, NGHTTP2_CANCEL);
  if (!in_turn_) schedule();
}

}  // namespace paperboy::net

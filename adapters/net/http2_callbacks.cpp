#include "adapters/net/http2_callbacks.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace paperboy::net {
namespace {

// What the peer may send before it must wait for us; only answers' bodies count.
constexpr std::int32_t connection_window = 1 << 20;
constexpr std::size_t longest_retry_after = 64;
constexpr std::size_t longest_reason = 256;

std::uint8_t* bytes(std::string_view text) noexcept {
  // nghttp2 takes a mutable pointer and does not write through it.
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

std::string_view text(const std::uint8_t* data, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(data), size};
}

std::uint16_t three_digits(std::string_view value) noexcept {
  // nghttp2 has checked that these are three digits.
  std::uint16_t number = 0;
  for (const char c : value) number = static_cast<std::uint16_t>(number * 10 + (c - '0'));
  return number;
}

}  // namespace

nghttp2_session_callbacks* http2_session::callbacks::table() noexcept {
  static nghttp2_session_callbacks* const made = [] {
    nghttp2_session_callbacks* t = nullptr;
    if (nghttp2_session_callbacks_new(&t) != 0) return t;
    nghttp2_session_callbacks_set_on_begin_headers_callback(t, &on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(t, &on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(t, &on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(t, &on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(t, &on_stream_close);
    return t;
  }();
  return made;
}

nghttp2_session* http2_session::callbacks::make_session(http2_session& owner) noexcept {
  nghttp2_option* option = nullptr;
  if (table() == nullptr || nghttp2_option_new(&option) != 0) return nullptr;
  nghttp2_option_set_peer_max_concurrent_streams(option, owner.settings_.assumed_streams);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_session* made = nullptr;
  nghttp2_mem memory = owner.memory_.hooks();
  nghttp2_session_client_new3(&made, table(), &owner, option, &memory);
  nghttp2_option_del(option);
  if (made == nullptr) return nullptr;

  const std::array<nghttp2_settings_entry, 2> ours{
      {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
       {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, owner.settings_.header_list_limit}}};
  nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, ours.data(), ours.size());
  nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0, connection_window);
  return made;
}

std::int32_t http2_session::callbacks::submit(http2_session& owner, http2_exchange& x) noexcept {
  // Nothing is copied: all of it stays until the answer. Of a request that was given up before its
  // HEADERS left, nghttp2 reads no more than the stream's id.
  std::array<nghttp2_nv, http2_exchange::most_fields> fields;
  for (std::size_t i = 0; i < x.field_count_; ++i) {
    const auto& field = x.fields_[i];
    const auto flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE |
                       (field.repeats ? NGHTTP2_NV_FLAG_NONE : NGHTTP2_NV_FLAG_NO_INDEX);
    fields[i] = {bytes(field.name), bytes(field.value), field.name.size(), field.value.size(),
                 static_cast<std::uint8_t>(flags)};
  }
  nghttp2_data_provider body{};
  body.read_callback = &read_body;
  return nghttp2_submit_request(owner.http2_.get(), nullptr, fields.data(), x.field_count_, &body,
                                &x);
}

http2_exchange* http2_session::callbacks::exchange(nghttp2_session* http2,
                                                   std::int32_t stream) noexcept {
  return static_cast<http2_exchange*>(nghttp2_session_get_stream_user_data(http2, stream));
}

int http2_session::callbacks::on_begin_headers(nghttp2_session* http2, const nghttp2_frame* frame,
                                               void* user) noexcept {
  auto& self = *static_cast<http2_session*>(user);
  self.reading_ = exchange(http2, frame->hd.stream_id);
  if (self.reading_ != nullptr) self.reading_->header_bytes_ = 0;
  return 0;
}

int http2_session::callbacks::on_header(nghttp2_session*, const nghttp2_frame*,
                                        const std::uint8_t* name, std::size_t name_size,
                                        const std::uint8_t* value, std::size_t value_size,
                                        std::uint8_t, void* user) noexcept {
  auto& self = *static_cast<http2_session*>(user);
  http2_exchange* const x = self.reading_;
  if (x == nullptr) return 0;
  x->header_bytes_ += name_size + value_size + 32;
  if (x->header_bytes_ > self.settings_.header_list_limit) {
    self.why_ = "an answer's header list is above the limit";
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  const std::string_view field = text(name, name_size);
  if (field == ":status") {
    x->status_ = three_digits(text(value, value_size));
  } else if (field == "retry-after") {
    x->retry_after_ = text(value, std::min(value_size, longest_retry_after));
  }
  return 0;
}

int http2_session::callbacks::on_data(nghttp2_session* http2, std::uint8_t, std::int32_t stream,
                                      const std::uint8_t* data, std::size_t size,
                                      void* user) noexcept {
  const auto& self = *static_cast<http2_session*>(user);
  http2_exchange* const x = exchange(http2, stream);
  if (x == nullptr || x->complete_) return 0;
  const std::size_t left = self.settings_.body_limit - x->answer_body_.size();
  x->answer_body_.append(text(data, std::min(size, left)));
  if (size > left) {
    // The status says what the gateway did; the rest is not worth waiting for.
    x->complete_ = true;
    nghttp2_submit_rst_stream(http2, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
  }
  return 0;
}

int http2_session::callbacks::on_frame(nghttp2_session* http2, const nghttp2_frame* frame,
                                       void* user) noexcept {
  auto& self = *static_cast<http2_session*>(user);
  switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA:
      if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        if (http2_exchange* x = exchange(http2, frame->hd.stream_id)) x->complete_ = true;
        // Answered before all of the request was sent (RFC 9113 section 8.1): no need to send it.
        if (nghttp2_session_get_stream_local_close(http2, frame->hd.stream_id) == 0) {
          nghttp2_submit_rst_stream(http2, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_CANCEL);
        }
      }
      break;
    case NGHTTP2_SETTINGS:
      if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) self.peer_settings();
      break;
    case NGHTTP2_PING:
      if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) self.ping_out_ = false;
      break;
    case NGHTTP2_GOAWAY:
      if (!self.goodbye_) self.sent_away_ = true;
      if (!self.draining_) {
        self.draining_ = true;
        self.draining_since_ = std::chrono::steady_clock::now();
      }
      self.why_ = "GOAWAY";
      if (frame->goaway.opaque_data_len != 0) {
        self.why_ += " ";
        self.why_ += text(frame->goaway.opaque_data,
                          std::min(frame->goaway.opaque_data_len, longest_reason));
      }
      break;
    default:
      break;
  }
  return 0;
}

int http2_session::callbacks::on_stream_close(nghttp2_session* http2, std::int32_t stream,
                                              std::uint32_t code, void* user) noexcept {
  static_cast<http2_session*>(user)->stream_closed(exchange(http2, stream), code);
  return 0;
}

ssize_t http2_session::callbacks::read_body(nghttp2_session* http2, std::int32_t stream,
                                            std::uint8_t* into, std::size_t room,
                                            std::uint32_t* flags, nghttp2_data_source*,
                                            void* user) noexcept {
  // By the stream, not by the source: what was given up may be gone by now.
  http2_exchange* const x = exchange(http2, stream);
  if (x == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  std::size_t written = 0;
  while (x->piece_ < x->piece_count_ && written < room) {
    const std::string_view rest = x->pieces_[x->piece_].substr(x->piece_offset_);
    const std::size_t now = std::min(rest.size(), room - written);
    std::memcpy(into + written, rest.data(), now);
    written += now;
    x->piece_offset_ += now;
    if (now == rest.size()) {
      ++x->piece_;
      x->piece_offset_ = 0;
    }
  }
  if (x->piece_ == x->piece_count_) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    static_cast<http2_session*>(user)->body_ended_ = x;
  }
  return static_cast<ssize_t>(written);
}

void http2_session::peer_settings() noexcept {
  const std::uint32_t theirs =
      nghttp2_session_get_remote_settings(http2_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  limit_ = std::min(theirs, settings_.most_streams);
  peer_header_list_ =
      nghttp2_session_get_remote_settings(http2_.get(), NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE);
  last_before_limit_ = last_stream_;
  refusals_ = 0;
  room_grew_ = true;
}

}  // namespace paperboy::net

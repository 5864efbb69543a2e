#pragma once

#include <nghttp2/nghttp2.h>

#include "adapters/net/http2_session.hpp"

namespace paperboy::net {

// The side of http2_session that faces nghttp2: what it calls, and how requests are put to it.
struct http2_session::callbacks {
  // A session with its SETTINGS queued, or nullptr. Never throws: nothing here allocates but
  // nghttp2.
  static nghttp2_session* make_session(http2_session& owner) noexcept;

  // The stream's id, or nghttp2's error code.
  static std::int32_t submit(http2_session& owner, http2_exchange& x) noexcept;

 private:
  static http2_exchange* exchange(nghttp2_session* http2, std::int32_t stream) noexcept;
  static nghttp2_session_callbacks* table() noexcept;
  static int on_begin_headers(nghttp2_session*, const nghttp2_frame*, void*) noexcept;
  static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t,
                       const std::uint8_t*, std::size_t, std::uint8_t, void*) noexcept;
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t*, std::size_t,
                     void*) noexcept;
  static int on_frame(nghttp2_session*, const nghttp2_frame*, void*) noexcept;
  static int on_stream_close(nghttp2_session*, std::int32_t, std::uint32_t, void*) noexcept;
  static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t,
                           std::uint32_t*, nghttp2_data_source*, void*) noexcept;
};

}  // namespace paperboy::net

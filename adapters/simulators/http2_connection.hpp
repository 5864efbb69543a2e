#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/simulators/connection.hpp"

namespace paperboy::simulators {

// One request and its answer. Kept for the next one when its stream is over.
struct exchange_record {
  std::int32_t id = 0;
  request in;
  answer out;
  std::size_t sent = 0;   // bytes of the answer's body
  bool refused = false;   // over the stream limit: it is not looked at
  bool finished = false;  // its answer was handed to nghttp2
};

// The server side of HTTP/2 (RFC 9113) with the manners of one gateway: http2_streams.cpp has what
// happens to requests, http2_connection.cpp the bytes and the clock.
class http2_connection final : public connection {
 public:
  http2_connection(std::unique_ptr<tls_stream> stream, const connection_context& context)
      : stream_(std::move(stream)),
        ticker_(stream_->get_executor()),
        delays_(context.delays),
        after_batch_(context.after_batch),
        manners_(context.of.manners()),
        conversation_(context.of.open()) {}
  ~http2_connection() override { nghttp2_session_del(session_); }

  void start() override;
  void due(std::int32_t id) override;
  void go_away(std::uint32_t code, std::string_view debug) override;
  void close() override;

 private:
  // nghttp2's callbacks.
  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* self) noexcept;
  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t flags, void* self) noexcept;
  static int data(nghttp2_session*, std::uint8_t flags, std::int32_t id, const std::uint8_t* bytes,
                  std::size_t size, void* self) noexcept;
  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* self) noexcept;
  static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t code,
                           void* self) noexcept;
  static ssize_t body(nghttp2_session*, std::int32_t id, std::uint8_t* to, std::size_t size,
                      std::uint32_t* flags, nghttp2_data_source* source, void* self) noexcept;

  static http2_connection& of(void* self) { return *static_cast<http2_connection*>(self); }
  exchange_record* record(std::int32_t id);
  exchange_record& take_record(std::int32_t id);
  void begin(std::int32_t id);
  void refuse(exchange_record& r);
  void complete(exchange_record& r);
  void finish(exchange_record& r);
  void respond(exchange_record& r);
  void leave(exchange_record& r);
  // `last`: the highest stream that the client is told was taken.
  void submit_goaway(std::int32_t last, std::uint32_t code, std::string_view debug);
  void announce(std::uint32_t limit);
  void pinged();

  void read();
  void received(std::size_t size);
  void flush();
  void flush_soon();
  void collect();
  void append_frame(const std::uint8_t* frame, std::size_t size);
  void linger();
  void tick();
  std::chrono::milliseconds tick_length() const;

  std::unique_ptr<tls_stream> stream_;
  boost::asio::steady_timer ticker_;
  delay_line& delays_;
  std::function<void()> after_batch_;
  http2_manners manners_;
  std::unique_ptr<conversation> conversation_;
  nghttp2_session* session_ = nullptr;

  std::deque<exchange_record> records_;
  std::vector<exchange_record*> free_;
  std::uint32_t open_ = 0;
  std::uint32_t limit_ = 0;
  std::deque<std::uint32_t> announced_;  // limits in SETTINGS frames not yet written
  std::uint32_t pings_ = 0;
  bool ping_pending_ = false;

  static constexpr std::size_t read_size = 32 * 1024;
  std::array<std::uint8_t, read_size> in_;
  std::vector<std::uint8_t> out_;
  std::vector<std::uint8_t> raw_;  // frames that nghttp2 would not write
  bool writing_ = false;
  bool flush_posted_ = false;
  bool frozen_ = false;
  bool closed_ = false;
  bool leaving_ = false;    // go_away() was called
  bool over_ = false;       // GOAWAY for a fault of the peer: nothing more is answered
  std::int32_t last_taken_ = std::numeric_limits<std::int32_t>::max();  // by our GOAWAY
  bool lingering_ = false;  // our side is shut; the peer's rest is read and thrown away
  std::chrono::steady_clock::time_point opened_at_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point active_at_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point since_{};  // of the write or the lingering under way
};

}  // namespace paperboy::simulators

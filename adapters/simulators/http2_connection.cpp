#include "adapters/simulators/http2_connection.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

namespace paperboy::simulators {
namespace {

namespace asio = boost::asio;
using error_code = boost::system::error_code;
using clock = std::chrono::steady_clock;

constexpr std::size_t write_size =
    16 * 1024;  // one TLS record; more frames wait for the next write
constexpr std::chrono::seconds write_limit{30};
constexpr std::chrono::seconds linger_limit{2};
constexpr std::chrono::minutes freeze_limit{10};

}  // namespace

// nghttp2 would end the connection when its own limit is broken, and these gateways do not. So it
// is told of no limit, and the number is put into the frame on its way out.
void http2_connection::announce(std::uint32_t limit) {
  limit_ = limit;
  announced_.push_back(limit);
  const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0x7fffffff};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &entry, 1);
}

void http2_connection::append_frame(const std::uint8_t* frame, std::size_t size) {
  const std::size_t at = out_.size();
  out_.insert(out_.end(), frame, frame + size);
  const bool settings = size > 9 && frame[3] == NGHTTP2_SETTINGS && (frame[4] & 1) == 0;
  if (!settings || announced_.empty()) return;
  for (std::size_t entry = at + 9; entry + 6 <= out_.size(); entry += 6) {
    if (out_[entry] != 0 || out_[entry + 1] != NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS) continue;
    for (std::size_t i = 0; i < 4; ++i)
      out_[entry + 2 + i] = static_cast<std::uint8_t>(announced_.front() >> (24 - 8 * i));
    announced_.pop_front();
    return;
  }
}

void http2_connection::start() {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, stream_closed);
  // What is not HTTP enough for nghttp2 (a missing :authority, say) is for the gateway to refuse.
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_http_messaging(option, 1);
  nghttp2_session_server_new2(&session_, callbacks, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);

  limit_ = manners_.first_stream_limit;
  announced_.push_back(limit_);
  const std::array<nghttp2_settings_entry, 4> settings{
      {{NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, manners_.header_table_size},
       {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0x7fffffff},
       {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, manners_.window_size},
       {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, request::header_limit}}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  if (!manners_.goaway_at_start.empty()) go_away(NGHTTP2_NO_ERROR, manners_.goaway_at_start);
  flush();
  read();
  tick();
}

void http2_connection::read() {
  stream_->async_read_some(asio::buffer(in_),
                           [self = std::static_pointer_cast<http2_connection>(shared_from_this())](
                               const error_code& error, std::size_t size) {
                             if (error) return self->close();
                             self->received(size);
                           });
}

void http2_connection::received(std::size_t size) {
  if (closed_ || frozen_) return;
  if (!lingering_) {
    active_at_ = clock::now();
    const ssize_t taken = nghttp2_session_mem_recv(session_, in_.data(), size);
    if (after_batch_) after_batch_();
    if (taken < 0) return close();
    flush();
  }
  if (!closed_ && !frozen_) read();
}

void http2_connection::flush_soon() {
  if (flush_posted_) return;
  flush_posted_ = true;
  asio::post(stream_->get_executor(),
             [self = std::static_pointer_cast<http2_connection>(shared_from_this())] {
               self->flush_posted_ = false;
               self->flush();
             });
}

void http2_connection::collect() {
  out_.clear();
  while (out_.size() < write_size) {
    const std::uint8_t* frame = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &frame);
    if (size <= 0) break;
    append_frame(frame, static_cast<std::size_t>(size));
  }
  out_.insert(out_.end(), raw_.begin(), raw_.end());
  raw_.clear();
}

void http2_connection::flush() {
  if (writing_ || closed_ || frozen_ || lingering_) return;
  collect();
  if (out_.empty()) {
    const bool done =
        nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
    if (done || over_) linger();
    return;
  }
  writing_ = true;
  since_ = clock::now();
  asio::async_write(*stream_, asio::buffer(out_),
                    [self = std::static_pointer_cast<http2_connection>(shared_from_this())](
                        const error_code& error, std::size_t) {
                      self->writing_ = false;
                      if (error) return self->close();
                      self->flush();
                    });
}

// Closing with unread bytes would make the kernel send RST, and the peer might never see the
// GOAWAY.
void http2_connection::linger() {
  lingering_ = true;
  since_ = clock::now();
  error_code ignored;
  stream_->lowest_layer().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void http2_connection::go_away(std::uint32_t code, std::string_view debug) {
  if (closed_ || frozen_ || lingering_ || leaving_) return;
  leaving_ = true;
  submit_goaway(nghttp2_session_get_last_proc_stream_id(session_), code, debug);
  flush_soon();
}

void http2_connection::submit_goaway(std::int32_t last, std::uint32_t code,
                                     std::string_view debug) {
  // Until it is sent more may arrive, which the client will take for unprocessed.
  last_taken_ = std::min(last_taken_, last);
  const std::vector<std::uint8_t> bytes(debug.begin(), debug.end());
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last, code, bytes.data(), bytes.size());
}

void http2_connection::close() {
  if (closed_) return;
  closed_ = true;
  error_code ignored;
  stream_->lowest_layer().close(ignored);
  ticker_.cancel();
}

std::chrono::milliseconds http2_connection::tick_length() const {
  std::chrono::milliseconds out{1000};
  for (const std::chrono::milliseconds limit : {manners_.idle_limit, manners_.maximum_age})
    if (limit.count() > 0) out = std::min(out, limit / 2);
  return std::max(out, std::chrono::milliseconds{5});
}

void http2_connection::tick() {
  ticker_.expires_after(tick_length());
  ticker_.async_wait([self = std::static_pointer_cast<http2_connection>(shared_from_this())](
                         const error_code& error) {
    if (error || self->closed_) return;
    const clock::time_point now = clock::now();
    const http2_manners& m = self->manners_;
    if ((self->writing_ && now - self->since_ > write_limit) ||
        (self->lingering_ && now - self->since_ > linger_limit) ||
        (self->frozen_ && now - self->since_ > freeze_limit))
      return self->close();
    if (m.maximum_age.count() > 0 && now - self->opened_at_ >= m.maximum_age)
      self->go_away(NGHTTP2_NO_ERROR, "max_age");
    else if (m.idle_limit.count() > 0 && self->open_ == 0 && now - self->active_at_ >= m.idle_limit)
      self->go_away(NGHTTP2_NO_ERROR, "session_timeout");
    self->tick();
  });
}

std::shared_ptr<connection> make_http2_connection(std::unique_ptr<tls_stream> stream,
                                                  const connection_context& context) {
  return std::make_shared<http2_connection>(std::move(stream), context);
}

}  // namespace paperboy::simulators

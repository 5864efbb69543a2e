#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <string>
#include <utility>

#include "adapters/simulators/connection.hpp"

namespace paperboy::simulators {
namespace {

namespace asio = boost::asio;
using error_code = boost::system::error_code;
using clock = std::chrono::steady_clock;

constexpr std::size_t read_size = 32 * 1024;
constexpr std::size_t write_size =
    16 * 1024;  // one TLS record; more frames wait for the next write
constexpr std::chrono::seconds write_limit{30};
constexpr std::chrono::seconds linger_limit{2};

struct exchange_record {
  std::int32_t id = 0;
  request in;
  answer out;
  std::size_t sent = 0;   // bytes of the answer's body
  bool refused = false;   // over the stream limit: it is not looked at
  bool finished = false;  // its answer was handed to nghttp2
};

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
  asio::steady_timer ticker_;
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

  std::array<std::uint8_t, read_size> in_;
  std::vector<std::uint8_t> out_;
  std::vector<std::uint8_t> raw_;  // frames that nghttp2 would not write
  bool writing_ = false;
  bool flush_posted_ = false;
  bool frozen_ = false;
  bool closed_ = false;
  bool leaving_ = false;    // go_away() was called
  bool over_ = false;       // GOAWAY for a fault of the peer: nothing more is answered
  bool lingering_ = false;  // our side is shut; the peer's rest is read and thrown away
  clock::time_point opened_at_ = clock::now();
  clock::time_point active_at_ = clock::now();
  clock::time_point since_{};  // of the write or the lingering under way
};

exchange_record* http2_connection::record(std::int32_t id) {
  return static_cast<exchange_record*>(nghttp2_session_get_stream_user_data(session_, id));
}

exchange_record& http2_connection::take_record(std::int32_t id) {
  exchange_record* r = nullptr;
  if (free_.empty()) {
    r = &records_.emplace_back();
  } else {
    r = free_.back();
    free_.pop_back();
  }
  r->id = id;
  r->in.clear();
  r->out.clear();
  r->sent = 0;
  r->refused = r->finished = false;
  return *r;
}

int http2_connection::begin_headers(nghttp2_session*, const nghttp2_frame* frame,
                                    void* self) noexcept {
  if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) of(self).begin(frame->hd.stream_id);
  return 0;
}

void http2_connection::begin(std::int32_t id) {
  exchange_record& r = take_record(id);
  nghttp2_session_set_stream_user_data(session_, id, &r);
  pings_ = 0;
  if (++open_ > limit_) refuse(r);
}

void http2_connection::refuse(exchange_record& r) {
  r.refused = true;
  if (manners_.when_over == over_limit::go_away) {
    over_ = true;
    return go_away(NGHTTP2_PROTOCOL_ERROR, manners_.over_limit_debug);
  }
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, r.id, NGHTTP2_REFUSED_STREAM);
  if (!manners_.reset_twice) return;
  const auto id = static_cast<std::uint32_t>(r.id);
  raw_.insert(raw_.end(), {0, 0, 4, NGHTTP2_RST_STREAM, 0, static_cast<std::uint8_t>(id >> 24),
                           static_cast<std::uint8_t>(id >> 16), static_cast<std::uint8_t>(id >> 8),
                           static_cast<std::uint8_t>(id), 0, 0, 0, NGHTTP2_STREAM_CLOSED});
}

int http2_connection::header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                             std::size_t name_size, const std::uint8_t* value,
                             std::size_t value_size, std::uint8_t, void* self) noexcept {
  exchange_record* r = of(self).record(frame->hd.stream_id);
  if (r != nullptr && !r->refused)
    r->in.add({reinterpret_cast<const char*>(name), name_size},
              {reinterpret_cast<const char*>(value), value_size});
  return 0;
}

int http2_connection::data(nghttp2_session*, std::uint8_t, std::int32_t id,
                           const std::uint8_t* bytes, std::size_t size, void* self) noexcept {
  exchange_record* r = of(self).record(id);
  if (r != nullptr && !r->refused) r->in.append_body({reinterpret_cast<const char*>(bytes), size});
  return 0;
}

int http2_connection::frame_received(nghttp2_session*, const nghttp2_frame* frame,
                                     void* self) noexcept {
  http2_connection& c = of(self);
  const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (frame->hd.type == NGHTTP2_PING) {
    if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0)
      c.ping_pending_ = false;
    else
      c.pinged();
  } else if (ends && (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA)) {
    exchange_record* r = c.record(frame->hd.stream_id);
    if (r != nullptr && !r->refused) c.complete(*r);
  }
  return 0;
}

int http2_connection::stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t code,
                                    void* self) noexcept {
  http2_connection& c = of(self);
  exchange_record* r = c.record(id);
  if (r == nullptr) return 0;
  c.free_.push_back(r);
  --c.open_;
  if (c.manners_.ping_after_answer && code == NGHTTP2_NO_ERROR && !c.ping_pending_) {
    c.ping_pending_ = true;
    nghttp2_submit_ping(c.session_, NGHTTP2_FLAG_NONE, nullptr);
  }
  return 0;
}

void http2_connection::pinged() {
  if (manners_.pings_allowed == 0 || ++pings_ <= manners_.pings_allowed || over_) return;
  over_ = true;
  go_away(NGHTTP2_ENHANCE_YOUR_CALM, "too_many_pings");
}

void http2_connection::complete(exchange_record& r) {
  if (r.in.headers_too_large()) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, r.id, NGHTTP2_ENHANCE_YOUR_CALM);
    return;
  }
  conversation_->handle(r.in, r.out);
  if (r.out.stream_limit) announce(*r.out.stream_limit);
  if (r.out.delay.count() > 0)
    delays_.add(r.out.delay, weak_from_this(), r.id);
  else
    finish(r);
}

void http2_connection::due(std::int32_t id) {
  if (closed_ || frozen_ || lingering_) return;
  exchange_record* r = record(id);
  if (r == nullptr || r->finished) return;
  finish(*r);
  flush_soon();
}

void http2_connection::finish(exchange_record& r) {
  r.finished = true;
  switch (r.out.end) {
    case ending::answer:
    case ending::half:
      return respond(r);
    case ending::reset:
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, r.id, r.out.error_code);
      return;
    case ending::swallow:
      return;
    case ending::go_away:
      return leave(r);
    case ending::close:
      return close();
    case ending::freeze:
      frozen_ = true;
      return;
  }
}

void http2_connection::leave(exchange_record& r) {
  std::int32_t last = 0;
  if (r.out.last == goaway_last::this_one) {
    respond(r);
    last = r.id;
  } else if (r.out.last == goaway_last::before_this_one) {
    last = std::max(0, r.id - 2);
  }
  if (r.out.goaway_twice) nghttp2_submit_shutdown_notice(session_);
  const std::vector<std::uint8_t> debug(r.out.debug.begin(), r.out.debug.end());
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last, r.out.error_code, debug.data(),
                        debug.size());
}

ssize_t http2_connection::body(nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t size,
                               std::uint32_t* flags, nghttp2_data_source* source, void*) noexcept {
  auto& r = *static_cast<exchange_record*>(source->ptr);
  const bool half = r.out.end == ending::half;
  const std::size_t end = half ? r.out.body.size() / 2 : r.out.body.size();
  const std::size_t piece = r.out.piece == 0 ? size : std::min<std::size_t>(size, r.out.piece);
  const std::size_t count = std::min(piece, end - r.sent);
  if (count == 0 && half) return NGHTTP2_ERR_DEFERRED;
  const bool was_done = r.sent == end;
  std::copy_n(r.out.body.begin() + static_cast<std::ptrdiff_t>(r.sent), count, to);
  r.sent += count;
  if (!half && r.sent == end && (was_done || !r.out.empty_data_last))
    *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(count);
}

nghttp2_nv pair_of(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NO_COPY_NAME};
}

void http2_connection::respond(exchange_record& r) {
  constexpr std::size_t most = 8;
  const std::array<char, 3> status{static_cast<char>('0' + r.out.status / 100 % 10),
                                   static_cast<char>('0' + r.out.status / 10 % 10),
                                   static_cast<char>('0' + r.out.status % 10)};
  std::array<nghttp2_nv, most> headers{};
  std::size_t count = 0;
  headers[count++] = pair_of(":status", {status.data(), status.size()});
  if (!r.out.content_type.empty()) headers[count++] = pair_of("content-type", r.out.content_type);
  for (const auto& [name, value] : r.out.headers) {
    if (count == most) break;
    headers[count] = pair_of(name, value);
    if (name.starts_with("apns-")) headers[count].flags |= NGHTTP2_NV_FLAG_NO_INDEX;
    ++count;
  }
  nghttp2_data_provider provider{};
  provider.source.ptr = &r;
  provider.read_callback = body;
  const bool has_body = !r.out.body.empty() || r.out.end == ending::half;
  nghttp2_submit_response(session_, r.id, headers.data(), count, has_body ? &provider : nullptr);
}

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
  const std::vector<std::uint8_t> bytes(debug.begin(), debug.end());
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_), code, bytes.data(),
                        bytes.size());
  flush_soon();
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
        (self->lingering_ && now - self->since_ > linger_limit))
      return self->close();
    if (m.maximum_age.count() > 0 && now - self->opened_at_ >= m.maximum_age)
      self->go_away(NGHTTP2_NO_ERROR, "max_age");
    else if (m.idle_limit.count() > 0 && self->open_ == 0 && now - self->active_at_ >= m.idle_limit)
      self->go_away(NGHTTP2_NO_ERROR, "session_timeout");
    self->tick();
  });
}

}  // namespace

std::shared_ptr<connection> make_http2_connection(std::unique_ptr<tls_stream> stream,
                                                  const connection_context& context) {
  return std::make_shared<http2_connection>(std::move(stream), context);
}

}  // namespace paperboy::simulators

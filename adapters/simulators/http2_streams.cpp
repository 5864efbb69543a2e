#include <algorithm>

#include "adapters/simulators/http2_connection.hpp"

namespace paperboy::simulators {

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
  // Came with, or after, what a GOAWAY answers: the client is told that nobody looked at it.
  if (r.id > last_taken_) return;
  if (r.in.headers_too_large()) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, r.id, NGHTTP2_ENHANCE_YOUR_CALM);
    return;
  }
  conversation_->handle(r.in, r.out);
  if (r.out.stream_limit) announce(*r.out.stream_limit);
  if (r.out.delay.count() > 0)
    delays_.add(active_at_ + r.out.delay, weak_from_this(), r.id);
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
      since_ = std::chrono::steady_clock::now();
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
  submit_goaway(last, r.out.error_code, r.out.debug);
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

namespace {

nghttp2_nv pair_of(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NO_COPY_NAME};
}

}  // namespace

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

}  // namespace paperboy::simulators

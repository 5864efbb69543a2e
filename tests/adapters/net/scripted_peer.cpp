#include "tests/adapters/net/scripted_peer.hpp"

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <utility>

#include "adapters/net/tls.hpp"
#include "core/result.hpp"
#include "tests/adapters/net/certificates.hpp"

namespace paperboy::net::testing {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

asio::ssl::context server_context(const std::string& alpn) {
  const application_protocol protocol =
      alpn == "h2" ? application_protocol::http2 : application_protocol::http1;
  const tls_context made =
      tls_server(server_certificate().certificate, server_certificate().key, {&protocol, 1});
  SSL_CTX_up_ref(made.get());
  return asio::ssl::context(made.get());
}

struct log {
  std::vector<seen_request> requests;
  std::vector<std::uint32_t> resets;
  std::size_t pings = 0;
  std::size_t ping_acks = 0;
};

class served final : public peer_connection, public std::enable_shared_from_this<served> {
 public:
  served(asio::io_context& context, asio::ssl::context& tls, const peer_script& script, log& l,
         std::size_t index)
      : context_(context), stream_(context, tls), script_(script), log_(l), index_(index) {}
  ~served() { nghttp2_session_del(http2_); }

  tcp::socket& socket() { return stream_.next_layer(); }

  void start() {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = shared_from_this()](error_code failed) {
                              if (!failed) self->begin();
                            });
  }

  void respond(std::int32_t stream, int status, std::vector<std::string> data,
               std::map<std::string, std::string> fields) override {
    head(stream, status, fields, data.empty());
    auto& to_send = bodies_[stream];
    to_send.pieces = std::move(data);
    to_send.ends = true;
    if (!to_send.pieces.empty()) submit_body(stream);
    flush();
  }

  void respond_in_part(std::int32_t stream, int status, const std::string& data) override {
    head(stream, status, {}, false);
    auto& to_send = bodies_[stream];
    to_send.pieces = {data};
    to_send.ends = false;
    submit_body(stream);
    flush();
  }

  void reset(std::int32_t stream, std::uint32_t code) override {
    nghttp2_submit_rst_stream(http2_, 0, stream, code);
    flush();
  }

  void go_away(std::int32_t last_stream, std::uint32_t code, std::string_view debug) override {
    nghttp2_submit_goaway(http2_, 0, last_stream, code,
                          reinterpret_cast<const std::uint8_t*>(debug.data()), debug.size());
    flush();
  }

  void limit_streams(std::uint32_t most) override {
    const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, most};
    nghttp2_submit_settings(http2_, 0, &entry, 1);
    flush();
  }

  void widen(std::uint32_t window) override {
    const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window};
    nghttp2_submit_settings(http2_, 0, &entry, 1);
    flush();
  }

  void raw(std::string frame) override {
    raw_ += frame;
    flush();
  }

  void ping() override {
    nghttp2_submit_ping(http2_, 0, nullptr);
    flush();
  }

  void swallow() override { dead_ = true; }

  void stop_reading() override { paused_ = true; }

  void read_on() override {
    if (std::exchange(paused_, false) && std::exchange(read_owed_, false)) read();
  }

  void close() override {
    dead_ = true;
    error_code ignored;
    socket().close(ignored);
  }

  std::size_t open() const override { return requests_.size(); }

 private:
  struct body {
    std::vector<std::string> pieces;
    std::size_t next = 0;
    bool ends = true;
  };

  static served& of(void* user) { return *static_cast<served*>(user); }

  void begin() {
    nghttp2_session_callbacks* table = nullptr;
    nghttp2_session_callbacks_new(&table);
    nghttp2_session_callbacks_set_on_header_callback(
        table, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                  std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                  std::uint8_t, void* user) noexcept {
          of(user).requests_[frame->hd.stream_id].fields.insert_or_assign(
              std::string(reinterpret_cast<const char*>(name), name_size),
              std::string(reinterpret_cast<const char*>(value), value_size));
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        table, [](nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data,
                  std::size_t size, void* user) noexcept {
          of(user).requests_[stream].body.append(reinterpret_cast<const char*>(data), size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        table, [](nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
          of(user).received(*frame);
          return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(
        table, [](nghttp2_session*, std::int32_t stream, std::uint32_t, void* user) noexcept {
          of(user).requests_.erase(stream);
          of(user).bodies_.erase(stream);
          return 0;
        });
    nghttp2_session_server_new(&http2_, table, this);
    nghttp2_session_callbacks_del(table);
    if (script_.send_settings) {
      std::vector<nghttp2_settings_entry> entries{
          {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, script_.window},
          {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, script_.header_table}};
      if (script_.header_list) {
        entries.push_back({NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, *script_.header_list});
      }
      if (script_.streams != 0) {
        entries.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, script_.streams});
      }
      nghttp2_submit_settings(http2_, 0, entries.data(), entries.size());
      if (script_.window > 65535) {
        nghttp2_session_set_local_window_size(http2_, 0, 0,
                                              static_cast<std::int32_t>(script_.window));
      }
    }
    flush();
    read();
  }

  void received(const nghttp2_frame& frame) {
    const auto stream = frame.hd.stream_id;
    const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame.hd.type == NGHTTP2_PING) {
      ++((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 ? log_.ping_acks : log_.pings);
    }
    if (frame.hd.type == NGHTTP2_RST_STREAM) log_.resets.push_back(frame.rst_stream.error_code);
    if (frame.hd.type == NGHTTP2_HEADERS && script_.on_head) script_.on_head(*this, stream);
    if ((frame.hd.type != NGHTTP2_DATA && frame.hd.type != NGHTTP2_HEADERS) || !ends) return;
    seen_request request = requests_[stream];
    request.connection = index_;
    request.stream = stream;
    log_.requests.push_back(request);
    if (script_.on_request) {
      script_.on_request(*this, request);
    } else {
      respond(stream, 200, {}, {});
    }
  }

  void head(std::int32_t stream, int status, const std::map<std::string, std::string>& fields,
            bool ends) {
    const std::string code = std::to_string(status);
    std::vector<nghttp2_nv> list;
    const auto add = [&list](std::string_view name, std::string_view value) {
      list.push_back(
          {const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(name.data())),
           const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(value.data())),
           name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    };
    add(":status", code);
    for (const auto& [name, value] : fields) add(name, value);
    nghttp2_submit_headers(http2_, ends ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE, stream,
                           nullptr, list.data(), list.size(), nullptr);
  }

  // One piece a frame, so that an answer comes split where the script says.
  void submit_body(std::int32_t stream) {
    nghttp2_data_provider provider{};
    provider.read_callback = [](nghttp2_session*, std::int32_t id, std::uint8_t* into,
                                std::size_t room, std::uint32_t* flags, nghttp2_data_source*,
                                void* user) noexcept -> ssize_t {
      body& sending = of(user).bodies_[id];
      if (sending.next == sending.pieces.size()) return NGHTTP2_ERR_DEFERRED;
      std::string& piece = sending.pieces[sending.next];
      const std::size_t size = std::min(room, piece.size());
      std::memcpy(into, piece.data(), size);
      piece.erase(0, size);
      if (piece.empty()) ++sending.next;
      if (sending.ends && sending.next == sending.pieces.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
      return static_cast<ssize_t>(size);
    };
    nghttp2_submit_data(http2_, NGHTTP2_FLAG_END_STREAM, stream, &provider);
  }

  void read() {
    if (paused_) {
      read_owed_ = true;
      return;
    }
    stream_.async_read_some(
        asio::buffer(input_), [self = shared_from_this()](error_code failed, std::size_t size) {
          if (failed || self->dead_) return;
          if (nghttp2_session_mem_recv(self->http2_, self->input_.data(), size) < 0) return;
          self->flush();
          if (!self->dead_) self->read();
        });
  }

  // Posted, for a script calls from within nghttp2's own callbacks.
  void flush() {
    asio::post(context_, [self = shared_from_this()] { self->write(); });
  }

  void write() {
    if (dead_ || writing_) return;
    const std::uint8_t* frame = nullptr;
    for (ssize_t size; (size = nghttp2_session_mem_send(http2_, &frame)) > 0;) {
      output_.append(reinterpret_cast<const char*>(frame), static_cast<std::size_t>(size));
    }
    output_ += std::exchange(raw_, {});
    if (output_.empty()) return;
    writing_ = true;
    sending_ = std::exchange(output_, {});
    asio::async_write(stream_, asio::buffer(sending_),
                      [self = shared_from_this()](error_code failed, std::size_t) {
                        self->writing_ = false;
                        if (!failed) self->write();
                      });
  }

  asio::io_context& context_;
  asio::ssl::stream<tcp::socket> stream_;
  const peer_script& script_;
  log& log_;
  std::size_t index_;
  nghttp2_session* http2_ = nullptr;
  std::map<std::int32_t, seen_request> requests_;
  std::map<std::int32_t, body> bodies_;
  std::array<std::uint8_t, 16384> input_{};
  std::string output_;
  std::string sending_;
  std::string raw_;
  bool writing_ = false;
  bool paused_ = false;
  bool read_owed_ = false;
  bool dead_ = false;
};

}  // namespace

struct scripted_peer::state : std::enable_shared_from_this<state> {
  state(asio::io_context& io, peer_script what)
      : context(io),
        script(std::move(what)),
        tls(server_context(script.alpn)),
        acceptor(io, {asio::ip::address_v4::loopback(), 0}) {}

  void accept() {
    auto next = std::make_shared<served>(context, tls, script, seen, connections.size());
    acceptor.async_accept(next->socket(), [self = shared_from_this(), next](error_code failed) {
      if (failed) return;
      self->connections.push_back(next);
      next->start();
      self->accept();
    });
  }

  asio::io_context& context;
  peer_script script;
  asio::ssl::context tls;
  tcp::acceptor acceptor;
  log seen;
  std::vector<std::shared_ptr<served>> connections;
};

scripted_peer::scripted_peer(asio::io_context& context, peer_script script)
    : state_(std::make_shared<state>(context, std::move(script))) {
  state_->accept();
}

scripted_peer::~scripted_peer() {
  stop_listening();
  for (const auto& one : state_->connections) one->close();
}

std::uint16_t scripted_peer::port() const {
  return state_->acceptor.local_endpoint().port();
}
const std::vector<seen_request>& scripted_peer::requests() const {
  return state_->seen.requests;
}
std::size_t scripted_peer::accepted() const {
  return state_->connections.size();
}
std::size_t scripted_peer::pings() const {
  return state_->seen.pings;
}
std::size_t scripted_peer::ping_acks() const {
  return state_->seen.ping_acks;
}
std::vector<std::uint32_t> scripted_peer::resets() const {
  return state_->seen.resets;
}
peer_connection& scripted_peer::connection(std::size_t index) {
  return *state_->connections.at(index);
}
void scripted_peer::stop_listening() {
  error_code ignored;
  state_->acceptor.close(ignored);
}

}  // namespace paperboy::net::testing

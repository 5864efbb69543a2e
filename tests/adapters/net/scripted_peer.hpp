#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace paperboy::net::testing {

struct seen_request {
  std::size_t connection = 0;  // 0 for the first accepted
  std::int32_t stream = 0;
  std::map<std::string, std::string> fields;
  std::string body;
};

// One accepted connection, to be told what to do next. Every call takes effect at once; after
// close() or swallow() they do nothing.
class peer_connection {
 public:
  virtual void respond(std::int32_t stream, int status, std::vector<std::string> data = {},
                       std::map<std::string, std::string> fields = {}) = 0;
  // Without END_STREAM: the answer stays unfinished.
  virtual void respond_in_part(std::int32_t stream, int status, const std::string& data) = 0;
  virtual void reset(std::int32_t stream, std::uint32_t code) = 0;
  virtual void go_away(std::int32_t last_stream, std::uint32_t code, std::string_view debug) = 0;
  virtual void limit_streams(std::uint32_t most) = 0;
  virtual void widen(std::uint32_t window) = 0;  // SETTINGS_INITIAL_WINDOW_SIZE from now on
  // A frame that nghttp2 would not write, as it is on the wire.
  virtual void raw(std::string frame) = 0;
  virtual void ping() = 0;
  virtual void swallow() = 0;  // neither reads nor writes from now on, as a dead link
  virtual void stop_reading() = 0;  // until read_on(): a slow peer
  virtual void read_on() = 0;
  virtual void close() = 0;
  virtual std::size_t open() const = 0;

 protected:
  ~peer_connection() = default;
};

struct peer_script {
  std::uint32_t streams =
      100;  // SETTINGS_MAX_CONCURRENT_STREAMS; 0 in the first SETTINGS: not sent
  std::uint32_t window = 65535;  // of a stream; above the default, of the connection as well
  std::uint32_t header_table = 4096;          // SETTINGS_HEADER_TABLE_SIZE
  std::optional<std::uint32_t> header_list = {};  // SETTINGS_MAX_HEADER_LIST_SIZE
  bool send_settings = true;
  std::string alpn = "h2";
  // Called when a request has come in whole. Default: answer 200.
  std::function<void(peer_connection&, const seen_request&)> on_request = nullptr;
  // Called when only the head has come.
  std::function<void(peer_connection&, std::int32_t stream)> on_head = nullptr;
};

// An HTTP/2 server on 127.0.0.1 that does as it is told, on the caller's io_context.
class scripted_peer {
 public:
  scripted_peer(boost::asio::io_context& context, peer_script script);
  ~scripted_peer();
  scripted_peer(const scripted_peer&) = delete;
  scripted_peer& operator=(const scripted_peer&) = delete;

  std::uint16_t port() const;
  const std::vector<seen_request>& requests() const;
  std::size_t accepted() const;
  std::size_t pings() const;                  // that clients sent
  std::size_t ping_acks() const;              // that came back for ours
  std::vector<std::uint32_t> resets() const;  // codes that clients sent
  peer_connection& connection(std::size_t index);
  // New connections are refused from now on; those that exist stay.
  void stop_listening();

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace paperboy::net::testing

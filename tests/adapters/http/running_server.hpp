#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "adapters/http/listener.hpp"
#include "adapters/http/metrics_registry.hpp"
#include "tests/adapters/http/raw_client.hpp"

namespace paperboy::http::testing {

inline constexpr std::string_view client_key = "ck_anewz_0123456789abcdef";
inline constexpr std::string_view api_key = "pk_live_items_0123456789";  // scope items, app anewz
inline constexpr std::string_view all_scopes_key = "pk_live_all_0123456789";  // app anewz
inline constexpr std::string_view operator_token = "an-operator-token-0123";

// Of device 1 of a subscriber of zeros, generation 1.
const std::string& device_credential();

// How a server of a test differs from the program's.
struct server_options {
  audience served = audience::open;
  time_limits limits = {};
  std::size_t connections = 1000;
  std::size_t connections_per_address = 64;
  bool loopback_exempt = true;
  std::uint32_t registrations_per_minute = 1'000'000;
  std::uint32_t failures_per_minute = 1'000'000;
  std::size_t requests_per_connection = 1000;
  std::vector<address_range> trusted_proxies = {};
  net::tls_context tls = {};
  bool asks_operator_token = false;
  std::map<std::string, handler> handlers = {};  // the others echo: see running_server.cpp
};

// A listener on a free port of loopback, its loop in a thread of its own. The handlers that a test
// does not bring answer 200 with {"route":…,"body":<length>}.
class running_server {
 public:
  explicit running_server(server_options options = {});
  ~running_server();

  std::uint16_t port() const { return port_; }
  // Runs `what` on the server's thread.
  void on_loop(std::function<void(listener&)> what);
  // Stops with `limit`; returns when every connection has ended.
  void stop(std::chrono::milliseconds limit);
  metrics_registry& numbers() { return numbers_; }

 private:
  boost::asio::io_context context_{1};
  metrics_registry numbers_;
  handlers handlers_;
  minute_limit failures_;
  minute_limit registrations_;
  connection_limit connections_;
  authentication credentials_;
  std::unique_ptr<listener> listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// A request with Host and a length where there is a body.
std::string request_text(std::string_view method, std::string_view target,
                         std::string_view credential = {}, std::string_view body = {},
                         std::string_view content_type = "application/json");

// Sends `request` over a new connection.
std::optional<raw_answer> ask(const running_server& server, std::string_view request);

}  // namespace paperboy::http::testing

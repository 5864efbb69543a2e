#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/simulators/options.hpp"
#include "adapters/simulators/phones.hpp"
#include "adapters/simulators/simulator_directory.hpp"

namespace boost::asio {
class io_context;
}

namespace paperboy::simulators {

// APNs in both environments, FCM and Google's token endpoint on loopback, validating as the real
// ones do. Three listeners, TLS with HTTP/2 (FCM's with HTTP/1.1 too). Belongs to the thread that
// runs `io`: every function is to be called there. simulator_thread brings a thread of its own.
class gateway_simulator {
 public:
  // Listens at once. Throws std::exception when a port, a key or the log file is no good.
  gateway_simulator(boost::asio::io_context& io, gateway_options options);
  ~gateway_simulator();
  gateway_simulator(const gateway_simulator&) = delete;
  gateway_simulator& operator=(const gateway_simulator&) = delete;

  std::uint16_t port(gateway_name gateway) const;
  std::string url(gateway_name gateway) const;  // "https://localhost:<port>"
  simulator_addresses addresses() const;
  std::string token_uri() const;  // "https://localhost:<port>/token"
  const std::string& ca() const;  // PEM

  // Whatever can change while it runs: latency, limits, keys, projects. Ports, identity, log file
  // and received_limit are read at start only; connections keep the stream limit they opened with.
  gateway_options& options();

  void add_fault(fault f);
  void clear_faults();
  void add_phone(std::string_view token, phone p);
  // From now on 410 Unregistered or 404 UNREGISTERED. `since` is APNs' timestamp.
  void unregister(std::string_view token, std::chrono::system_clock::time_point since);
  void revoke_access_tokens();

  std::vector<received_push> received(std::string_view token) const;
  std::vector<received_push> all_received() const;
  // For oauth, what came to the token endpoint; `taken` counts the access tokens handed out.
  push_counts counts(gateway_name gateway) const;
  void forget_received();

  std::size_t connections(gateway_name gateway) const;  // open now
  std::uint64_t accepted(gateway_name gateway) const;   // since the start
  // GOAWAY on every open connection of this gateway; requests that came are answered.
  void go_away(gateway_name gateway, std::uint32_t error_code, std::string_view debug);
  // TCP closed on every open connection.
  void close_connections(gateway_name gateway);
  // Out of service: connections are closed and new ones refused until it is back on the same port.
  void shut(gateway_name gateway);
  void open(gateway_name gateway);
  void stop();

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace paperboy::simulators

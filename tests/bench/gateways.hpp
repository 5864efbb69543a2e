#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "adapters/command_line/configuration.hpp"
#include "adapters/simulators/simulator_directory.hpp"

namespace paperboy::bench {

// Which process answers the pushes: nghttpd, which costs the sender least, or the simulators of this
// project, which look at everything.
enum class gateway_kind : std::uint8_t { nghttpd, simulators };

// The n-th device's token, as it is kept: 32 bytes of APNs', 163 characters of FCM's.
std::string apns_token(std::size_t device);
std::string fcm_token(std::size_t device);

// Both gateways as processes of their own, with one identity and one set of credentials, in a folder
// that goes with the object. To be made while the program has one thread.
class gateways {
 public:
  // nghttpd has a page for each of the first `apns_devices`. `latency`: of the simulators' answers.
  explicit gateways(std::size_t apns_devices, std::chrono::milliseconds latency = {});
  ~gateways();
  gateways(const gateways&) = delete;
  gateways& operator=(const gateways&) = delete;

  std::string endpoint(gateway_kind kind, platform system) const;
  std::uint16_t nghttpd_port() const noexcept { return port_; }
  std::string ca_file() const;
  // "/3/device/…" of that device, and FCM's only path.
  static std::string apns_path(std::size_t device);
  std::string fcm_path() const;
  const simulators::apns_credential& apns_key() const noexcept { return keys_->apns(); }
  std::string service_account() const;  // JSON
  // What an app that sends to them says in paperboy.toml.
  void configure(command_line::app_settings& app, gateway_kind kind) const;

 private:
  void start_simulators(std::chrono::milliseconds latency);
  void start_nghttpd();

  std::filesystem::path folder_;
  std::unique_ptr<simulators::simulator_directory> keys_;
  std::vector<pid_t> children_;
  std::uint16_t port_ = 0;
  std::string apns_url_, fcm_url_;  // of the simulators
};

}  // namespace paperboy::bench

#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/simulators/phones.hpp"
#include "adapters/simulators/simulator_directory.hpp"

namespace paperboy::command_line::demo {

inline constexpr std::string_view app_id = "demo";
inline constexpr std::string_view app_name = "Daily Example";

struct installation_options {
  std::filesystem::path keep;  // made, or an empty folder, and left behind; empty: a temporary one
  bool readers_language = false;  // [app.digest] language = "reader"
};

// A whole Paperboy on this machine: a folder with keys, certificates and paperboy.toml, simulators
// of both gateways, and the service with a Redis of its own, all on loopback and free ports. Going
// away it stops everything and removes the folder, unless that is kept.
class installation {
 public:
  // Throws demo_error, start_error, or std::exception where no simulator can be had.
  explicit installation(const installation_options& options);
  ~installation();
  installation(const installation&) = delete;
  installation& operator=(const installation&) = delete;

  const std::filesystem::path& folder() const noexcept;
  const std::string& public_url() const noexcept;
  const std::string& operator_url() const noexcept;
  const simulators::simulator_addresses& gateways() const noexcept;
  const std::string& api_key() const noexcept;  // with every scope
  const std::string& client_key() const noexcept;

  // The commands that bring a kept folder to life again, a line each.
  std::string how_to_go_on() const;

  // What the gateways saw, in the order it came, refused pushes included.
  std::vector<simulators::received_push> pushes() const;
  // The app was removed from this phone now: its gateway says so from here on.
  void uninstall(std::string_view token);

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace paperboy::command_line::demo

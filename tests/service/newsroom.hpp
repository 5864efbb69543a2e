#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/simulators/simulator_directory.hpp"
#include "adapters/simulators/simulator_thread.hpp"
#include "core/domain/outcome.hpp"
#include "tests/adapters/command_line/newsroom_folder.hpp"
#include "tests/faults/fault_proxy.hpp"
#include "tests/service/api_client.hpp"
#include "tests/service/program.hpp"

namespace paperboy::service {

inline constexpr std::string_view client_key = "ck_anewz_0123456789";
inline constexpr std::string_view api_key = "pk_test_newsroom_0123456789";

struct newsroom_settings {
  std::string delivery = "spread = \"0s\"\n";  // the lines of [delivery]
  std::string digest_time = "08:00";           // of whoever chooses no other
  std::chrono::milliseconds gateway_latency{0};
  std::string redis = "embedded:./data";
  std::string role = "both";  // of `serve --role`
  unsigned shards = 16;
  unsigned workers = 1;
  bool apns_through_proxy = false;
};

// An installation on this machine: a folder with its configuration, simulators of the gateways, and
// the program with a Redis of its own. Functions throw std::runtime_error when the program does not
// do as it should.
class newsroom {
 public:
  static constexpr std::chrono::seconds start_limit{60};

  explicit newsroom(const newsroom_settings& settings = {});
  ~newsroom();  // nothing that it started is left
  newsroom(const newsroom&) = delete;
  newsroom& operator=(const newsroom&) = delete;

  // Returns when it is ready. `changed`: variables of its environment.
  void start(const variables& changed = {}) { start_with_errors_in(errors(), changed); }
  void start_with_errors_in(const std::string& file, const variables& changed = {});
  void kill();   // SIGKILL, and waits for the end; Redis goes on
  int stop();    // SIGTERM; the exit status within 30 seconds, -1 if it stays

  program& child() { return *program_; }
  const std::string& ready_line() const noexcept { return ready_line_; }
  std::uint16_t port() const noexcept { return port_; }
  api_client operators() const;  // the operator's listener
  std::filesystem::path data() const { return folder_.path() / "data"; }  // of its own Redis
  api_client& api() { return *api_; }
  simulators::simulator_thread& gateways() { return gateways_; }
  void add_fault(const std::string& text);  // as `simulate-gateways --fault` takes it
  faults::fault_proxy& way_to_apns() { return *way_to_apns_; }  // where there is one

  // Writes paperboy.toml anew, knowing this API key.
  void write_configuration(std::string_view key) const;
  std::string configuration() const { return (folder_.path() / "paperboy.toml").native(); }
  std::string errors() const { return (folder_.path() / "errors.log").native(); }
  std::string said() const;  // on standard error
  std::string state();       // for a test that gives up: whether it runs, and what it said
  pid_t redis() const;       // 0: not running

  // The newsroom's side: topics politics, sport and culture, and five items of the last hour.
  void publish();

  std::vector<simulators::received_push> pushes();
  std::uint64_t taken();  // pushes that went on to phones

 private:
  newsroom_settings settings_;
  command_line::newsroom_folder folder_;
  simulators::simulator_directory keys_;
  simulators::simulator_thread gateways_;
  std::unique_ptr<faults::fault_proxy> way_to_apns_;
  std::optional<program> program_;
  std::string ready_line_;
  std::uint16_t port_ = 0;
  std::optional<api_client> api_;
};

std::string_view app_path() noexcept;  // "/v1/apps/anewz"

}  // namespace paperboy::service

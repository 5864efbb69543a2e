#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "adapters/simulators/fault.hpp"

namespace paperboy::simulators {

// What `paperboy simulate-gateways` can be told.
struct simulate_options {
  std::uint16_t apns_port = 0;  // 0: a free one
  std::uint16_t sandbox_port = 0;
  std::uint16_t fcm_port = 0;
  std::string directory = "simulators";    // made when it is not there; its parent has to be
  std::string topic = "com.example.news";  // the bundle id in the configuration that is written
  std::chrono::milliseconds latency{0};
  std::chrono::milliseconds latency_jitter{0};
  bool accept_any_authorization = false;  // for load tests: no token of the sender is looked at
  std::vector<fault> faults;
  std::string log_file;  // NDJSON of every push; empty: none
};

// Runs the simulators until SIGTERM or SIGINT, with the files that simulator_directory describes.
// Prints one line when it accepts, and nothing else, on standard output:
//   ready apns=https://localhost:2197 sandbox=https://localhost:2198 fcm=… directory=…
// Returns 0; 73 when a file cannot be written, 69 when it cannot listen (sysexits.h), with one line
// on standard error.
int run_simulate_gateways(const simulate_options& options);

}  // namespace paperboy::simulators

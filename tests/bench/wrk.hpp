#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace paperboy::bench {

// A load of HTTP requests by wrk (Debian's package), on one thread and 64 connections.
struct load {
  std::string_view script;               // a file of tests/bench
  std::vector<std::string> arguments{};  // of the script
};

struct load_result {
  double requests = 0;     // answered
  double seconds = 0;      // by the clock on the wall
  double errors = 0;       // statuses from 400 on, time-outs, broken connections
  std::string said;        // all that wrk said
};

// Whether the program is there.
bool installed(const std::string& program);

// Runs wrk for so many seconds from the calling thread's core. Throws std::runtime_error when wrk
// itself fails.
load_result run_load(const load& l, std::uint16_t port, unsigned seconds);

}  // namespace paperboy::bench

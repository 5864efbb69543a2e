#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace paperboy::command_line {

// Counted up by a thread for as long as it works: each turn, and each answer that it had from
// Redis. Every `heartbeat_every`.
struct heartbeat {
  std::atomic<std::uint64_t> turns{0};
  std::atomic<std::uint64_t> answers{0};
};
inline constexpr std::chrono::seconds heartbeat_every{1};

// Finds a thread that stands still, or that alone has no answer from Redis. Redis being away is no
// fault of the process: then nobody has answers, and all is well here.
class watchdog {
 public:
  static constexpr std::chrono::seconds look_every{5};
  // A minute, in looks: a process that itself stood still meanwhile is not taken for a thread that
  // did.
  static constexpr unsigned most_missed = 12;

  // `first` is a thread like the others, and whose answers say that Redis is there.
  watchdog(std::string name, const heartbeat& first);
  void watch(std::string name, const heartbeat& of);

  // Once every look_every. One line about the first that has missed too much; empty: all is well.
  std::string look();

 private:
  struct watched {
    std::string name;
    const heartbeat* of;
    std::uint64_t turns = 0, answers = 0;  // as of the last look
    unsigned still = 0, unanswered = 0;    // looks without another
  };
  std::vector<watched> all_;
};

}  // namespace paperboy::command_line

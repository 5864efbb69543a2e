#pragma once

#include "core/domain/outcome.hpp"
#include "core/steady_time.hpp"

namespace paperboy::sim {

// The wall clock of the simulated world. It goes with the simulated time, and where nothing is to
// be done it is put forward, so that a night costs nothing.
class wall_clock {
 public:
  wall_clock(simulated_time& steady, instant start)
      : steady_(steady), began_(steady.now()), start_(start) {}

  instant now() const {
    return start_ + skipped_ +
           std::chrono::floor<std::chrono::milliseconds>(steady_.now() - began_);
  }
  void skip(std::chrono::milliseconds time) { skipped_ += time; }
  std::chrono::milliseconds running() const {
    return std::chrono::floor<std::chrono::milliseconds>(steady_.now() - began_);
  }

 private:
  simulated_time& steady_;
  simulated_time::time_point began_;
  instant start_;
  std::chrono::milliseconds skipped_{0};
};

}  // namespace paperboy::sim

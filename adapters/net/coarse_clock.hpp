#pragma once

#include <chrono>
#include <ctime>

namespace paperboy::net {

// steady_clock to 4 ms, for a few nanoseconds: both count from the same moment on Linux.
inline std::chrono::steady_clock::time_point coarse_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::steady_clock::time_point(std::chrono::seconds(now.tv_sec) +
                                               std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace paperboy::net

#pragma once

#include <chrono>

namespace paperboy {

// The system's clock, in the steps of an `instant`. It may be set back or forth: what must not depend
// on that asks now_steady() (core/task.hpp) or a checked clock.
inline std::chrono::sys_time<std::chrono::milliseconds> now_wall() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace paperboy

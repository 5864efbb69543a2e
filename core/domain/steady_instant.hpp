#pragma once

#include <chrono>

namespace paperboy {

// A moment on a clock that only goes forward: what pauses and rates are measured on, so that setting
// the wall clock neither opens nor closes a gateway.
using steady_instant =
    std::chrono::time_point<std::chrono::steady_clock, std::chrono::milliseconds>;

}  // namespace paperboy

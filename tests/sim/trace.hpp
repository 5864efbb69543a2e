#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <utility>

#include "core/domain/text_time.hpp"
#include "tests/sim/clocks.hpp"

namespace paperboy::sim {

// What happens, a line each, if anybody wants to read it: seconds since the beginning, the world's
// wall clock, who, what.
class trace {
 public:
  trace(bool wanted, const wall_clock& clock) : wanted_(wanted), clock_(clock) {}

  template <class... T>
  void say(std::string_view who, fmt::format_string<T...> what, T&&... with) const {
    if (!wanted_) return;
    fmt::print("{:>10.3f} {} {:<10} {}\n", static_cast<double>(clock_.running().count()) / 1000,
               format_instant(clock_.now()), who, fmt::format(what, std::forward<T>(with)...));
  }

 private:
  bool wanted_;
  const wall_clock& clock_;
};

}  // namespace paperboy::sim

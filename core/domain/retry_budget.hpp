#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "core/domain/steady_instant.hpp"

namespace paperboy {

// How many second and later attempts a gateway may get in a minute: a tenth of the first ones, so
// that failing pushes do not make an overloaded gateway's load much greater, and a few at any time,
// so that where little is sent it is tried again all the same. A push that was provably not
// processed and goes out again at once is none of these.
class retry_budget {
 public:
  static constexpr std::chrono::seconds window{60};
  static constexpr std::uint64_t share = 10;   // one in so many first attempts
  static constexpr std::uint64_t at_least = 30;  // in a window

  void first(steady_instant now) noexcept;
  bool allows(steady_instant now) noexcept;
  void again(steady_instant now) noexcept;

 private:
  // The window moves on by a twelfth of itself.
  static constexpr std::size_t steps = 12;
  struct count {
    std::uint64_t first = 0;
    std::uint64_t again = 0;
  };
  void move_to(steady_instant now) noexcept;

  std::array<count, steps> counts_{};
  count sum_;
  std::int64_t step_ = 0;  // the newest, since the clock's zero
};

// When a push over the budget is to be tried: after a quarter to three quarters of a window, so that
// it follows soon when the gateway is well again, and costs little until then; but never at its
// deadline, where it would be given up untried.
std::chrono::milliseconds put_off(std::chrono::milliseconds until_deadline,
                                  std::uint64_t random) noexcept;

}  // namespace paperboy

#include "core/domain/retry_budget.hpp"

#include <algorithm>

namespace paperboy {

using std::chrono::milliseconds;

void retry_budget::move_to(steady_instant now) noexcept {
  const auto step = now.time_since_epoch() / (milliseconds{window} / static_cast<int>(steps));
  if (step <= step_) return;
  const auto passed = std::min<std::int64_t>(step - step_, steps);
  for (std::int64_t i = 1; i <= passed; ++i) {
    count& old = counts_[static_cast<std::size_t>(step_ + i) % steps];
    sum_.first -= old.first;
    sum_.again -= old.again;
    old = {};
  }
  // Where more than a window passed all are empty, wherever they stand.
  step_ = step;
}

void retry_budget::first(steady_instant now) noexcept {
  move_to(now);
  ++counts_[static_cast<std::size_t>(step_) % steps].first;
  ++sum_.first;
}

bool retry_budget::allows(steady_instant now) noexcept {
  move_to(now);
  return sum_.again < std::max(at_least, sum_.first / share);
}

void retry_budget::again(steady_instant now) noexcept {
  move_to(now);
  ++counts_[static_cast<std::size_t>(step_) % steps].again;
  ++sum_.again;
}

milliseconds put_off(milliseconds until_deadline, std::uint64_t random) noexcept {
  const milliseconds quarter = milliseconds{retry_budget::window} / 4;
  const auto share = [&](milliseconds of) {
    return milliseconds{static_cast<milliseconds::rep>(random % static_cast<std::uint64_t>(
                                                           std::max(of.count(), milliseconds::rep{1})))};
  };
  const milliseconds usual = quarter + share(2 * quarter);
  return usual < until_deadline ? usual : share(until_deadline);
}

}  // namespace paperboy

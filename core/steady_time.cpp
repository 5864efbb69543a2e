#include "core/steady_time.hpp"

#include <algorithm>

#include "core/task.hpp"

namespace paperboy {
namespace {
thread_local simulated_time* of_this_thread = nullptr;
}

std::chrono::steady_clock::time_point now_steady() noexcept {
  return of_this_thread != nullptr ? of_this_thread->now() : std::chrono::steady_clock::now();
}

simulated_time::simulated_time() noexcept { of_this_thread = this; }
simulated_time::~simulated_time() { of_this_thread = nullptr; }

simulated_time* simulated_time::here() noexcept { return of_this_thread; }

std::optional<simulated_time::time_point> simulated_time::next() const noexcept {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->first.first;
}

simulated_time::appointment simulated_time::call_at(time_point when,
                                                    std::function<void()> what) {
  const appointment a{std::max(when, now_), next_number_++};
  waiting_.emplace(a, std::move(what));
  return a;
}

bool simulated_time::advance() {
  if (waiting_.empty()) return false;
  now_ = waiting_.begin()->first.first;
  while (!waiting_.empty() && waiting_.begin()->first.first == now_) {
    const auto due = waiting_.extract(waiting_.begin());
    due.mapped()();
  }
  return true;
}

}  // namespace paperboy

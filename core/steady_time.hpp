#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace paperboy {

// While one lives, all that core/task waits for on its thread waits by it: time stands still until
// advance() is called, and now_steady() tells it. A loop belongs to one thread, so it is the time of
// every loop that its thread runs. Only tests make one; without it core/task waits by steady timers.
class simulated_time {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  // Of equal instants, what was asked for first comes first.
  using appointment = std::pair<time_point, std::uint64_t>;

  simulated_time() noexcept;
  ~simulated_time();
  simulated_time(const simulated_time&) = delete;
  simulated_time& operator=(const simulated_time&) = delete;

  // The one of this thread; null where there is none.
  static simulated_time* here() noexcept;

  time_point now() const noexcept { return now_; }
  std::optional<time_point> next() const noexcept;

  appointment call_at(time_point when, std::function<void()> what);
  // Nothing happens if it was kept already.
  void withdraw(const appointment& a) noexcept { waiting_.erase(a); }

  // Goes to the next appointment and keeps all of that instant; false: there is none.
  bool advance();

 private:
  // Not 0: a time point of 0 stands for "never" in places.
  time_point now_{std::chrono::hours{1}};
  std::uint64_t next_number_ = 0;
  std::map<appointment, std::function<void()>> waiting_;
};

}  // namespace paperboy

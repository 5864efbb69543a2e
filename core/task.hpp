#pragma once

// The only header inside core that names Asio.
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <vector>

namespace paperboy {

template <class T>
using task = boost::asio::awaitable<T>;

// The clock that waits are measured by: it never goes back, and means nothing to other processes.
std::chrono::steady_clock::time_point now_steady() noexcept;

// Suspends the calling coroutine.
task<void> sleep_for(std::chrono::milliseconds time);

// Lets one coroutine wait for something that others on the same thread bring about. A notify() with
// nobody waiting is remembered, once.
class signal {
 public:
  signal();
  ~signal();
  signal(const signal&) = delete;
  signal& operator=(const signal&) = delete;

  task<void> wait();
  // Waits at most `limit`; whether it was notified.
  task<bool> wait_for(std::chrono::milliseconds limit);
  void notify() noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

// How much may be under way at once. The last `reserve` are for what is urgent. Belongs to one
// thread.
class permits {
 public:
  explicit permits(std::size_t count, std::size_t reserve = 0)
      : all_(count), free_(count), reserve_(reserve) {}

  // All of them or none: several that each held a part of what they need would wait for ever.
  bool try_take(std::size_t count, bool urgent = false) noexcept {
    if (!have(count, urgent)) return false;
    free_ -= count;
    return true;
  }
  // try_take() would take them.
  bool have(std::size_t count, bool urgent = false) const noexcept {
    return free_ >= count + (urgent ? 0 : reserve_);
  }
  // How many can ever be taken at once.
  std::size_t most(bool urgent) const noexcept { return all_ - (urgent ? 0 : reserve_); }
  void give(std::size_t count) noexcept;
  std::size_t free() const noexcept { return free_; }

  // While announced, `s` is notified whenever some become free.
  void announce(signal& s) { waiting_.push_back(&s); }
  void withdraw(signal& s) noexcept { std::erase(waiting_, &s); }
  // Somebody is announced.
  bool wanted() const noexcept { return !waiting_.empty(); }

 private:
  std::size_t all_;
  std::size_t free_;
  std::size_t reserve_;
  std::vector<signal*> waiting_;
};

}  // namespace paperboy

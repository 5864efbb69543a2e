#include "core/task.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

#include "core/steady_time.hpp"

namespace paperboy {
namespace asio = boost::asio;

namespace {

// A timer of a simulated time never ends by itself: the appointment cancels it. Withdrawn with the
// coroutine that waits.
class appointed_end {
 public:
  appointed_end(simulated_time& time, asio::steady_timer& timer, std::chrono::milliseconds limit)
      : time_(time), at_(time.call_at(time.now() + limit, [this, &timer] {
          came_ = true;
          timer.cancel();
        })) {}
  ~appointed_end() { time_.withdraw(at_); }
  appointed_end(const appointed_end&) = delete;
  appointed_end& operator=(const appointed_end&) = delete;

  bool came() const noexcept { return came_; }

 private:
  simulated_time& time_;
  bool came_ = false;
  simulated_time::appointment at_;
};

// Until the limit is over, or somebody cancels the timer or the coroutine: that is the error.
task<boost::system::error_code> until(asio::steady_timer& timer, std::chrono::milliseconds limit) {
  boost::system::error_code end;
  if (simulated_time* const time = simulated_time::here()) {
    timer.expires_at(simulated_time::time_point::max());
    const appointed_end appointed(*time, timer, limit);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, end));
    if (appointed.came()) end = {};
  } else {
    timer.expires_after(limit);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, end));
  }
  co_return end;
}

}  // namespace

task<void> sleep_for(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  if (const auto end = co_await until(timer, time)) throw boost::system::system_error(end);
}

struct signal::state {
  std::optional<asio::steady_timer> timer;
  bool notified = false;
  bool waiting = false;
};

signal::signal() : state_(std::make_unique<state>()) {}
signal::~signal() = default;

task<void> signal::wait() { co_await wait_for(std::chrono::hours{24 * 365}); }

task<bool> signal::wait_for(std::chrono::milliseconds limit) {
  auto& s = *state_;
  if (!s.notified) {
    if (!s.timer) s.timer.emplace(co_await asio::this_coro::executor);
    s.waiting = true;
    co_await until(*s.timer, limit);
    s.waiting = false;
  }
  const bool notified = s.notified;
  s.notified = false;
  // A cancelled coroutine does not go on as if it had been notified.
  if (!notified) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
  co_return notified;
}

void signal::notify() noexcept {
  state_->notified = true;
  if (state_->waiting && state_->timer) state_->timer->cancel();
}

void permits::give(std::size_t count) noexcept {
  free_ += count;
  if (count == 0) return;
  for (signal* s : waiting_) s->notify();
}

}  // namespace paperboy

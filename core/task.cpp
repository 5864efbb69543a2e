#include "core/task.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

namespace paperboy {
namespace asio = boost::asio;

namespace {

task<void> until(asio::steady_timer& timer) {
  boost::system::error_code cancelled;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

}  // namespace

std::chrono::steady_clock::time_point now_steady() noexcept {
  return std::chrono::steady_clock::now();
}

task<void> sleep_for(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
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
    s.timer->expires_after(limit);
    s.waiting = true;
    co_await until(*s.timer);
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

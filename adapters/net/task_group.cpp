#include "adapters/net/task_group.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <list>
#include <string>
#include <utility>

namespace paperboy::net {

namespace asio = boost::asio;

struct task_group::state : std::enable_shared_from_this<state> {
  struct child {
    std::string_view name;
    asio::cancellation_signal stop;
  };

  state(asio::io_context& io, std::size_t most, failure_report hear)
      : context(io), limit(most), report(std::move(hear)), ended(io) {
    ended.expires_at(asio::steady_timer::time_point::max());
  }

  void finished(std::list<child>::iterator which, const std::exception_ptr& failure) {
    const std::string_view name = which->name;
    children.erase(which);
    if (failure) tell(name, failure);
    if (children.empty()) ended.cancel();
  }

  void tell(std::string_view name, const std::exception_ptr& failure) {
    std::string what = "unknown exception";
    try {
      std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
      if (closing && error.code() == asio::error::operation_aborted) return;
      what = error.what();
    } catch (const std::exception& error) {
      what = error.what();
    } catch (...) {
    }
    ++failures;
    if (report) {
      report(name, what);
    } else {
      spdlog::error("task {} ended by an exception: {}", name, what);
    }
  }

  asio::io_context& context;
  std::size_t limit;
  failure_report report;
  asio::steady_timer ended;  // never expires by itself; cancelled when the last child is gone
  std::list<child> children;
  std::size_t failures = 0;
  bool closing = false;
};

task_group::task_group(asio::io_context& context, std::size_t limit, failure_report report)
    : state_(std::make_shared<state>(context, limit, std::move(report))) {}

task_group::~task_group() {
  cancel();
}

result<void> task_group::spawn(std::string_view name, task<void> child) {
  if (state_->closing) return errc::closed;
  if (state_->children.size() >= state_->limit) return errc::overloaded;
  state_->children.emplace_back();
  const auto self = std::prev(state_->children.end());
  self->name = name;
  asio::co_spawn(state_->context, std::move(child),
                 asio::bind_cancellation_slot(
                     self->stop.slot(), [group = state_, self](const std::exception_ptr& failure) {
                       group->finished(self, failure);
                     }));
  return {};
}

void task_group::cancel() {
  state_->closing = true;
  // A child may end, and leave the list, while it is being told.
  for (auto next = state_->children.begin(); next != state_->children.end();) {
    const auto current = next++;
    current->stop.emit(asio::cancellation_type::terminal);
  }
}

task<void> task_group::join() {
  const auto group = state_;
  group->closing = true;
  while (!group->children.empty()) {
    error_code woken;
    co_await group->ended.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

std::size_t task_group::size() const noexcept {
  return state_->children.size();
}
std::size_t task_group::failures() const noexcept {
  return state_->failures;
}

}  // namespace paperboy::net

#include "adapters/net/within.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <memory>
#include <stdexcept>

namespace paperboy::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto far_away = 1h;

task<void> wait_for(std::chrono::nanoseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

task<int> value_after(std::chrono::nanoseconds time, int value) {
  co_await wait_for(time);
  co_return value;
}

task<result<int>> refusal() {
  co_return errc::refused;
}

task<int> throws_refused() {
  co_await wait_for(1ns);
  throw boost::system::system_error(make_error_code(errc::refused));
}

task<int> throws_a_bug() {
  co_await wait_for(1ns);
  throw std::logic_error("a bug");
}

template <class T>
T run(task<T> op) {
  asio::io_context context(1);
  std::optional<T> kept;
  std::exception_ptr failed;
  asio::co_spawn(context, std::move(op), [&](const std::exception_ptr& failure, T value) {
    failed = failure;
    kept.emplace(std::move(value));
  });
  const auto started = std::chrono::steady_clock::now();
  context.run();
  EXPECT_LT(std::chrono::steady_clock::now() - started, 10s);
  if (failed) std::rethrow_exception(failed);
  return std::move(*kept);
}

template <class T>
task<std::optional<result<T>>> optional_of(task<result<T>> op) {
  co_return co_await std::move(op);
}

TEST(within, yields_the_value_of_what_ended_in_time) {
  const auto got = run(optional_of(within(far_away, value_after(1ns, 42))));
  ASSERT_TRUE(got && got->has_value());
  EXPECT_EQ(**got, 42);
}

TEST(within, says_timed_out_at_the_limit) {
  const auto got = run(optional_of(within(5ms, value_after(far_away, 42))));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->error(), errc::timed_out);
}

TEST(within, does_not_wait_out_the_limit_when_the_operation_fails) {
  const auto got = run(optional_of(within(far_away, throws_refused())));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->error(), errc::refused);
}

TEST(within, hands_on_a_result_without_nesting_it) {
  const auto got = run(optional_of(within(far_away, refusal())));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->error(), errc::refused);
}

TEST(within, takes_operations_without_a_value) {
  EXPECT_TRUE(run(optional_of(within(far_away, wait_for(1ns))))->has_value());
  EXPECT_EQ(run(optional_of(within(2ms, wait_for(far_away))))->error(), errc::timed_out);
}

TEST(within, lets_a_bug_through_as_the_exception_it_is) {
  EXPECT_THROW(run(optional_of(within(far_away, throws_a_bug()))), std::logic_error);
}

TEST(within, passes_a_cancellation_on_unchanged) {
  asio::io_context context(1);
  asio::cancellation_signal stop;
  std::exception_ptr failed;
  bool went_on = false;
  auto body = [&]() -> task<void> {
    (void)co_await within(far_away, value_after(far_away, 1));
    went_on = true;
  };
  asio::co_spawn(context, body(),
                 asio::bind_cancellation_slot(
                     stop.slot(), [&](const std::exception_ptr& failure) { failed = failure; }));
  asio::steady_timer soon(context, 2ms);
  soon.async_wait([&](error_code) { stop.emit(asio::cancellation_type::terminal); });
  context.run();
  EXPECT_FALSE(went_on);
  ASSERT_TRUE(failed);
  try {
    std::rethrow_exception(failed);
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), asio::error::operation_aborted);
  }
}

TEST(within, waits_for_the_operation_it_cancelled_so_that_its_references_stay_good) {
  bool ended = false;
  auto slow_to_end = [&]() -> task<int> {
    const auto on_exit = std::shared_ptr<void>(nullptr, [&](void*) { ended = true; });
    co_return co_await value_after(far_away, 1);
  };
  const auto got = run(optional_of(within(2ms, slow_to_end())));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->error(), errc::timed_out);
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace paperboy::net

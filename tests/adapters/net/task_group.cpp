#include "adapters/net/task_group.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace paperboy::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

task<void> sleeper(std::chrono::nanoseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

task<void> thrower() {
  co_await sleeper(1ns);
  throw std::runtime_error("the disk is full");
}

struct fixture : testing::Test {
  asio::io_context context{1};
  std::vector<std::string> reports;
  task_group group{context, 3, [this](std::string_view name, std::string_view what) {
                     reports.push_back(std::string(name) + ": " + std::string(what));
                   }};

  bool join() {
    bool joined = false;
    auto body = [&]() -> task<void> {
      co_await group.join();
      joined = true;
    };
    asio::co_spawn(context, body(), asio::detached);
    context.run();
    return joined;
  }
};

using task_group_test = fixture;

TEST_F(task_group_test, joins_when_the_last_child_has_ended) {
  ASSERT_TRUE(group.spawn("one", sleeper(1ms)));
  ASSERT_TRUE(group.spawn("two", sleeper(3ms)));
  EXPECT_EQ(group.size(), 2U);
  EXPECT_TRUE(join());
  EXPECT_EQ(group.size(), 0U);
}

TEST_F(task_group_test, joins_at_once_when_empty) {
  EXPECT_TRUE(join());
}

TEST_F(task_group_test, refuses_more_children_than_its_limit) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(group.spawn("child", sleeper(1ms)));
  EXPECT_EQ(group.spawn("child", sleeper(1ms)).error(), errc::overloaded);
  EXPECT_TRUE(join());
}

TEST_F(task_group_test, reports_an_exception_by_name_and_keeps_the_others) {
  ASSERT_TRUE(group.spawn("bad", thrower()));
  ASSERT_TRUE(group.spawn("good", sleeper(3ms)));
  EXPECT_TRUE(join());
  EXPECT_EQ(reports, std::vector<std::string>{"bad: the disk is full"});
  EXPECT_EQ(group.failures(), 1U);
}

TEST_F(task_group_test, cancels_its_children_without_reporting_that_as_a_failure) {
  ASSERT_TRUE(group.spawn("long", sleeper(1h)));
  ASSERT_TRUE(group.spawn("long", sleeper(1h)));
  context.poll();
  group.cancel();
  EXPECT_TRUE(join());
  EXPECT_TRUE(reports.empty());
  EXPECT_EQ(group.spawn("late", sleeper(1ms)).error(), errc::closed);
}

}  // namespace
}  // namespace paperboy::net

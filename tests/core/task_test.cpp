#include "core/task.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/steady_time.hpp"

namespace paperboy {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// One loop on a time of its own.
class simulated_task : public ::testing::Test {
 protected:
  void spawn(task<void> work) {
    asio::co_spawn(loop, std::move(work), [this](std::exception_ptr e) { ended.push_back(e); });
  }
  void settle() {
    loop.restart();
    loop.poll();
  }
  // Whether anybody waits for something.
  bool step() {
    settle();
    const bool waited = time.advance();
    settle();
    return waited;
  }
  std::chrono::milliseconds passed() const {
    return std::chrono::floor<std::chrono::milliseconds>(time.now() - began);
  }

  simulated_time time;
  asio::io_context loop{1};
  simulated_time::time_point began = time.now();
  std::vector<std::exception_ptr> ended;
};

task<void> note_after(std::chrono::milliseconds limit, std::string what,
                      std::vector<std::string>& notes) {
  co_await sleep_for(limit);
  notes.push_back(std::move(what));
}

TEST_F(simulated_task, a_year_is_over_at_once_and_in_order) {
  std::vector<std::string> notes;
  spawn(note_after(24h * 365, "year", notes));
  spawn(note_after(2ms, "late", notes));
  spawn(note_after(1ms, "first", notes));
  spawn(note_after(1ms, "second", notes));
  EXPECT_TRUE(step());
  EXPECT_EQ(notes, (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(passed(), 1ms);
  EXPECT_TRUE(step());
  EXPECT_TRUE(step());
  EXPECT_EQ(notes.back(), "year");
  EXPECT_EQ(passed(), 24h * 365);
  EXPECT_FALSE(step());
  EXPECT_EQ(ended.size(), 4U);
}

TEST_F(simulated_task, a_signal_ends_a_wait_before_its_limit_and_leaves_no_appointment) {
  signal s;
  std::optional<bool> notified;
  spawn([](signal& to, std::optional<bool>& answer) -> task<void> {
    answer = co_await to.wait_for(1h);
  }(s, notified));
  settle();
  s.notify();
  settle();
  EXPECT_EQ(notified, true);
  EXPECT_FALSE(time.next().has_value());
  EXPECT_EQ(passed(), 0ms);
}

TEST_F(simulated_task, a_signal_that_nobody_gives_is_waited_for_to_the_limit) {
  signal s;
  std::optional<bool> notified;
  spawn([](signal& to, std::optional<bool>& answer) -> task<void> {
    answer = co_await to.wait_for(250ms);
  }(s, notified));
  EXPECT_TRUE(step());
  EXPECT_EQ(notified, false);
  EXPECT_EQ(passed(), 250ms);
}

TEST_F(simulated_task, a_cancelled_sleep_throws_and_leaves_no_appointment) {
  asio::cancellation_signal cancel;
  asio::co_spawn(loop, sleep_for(1h),
                 asio::bind_cancellation_slot(
                     cancel.slot(), [this](std::exception_ptr e) { ended.push_back(e); }));
  settle();
  cancel.emit(asio::cancellation_type::terminal);
  settle();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_TRUE(ended[0] != nullptr);
  EXPECT_FALSE(time.next().has_value());
}

TEST_F(simulated_task, a_destroyed_coroutine_leaves_no_appointment) {
  std::optional<asio::io_context> other(std::in_place, 1);
  asio::co_spawn(*other, sleep_for(1h), [](std::exception_ptr) {});
  other->poll();
  EXPECT_TRUE(time.next().has_value());
  other.reset();
  EXPECT_FALSE(time.next().has_value());
}

TEST(steady_time, is_the_steady_clock_where_nobody_simulates) {
  const auto before = std::chrono::steady_clock::now();
  const auto now = now_steady();
  EXPECT_GE(now, before);
  EXPECT_LE(now, std::chrono::steady_clock::now());
  { const simulated_time time; EXPECT_EQ(now_steady(), time.now()); }
  EXPECT_GE(now_steady(), now);
}

TEST(a_task, sleeps_for_real_where_nobody_simulates) {
  asio::io_context loop{1};
  const auto before = std::chrono::steady_clock::now();
  asio::co_spawn(loop, sleep_for(5ms), [](std::exception_ptr) {});
  loop.run();
  EXPECT_GE(std::chrono::steady_clock::now() - before, 5ms);
}

}  // namespace
}  // namespace paperboy

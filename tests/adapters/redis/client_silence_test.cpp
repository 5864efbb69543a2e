// What a call meets while Redis stands still or is away, and for how long.

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>

#include "adapters/redis/client.hpp"
#include "tests/adapters/redis/server.hpp"

namespace paperboy::redis {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using testing::eventually;
using testing::private_server;

class redis_silence : public ::testing::Test {
 protected:
  client_settings settings() {
    client_settings s = server.settings();
    s.command_limit = 400ms;
    s.absence_limit = 50ms;
    s.silence_limit = 10s;
    return s;
  }
  void run(task<void> work) { testing::run(context, std::move(work)); }

  private_server server;
  boost::asio::io_context context{1};
};

TEST_F(redis_silence, costs_the_first_call_its_limit_and_those_after_it_little) {
  client redis{context, settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("PING"));
    server.freeze();
    EXPECT_EQ((co_await redis.call("INCR", "n")).kind(), error_kind::no_answer);
    const auto sent = redis.statistics().commands;
    for (int i = 0; i < 3; ++i) {
      const auto before = clock::now();
      const answer a = co_await redis.call("INCR", "n");
      EXPECT_EQ(a.kind(), error_kind::not_answering);
      EXPECT_EQ(a.error(), errc::unavailable);
      EXPECT_LT(clock::now() - before, 350ms);
    }
    EXPECT_EQ(redis.statistics().commands, sent);  // so that nothing of it is done later
    server.thaw();
    EXPECT_TRUE(co_await eventually([&] { return redis.statistics().waiting == 0; }));
    EXPECT_EQ((co_await redis.call("INCR", "n"))->as_int(), 2);
  }());
  EXPECT_EQ(redis.statistics().connects, 1U);
}

TEST_F(redis_silence, that_ends_lets_those_through_who_still_wait) {
  client_settings patient = settings();
  patient.absence_limit = 400ms;
  client redis{context, patient};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("PING"));
    server.freeze();
    EXPECT_EQ((co_await redis.call("INCR", "n")).kind(), error_kind::no_answer);
    server.thaw();
    EXPECT_EQ((co_await redis.call("INCR", "n"))->as_int(), 2);
  }());
}

TEST_F(redis_silence, of_a_server_that_is_gone_is_waited_for_no_longer_than_the_absence_limit) {
  client redis{context, settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("PING"));
    server.kill();
    EXPECT_TRUE(co_await eventually([&] { return !redis.connected(); }));
    const auto before = clock::now();
    EXPECT_EQ((co_await redis.call("PING")).kind(), error_kind::not_connected);
    EXPECT_LT(clock::now() - before, 350ms);
  }());
}

}  // namespace
}  // namespace paperboy::redis

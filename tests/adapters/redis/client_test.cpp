#include "adapters/redis/client.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <exception>
#include <list>
#include <string>
#include <vector>

#include "adapters/redis/clock.hpp"
#include "core/wall_time.hpp"
#include "tests/adapters/redis/server.hpp"

namespace paperboy::redis {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::private_server;

class redis_client : public ::testing::Test {
 protected:
  void run(task<void> work) { testing::run(context_, std::move(work)); }

  // A call that runs beside the test and may be cancelled.
  struct started {
    answer got;
    bool ended = false;
    asio::cancellation_signal cancel;
  };
  started& start(task<answer> call) {
    started& s = started_.emplace_back();
    auto keep = [](task<answer> op, started& into) -> task<void> {
      into.got = co_await std::move(op);
    };
    asio::co_spawn(context_, keep(std::move(call), s),
                   asio::bind_cancellation_slot(
                       s.cancel.slot(), [&s](const std::exception_ptr&) { s.ended = true; }));
    return s;
  }

  private_server server_;
  asio::io_context context_{1};
  std::list<started> started_;
};

TEST_F(redis_client, answers_each_of_many_coroutines_with_its_own_reply) {
  client redis{context_, server_.settings()};
  std::size_t wrong = 0;
  std::size_t ended = 0;
  const auto ask = [&](int who) -> task<void> {
    for (int i = 0; i < 50; ++i) {
      const std::string text = std::to_string(who) + ":" + std::to_string(i);
      const answer a = co_await redis.call("ECHO", text);
      if (!a || a->as_string() != text) ++wrong;
    }
    ++ended;
  };
  constexpr std::size_t coroutines = 300;
  for (std::size_t i = 0; i < coroutines; ++i) {
    asio::co_spawn(context_, ask(static_cast<int>(i)), [](const std::exception_ptr&) {});
  }
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await testing::eventually([&] { return ended == coroutines; }));
  }());
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(redis.statistics().connects, 1U);
  EXPECT_EQ(redis.statistics().commands, coroutines * 50);
  EXPECT_EQ(redis.statistics().waiting, 0U);
  EXPECT_EQ(redis.statistics().waiting_bytes, 0U);
}

TEST_F(redis_client, keeps_the_place_of_a_cancelled_call_among_the_replies) {
  client redis{context_, server_.settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("PING"));
    server_.freeze();
    std::vector<started*> calls;
    for (int i = 0; i < 20; ++i) calls.push_back(&start(redis.call("ECHO", i)));
    EXPECT_TRUE(
        co_await testing::eventually([&] { return redis.statistics().waiting_bytes == 0; }));
    for (std::size_t i = 0; i < calls.size(); i += 2) {
      calls[i]->cancel.emit(asio::cancellation_type::terminal);
    }
    EXPECT_TRUE(co_await testing::eventually([&] { return calls[18]->ended; }));
    EXPECT_EQ(calls[0]->got.error(), asio::error::operation_aborted);
    EXPECT_EQ(calls[0]->got.kind(), error_kind::cancelled);
    EXPECT_EQ(redis.statistics().waiting, 20U);
    server_.thaw();
    EXPECT_TRUE(co_await testing::eventually([&] { return calls[19]->ended; }));
    for (std::size_t i = 1; i < calls.size(); i += 2) {
      EXPECT_TRUE(calls[i]->got);
      if (calls[i]->got) EXPECT_EQ(calls[i]->got->as_int(), static_cast<std::int64_t>(i));
    }
  }());
  EXPECT_EQ(redis.statistics().connects, 1U);
}

TEST_F(redis_client, never_sends_a_command_cancelled_before_it_was_written) {
  client redis{context_, server_.settings()};
  run([&]() -> task<void> {
    server_.kill();
    started& lost = start(redis.call("SET", "key", "value"));
    EXPECT_TRUE(co_await testing::eventually([&] { return redis.statistics().waiting == 1; }));
    lost.cancel.emit(asio::cancellation_type::terminal);
    EXPECT_TRUE(co_await testing::eventually([&] { return lost.ended; }));
    EXPECT_EQ(redis.statistics().waiting, 0U);
    EXPECT_EQ(redis.statistics().waiting_bytes, 0U);
    server_.restart();
    const answer a = co_await redis.call("EXISTS", "key");
    EXPECT_TRUE(a);
    EXPECT_EQ(a->as_int(-1), 0);
  }());
}

TEST_F(redis_client, answers_a_pipeline_in_order_with_its_errors_in_place) {
  client redis{context_, server_.settings()};
  run([&]() -> task<void> {
    pipeline p;
    p.add("SET", "n", 41);
    p.add("INCR", "n");
    p.add("LPUSH", "n", "x");
    p.add(command{"GET"}.arg("n"));
    const std::vector<answer> answers = co_await redis.call_all(std::move(p));
    EXPECT_EQ(answers.size(), 4U);
    EXPECT_EQ(answers[0]->as_string(), "OK");
    EXPECT_EQ(answers[1]->as_int(), 42);
    EXPECT_EQ(answers[2].kind(), error_kind::wrong_type);
    EXPECT_EQ(answers[2].error(), errc::refused);
    EXPECT_EQ(answers[2].error_word(), "WRONGTYPE");
    EXPECT_EQ(answers[3]->as_string(), "42");
    EXPECT_TRUE((co_await redis.call_all({})).empty());
  }());
}

TEST_F(redis_client, passes_every_byte_unchanged) {
  client redis{context_, server_.settings()};
  std::string bytes;
  for (int i = 0; i < 1024; ++i) bytes.push_back(static_cast<char>(i));
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("SET", std::string_view{"k\0\r\n", 4}, bytes));
    const answer a = co_await redis.call("GET", std::string_view{"k\0\r\n", 4});
    EXPECT_EQ(a->as_string(), bytes);
  }());
}

TEST_F(redis_client, reads_large_replies) {
  client_settings patient = server_.settings();  // size is asked about, not speed
  patient.command_limit = patient.silence_limit = std::chrono::seconds{60};
  client redis{context_, patient};
  const std::string large(20U << 20, 'x');
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("SET", "large", large));
    const answer a = co_await redis.call("GET", "large");
    EXPECT_TRUE(a);
    EXPECT_EQ(a->as_string(), large);
    const answer list =
        co_await redis.call("EVAL", "local t = {} for i = 1, 200000 do t[i] = i end return t", 0);
    EXPECT_TRUE(list);
    EXPECT_EQ(list->size(), 200000U);
    EXPECT_EQ((*list)[199999].as_int(), 200000);
  }());
}

TEST_F(redis_client, reads_nested_arrays_with_what_is_nil_and_what_failed) {
  client redis{context_, server_.settings()};
  run([&]() -> task<void> {
    const answer a = co_await redis.call(
        "EVAL",
        "return {1, {'two', {3, false}, {}}, redis.error_reply('STALE 4'), {{{'deep'}}}, 'end'}",
        0);
    EXPECT_TRUE(a);
    EXPECT_EQ(a->size(), 5U);
    EXPECT_EQ((*a)[0].as_int(), 1);
    EXPECT_EQ((*a)[1].size(), 3U);
    EXPECT_EQ((*a)[1][0].as_string(), "two");
    EXPECT_TRUE((*a)[1][1][1].is_nil());
    EXPECT_TRUE((*a)[1][2].is_array());
    EXPECT_TRUE((*a)[1][2].empty());
    EXPECT_TRUE((*a)[2].is_error());
    EXPECT_EQ(error_word((*a)[2].as_string()), "STALE");
    EXPECT_EQ((*a)[3][0][0][0].as_string(), "deep");
    EXPECT_EQ((*a)[4].as_string(), "end");
    EXPECT_TRUE((*a)[5].is_nil());
    EXPECT_EQ(std::distance(a->begin(), a->end()), 5);
  }());
}

TEST_F(redis_client, gives_a_script_s_own_error_with_its_word) {
  static const script refuses{"refuses", "return redis.error_reply('REGRESSED shard 4')"};
  client redis{context_, server_.settings()};
  run([&]() -> task<void> {
    const answer a = co_await redis.eval(refuses, {}, {});
    EXPECT_EQ(a.error(), errc::refused);
    EXPECT_EQ(a.kind(), error_kind::other);
    EXPECT_EQ(a.error_word(), "REGRESSED");
    EXPECT_EQ(a.error_text(), "REGRESSED shard 4");
  }());
}

TEST_F(redis_client, brings_the_source_of_a_script_that_the_server_forgot) {
  static const script adds{"adds", "return redis.call('INCRBY', KEYS[1], ARGV[1])"};
  static const script reads{"reads", "return redis.call('GET', KEYS[1])"};
  client redis{context_, server_.settings()};
  run([&]() -> task<void> {
    EXPECT_EQ((co_await redis.eval(adds, {"n"}, {"2"}))->as_int(), 2);
    EXPECT_EQ((co_await redis.eval(adds, {"n"}, {decimal{3}.view()}))->as_int(), 5);
    EXPECT_EQ(redis.statistics().script_loads, 1U);
    EXPECT_TRUE(co_await redis.call("SCRIPT", "FLUSH"));
    pipeline p;
    p.eval(adds, {"n"}, {"1"});
    p.add("PING");
    p.eval(adds, {"n"}, {"1"});
    p.eval(reads, {"n"}, {});
    const std::vector<answer> answers = co_await redis.call_all(std::move(p));
    EXPECT_EQ(answers[0]->as_int(), 6);
    EXPECT_EQ(answers[1]->as_string(), "PONG");
    EXPECT_EQ(answers[2]->as_int(), 7);
    EXPECT_EQ(answers[3]->as_string(), "7");
    EXPECT_EQ(redis.statistics().script_loads, 3U);
  }());
}

TEST_F(redis_client, refuses_what_is_beyond_its_queue) {
  client_settings settings = server_.settings();
  settings.max_commands = 10;
  settings.max_bytes = 1000;
  client redis{context_, settings};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("PING"));
    server_.freeze();
    for (int i = 0; i < 10; ++i) start(redis.call("PING"));
    EXPECT_TRUE(co_await testing::eventually([&] { return redis.statistics().waiting == 10; }));
    const answer eleventh = co_await redis.call("PING");
    EXPECT_EQ(eleventh.error(), errc::overloaded);
    EXPECT_EQ(eleventh.kind(), error_kind::queue_full);
    server_.thaw();
    EXPECT_TRUE(co_await testing::eventually([&] { return redis.statistics().waiting == 0; }));
    const answer long_one = co_await redis.call("ECHO", std::string(1000, 'x'));
    EXPECT_EQ(long_one.error(), errc::overloaded);
    EXPECT_TRUE(co_await redis.call("PING"));
  }());
}

TEST_F(redis_client, waits_for_what_is_out_when_it_is_closed) {
  client redis{context_, server_.settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("PING"));
    started& last = start(redis.call("ECHO", "last words"));
    EXPECT_TRUE(co_await testing::eventually([&] { return redis.statistics().waiting == 1; }));
    co_await redis.close();
    EXPECT_TRUE(last.ended || co_await testing::eventually([&] { return last.ended; }));
    EXPECT_EQ(last.got->as_string(), "last words");
    EXPECT_EQ((co_await redis.call("PING")).error(), errc::closed);
    EXPECT_FALSE(redis.connected());
  }());
  context_.restart();
  EXPECT_EQ(context_.run_for(5s), 0U);  // nothing of it is left in the loop
}

TEST_F(redis_client, fails_what_waits_when_it_is_destroyed) {
  auto redis = std::make_unique<client>(context_, server_.settings());
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis->call("PING"));
    server_.freeze();
    started& sent = start(redis->call("PING"));
    EXPECT_TRUE(co_await testing::eventually([&] { return redis->statistics().waiting == 1; }));
    started& unsent = start(redis->call("PING"));
    EXPECT_TRUE(co_await testing::eventually([&] { return redis->statistics().waiting == 2; }));
    redis.reset();
    EXPECT_TRUE(co_await testing::eventually([&] { return sent.ended && unsent.ended; }));
    EXPECT_EQ(sent.got.error(), errc::closed);
    EXPECT_EQ(unsent.got.error(), errc::closed);
  }());
}

TEST_F(redis_client, tells_the_servers_time) {
  client redis{context_, server_.settings()};
  run([&]() -> task<void> {
    const instant before = now_wall();
    const result<instant> now = co_await time(redis);
    EXPECT_TRUE(now);
    EXPECT_GE(*now, before);
    EXPECT_LT(*now, before + 10s);
  }());
}

}  // namespace
}  // namespace paperboy::redis

// Answers are believed only where the place they came from holds what it held before.

#include "adapters/redis/shard_guard.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "adapters/redis/client.hpp"
#include "tests/adapters/redis/server.hpp"

namespace paperboy::redis {
namespace {

using testing::private_server;

TEST(place_of_key, is_the_shard_of_its_hash_tag_or_the_notes_of_its_app) {
  EXPECT_EQ(place_of_key("{s017}:due"), 17);
  EXPECT_EQ(place_of_key("{s000}:run:digest-20261124T0400Z"), 0);
  EXPECT_EQ(place_of_key("{a:anewz}:runs"), installation_notes);
}

TEST(place_of_key, is_nowhere_for_what_is_asked_itself_and_for_strangers) {
  for (const char* key : {"{s017}:gen", "{paperboy}:control", "{s17}:due", "{s0170}:due",
                          "{sabc}:x", "s017:due", "{s017}", "", "text"}) {
    EXPECT_EQ(place_of_key(key), nowhere) << key;
  }
}

class guarded_client : public ::testing::Test {
 protected:
  guarded_client() {
    run([this]() -> task<void> {
      co_await redis.call("SET", "{s000}:gen", "g0");
      co_await redis.call("SET", "{s001}:gen", "g1");
      co_await redis.call("HSET", "{paperboy}:control", "gen:0", "g0", "gen:1", "g1");
    }());
    redis.watch_over(guard);
  }
  void run(task<void> work) { testing::run(context, std::move(work)); }

  using change = std::pair<key_place, bool>;

  private_server server;
  boost::asio::io_context context{1};
  client redis{context, server.settings()};
  std::vector<change> changes;
  std::shared_ptr<shard_guard> guard = std::make_shared<shard_guard>(
      std::vector<std::string>{"g0", "g1"},
      [this](key_place where, bool lost) { changes.emplace_back(where, lost); });
  const script count{"count", "return redis.call('INCR', KEYS[1])"};
};

TEST_F(guarded_client, believes_a_shard_that_is_whole) {
  run([this]() -> task<void> {
    EXPECT_TRUE((co_await redis.call("GET", "{s000}:nothing"))->is_nil());
    EXPECT_EQ((co_await redis.eval(count, {"{s001}:n"}, {}))->as_int(), 1);
    EXPECT_TRUE((co_await redis.call("GET", "{a:anewz}:runs"))->is_nil());
  }());
  EXPECT_TRUE(changes.empty());
  EXPECT_EQ(guard->problem(), "");
}

TEST_F(guarded_client, takes_no_answer_of_an_emptied_shard_for_one) {
  run([this]() -> task<void> {
    co_await redis.call("DEL", "{s000}:gen");
    const answer nothing = co_await redis.call("HGETALL", "{s000}:r:cohort:0");
    EXPECT_EQ(nothing.kind(), error_kind::regressed);
    EXPECT_EQ(nothing.error(), errc::shard_regressed);
    EXPECT_TRUE(co_await redis.call("GET", "{s001}:n"));
  }());
  EXPECT_EQ(changes, (std::vector<change>{{0, true}}));
  EXPECT_EQ(guard->problem(), "SHARD_REGRESSED: Redis lost data that it held before: shard 0");
}

TEST_F(guarded_client, knows_a_shard_of_another_time_by_its_generation) {
  run([this]() -> task<void> {
    co_await redis.call("SET", "{s001}:gen", "older");
    EXPECT_EQ((co_await redis.call("GET", "{s001}:n")).kind(), error_kind::regressed);
  }());
}

// What comes of them is written by a command that asks.
TEST_F(guarded_client, asks_nothing_for_a_script_that_looks_for_itself_nor_for_what_is_believed) {
  const script looks{"looks", "return redis.call('EXISTS', KEYS[1])", true};
  run([this, &looks]() -> task<void> {
    co_await redis.call("DEL", "{s000}:gen");
    EXPECT_EQ((co_await redis.eval(looks, {"{s000}:part"}, {}))->as_int(), 0);
    pipeline reads;
    reads.add("HGETALL", "{s000}:r:cohort:0");
    reads.add("GET", "{s000}:m:cohort:0");
    reads.believe();
    for (const answer& a : co_await redis.call_all(std::move(reads))) EXPECT_TRUE(a);
  }());
  EXPECT_TRUE(changes.empty());
}

TEST_F(guarded_client, sends_nothing_more_to_a_lost_shard) {
  run([this]() -> task<void> {
    co_await redis.call("DEL", "{s000}:gen");
    co_await redis.call("GET", "{s000}:n");
    const auto sent = redis.statistics().commands;
    EXPECT_EQ((co_await redis.call("INCR", "{s000}:n")).kind(), error_kind::regressed);
    EXPECT_EQ((co_await redis.eval(count, {"{s000}:n"}, {})).kind(), error_kind::regressed);
    EXPECT_EQ(redis.statistics().commands, sent);
  }());
}

TEST_F(guarded_client, tells_the_lost_from_the_whole_within_one_pipeline) {
  run([this]() -> task<void> {
    co_await redis.call("DEL", "{s000}:gen");
    pipeline all;
    all.add("GET", "{s000}:n");
    all.eval(count, {"{s001}:n"}, {});
    all.eval(count, {"{s000}:n"}, {});
    all.add("PING");
    const auto answers = co_await redis.call_all(std::move(all));
    EXPECT_EQ(answers.size(), 4U);
    EXPECT_EQ(answers[0].kind(), error_kind::regressed);
    EXPECT_EQ(answers[1]->as_int(), 1);
    EXPECT_EQ(answers[2].kind(), error_kind::regressed);
    EXPECT_EQ(answers[3]->as_string(), "PONG");
  }());
}

TEST_F(guarded_client, finds_everything_of_an_app_lost_with_the_notes) {
  run([this]() -> task<void> {
    co_await redis.call("FLUSHALL");
    EXPECT_EQ((co_await redis.call("HGETALL", "{a:anewz}:topics")).kind(), error_kind::regressed);
  }());
  EXPECT_EQ(changes, (std::vector<change>{{installation_notes, true}}));
}

TEST_F(guarded_client, asks_again_once_the_shard_was_found_whole) {
  run([this]() -> task<void> {
    co_await redis.call("DEL", "{s000}:gen");
    co_await redis.call("GET", "{s000}:n");
    EXPECT_TRUE(guard->judge(0, "g0"));
    co_await redis.call("SET", "{s000}:gen", "g0");
    EXPECT_TRUE(co_await redis.call("GET", "{s000}:n"));
  }());
  EXPECT_EQ(changes, (std::vector<change>{{0, true}, {0, false}}));
  EXPECT_FALSE(guard->any_lost());
}

TEST_F(guarded_client, takes_an_answer_that_nothing_vouches_for_as_unknown) {
  run([this]() -> task<void> {
    // A shard that cannot say what it holds.
    co_await redis.call("DEL", "{s000}:gen");
    co_await redis.call("LPUSH", "{s000}:gen", "no string");
    const answer a = co_await redis.call("GET", "{s000}:n");
    EXPECT_EQ(a.kind(), error_kind::wrong_type);
  }());
  EXPECT_FALSE(guard->any_lost());
}

}  // namespace
}  // namespace paperboy::redis

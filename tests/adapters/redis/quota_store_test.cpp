#include "adapters/redis/quota_store.hpp"

#include <gtest/gtest.h>

#include "tests/adapters/redis/roster_fixture.hpp"

namespace paperboy::redis {
namespace {

using namespace std::chrono_literals;

class a_quota : public testing::roster_test {
 protected:
  static constexpr std::uint32_t per_minute = 60'000;  // one a millisecond

  std::uint32_t draw(quota_store& by, std::uint32_t messages, bool refused = false) {
    return must(by.draw("news-1", per_minute, {messages, refused}));
  }
  // As if everything had happened so much earlier.
  void pass(std::chrono::milliseconds time) {
    for (const char* when : {"at", "cut"}) {
      ask(command{"HINCRBY", "{q:news-1}:fcm", when, -time.count()});
    }
    for (const char* worker : {"a", "b"}) {
      ask(command{"ZADD", "{q:news-1}:fcm:drawing", "XX", "INCR", -time.count(), worker});
    }
  }

  quota_store a{redis, "a"};
  quota_store b{redis, "b"};
};

TEST_F(a_quota, gives_what_fills_in_and_at_most_a_second_of_it_at_once) {
  EXPECT_EQ(draw(a, 5000), 1000U);
  EXPECT_LT(draw(a, 5000), 200U);  // this test's own milliseconds
  pass(250ms);
  const auto quarter = draw(a, 5000);
  EXPECT_GE(quarter, 250U);
  EXPECT_LT(quarter, 450U);
  pass(1h);
  EXPECT_EQ(draw(a, 5000), 1000U);
}

TEST_F(a_quota, gives_no_more_than_is_wanted) {
  EXPECT_EQ(draw(a, 300), 300U);
  EXPECT_EQ(draw(a, 0), 0U);
  EXPECT_GE(draw(a, 5000), 700U);
}

TEST_F(a_quota, is_shared_evenly_by_those_who_draw) {
  draw(a, 5000);
  draw(b, 5000);
  std::uint32_t of_a = 0, of_b = 0;
  for (int i = 0; i < 40; ++i) {
    pass(125ms);
    of_a += draw(a, 5000);
    pass(125ms);
    of_b += draw(b, 5000);
  }
  EXPECT_GE(of_a + of_b, 9'700U);
  EXPECT_LT(of_a + of_b, 13'000U);
  EXPECT_LT(of_a, of_b * 5 / 4);
  EXPECT_LT(of_b, of_a * 5 / 4);
}

TEST_F(a_quota, of_a_worker_that_died_goes_to_the_others_within_a_second) {
  draw(b, 5000);
  pass(1100ms);
  EXPECT_EQ(draw(a, 5000), 1000U);
}

TEST_F(a_quota, fills_half_as_fast_after_a_refusal_and_recovers_over_minutes) {
  EXPECT_EQ(draw(a, 5000, true), 0U);
  EXPECT_EQ(draw(a, 5000, true), 0U);  // the same second: no further cut
  pass(500ms);
  const auto after = draw(a, 5000);
  EXPECT_GE(after, 250U);
  EXPECT_LT(after, 400U);
  for (int i = 0; i < 6; ++i) {
    pass(60s);
    draw(a, 0);
  }
  pass(1s);
  EXPECT_EQ(draw(a, 5000), 1000U);
}

TEST_F(a_quota, is_each_projects_own) {
  draw(a, 5000);
  EXPECT_EQ(must(a.draw("news-2", per_minute, {5000, false})), 1000U);
}

TEST_F(a_quota, of_a_project_that_sends_nothing_leaves_redis) {
  draw(a, 10);
  EXPECT_GT(number(command{"PTTL", "{q:news-1}:fcm"}), 0);
  EXPECT_GT(number(command{"PTTL", "{q:news-1}:fcm:drawing"}), 0);
}

TEST_F(a_quota, that_cannot_be_asked_is_an_error_and_no_grant) {
  ask(command{"SET", "{q:news-1}:fcm", "something else"});
  EXPECT_TRUE(error_of(a.draw("news-1", per_minute, {10, false})));
}

}  // namespace
}  // namespace paperboy::redis

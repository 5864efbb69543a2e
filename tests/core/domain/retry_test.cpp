#include <gtest/gtest.h>
// rapidcheck/gtest.h needs gtest first.
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "core/domain/decision.hpp"

namespace paperboy {
namespace {

using namespace std::chrono_literals;

constexpr instant now{std::chrono::milliseconds{1'700'000'000'500}};

TEST(retry, waits_up_to_1_2_4_and_at_most_64_seconds) {
  const auto most = [](unsigned attempt_number) {
    std::chrono::milliseconds longest{};
    for (std::uint64_t random = 0; random < 70'000; ++random) {
      longest = std::max(longest, retry_delay(attempt_number, 0ms, random));
    }
    return longest;
  };
  EXPECT_EQ(most(1), 1s);
  EXPECT_EQ(most(2), 2s);
  EXPECT_EQ(most(3), 4s);
  EXPECT_EQ(most(7), 64s);
  EXPECT_EQ(most(8), 64s);
  EXPECT_EQ(most(4'000'000'000), 64s);
  EXPECT_EQ(most(0), 1s);
}

TEST(retry, spreads_a_long_wait_over_an_eighth_more) {
  EXPECT_EQ(retry_delay(1, 15min, 0), 15min);
  EXPECT_EQ(retry_delay(1, 15min, 112'500), 15min + 112'500ms);
  EXPECT_EQ(retry_delay(1, 15min, 112'501), 15min);
}

RC_GTEST_PROP(retry, never_comes_before_its_lower_limit, ()) {
  const auto number = *rc::gen::arbitrary<unsigned>();
  const std::chrono::milliseconds lower{*rc::gen::inRange<std::int64_t>(-1'000, 7'200'000)};
  const auto random = *rc::gen::arbitrary<std::uint64_t>();
  const auto delay = retry_delay(number, lower, random);
  RC_ASSERT(delay >= lower);
  RC_ASSERT(delay >= 0ms);
  RC_ASSERT(delay <= std::max(lower, 0ms) + std::max<std::chrono::milliseconds>(64s, lower / 8));
}

TEST(retry, past_the_deadline_is_expired) {
  EXPECT_FALSE(expires(now, 10s, now + 10s));
  EXPECT_TRUE(expires(now, 10s + 1ms, now + 10s));
  EXPECT_TRUE(expires(now + 1ms, 0ms, now));
  EXPECT_FALSE(expires(now, 0ms, now));
  EXPECT_TRUE(expires(now, std::chrono::milliseconds::max(), now + 10s));
}

}  // namespace
}  // namespace paperboy

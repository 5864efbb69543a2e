#include "adapters/net/retry_after.hpp"

#include <gtest/gtest.h>

namespace paperboy::net {
namespace {

using namespace std::chrono_literals;

const auto now = std::chrono::sys_days{std::chrono::year{1994} / 11 / 6} + 8h + 49min;

TEST(retry_after, is_seconds_or_a_date_in_any_of_its_forms) {
  EXPECT_EQ(read_retry_after("120", now), 120s);
  EXPECT_EQ(read_retry_after("0", now), 0s);
  EXPECT_EQ(read_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), 37s);
  EXPECT_EQ(read_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", now), 37s);
  EXPECT_EQ(read_retry_after("Sun Nov  6 08:49:37 1994", now), 37s);
}

TEST(retry_after, in_the_past_is_now_and_far_away_is_a_day) {
  EXPECT_EQ(read_retry_after("Sun, 06 Nov 1994 08:48:37 GMT", now), 0s);
  EXPECT_EQ(read_retry_after("1000000000", now), 24h);
  EXPECT_EQ(read_retry_after("99999999999999999999999", now), 24h);
  EXPECT_EQ(read_retry_after("Sun, 06 Nov 2094 08:48:37 GMT", now), 24h);
}

TEST(retry_after, is_nothing_when_it_is_junk) {
  for (const char* junk : {"", "-5", "soon", "1.5", "12 s", "Sun, 06 Nov 1994 08:49:37 GMT!"}) {
    EXPECT_EQ(read_retry_after(junk, now), std::nullopt) << junk;
  }
}

}  // namespace
}  // namespace paperboy::net

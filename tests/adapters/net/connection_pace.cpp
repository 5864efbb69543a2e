#include "adapters/net/connection_pace.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace paperboy::net {
namespace {

using namespace std::chrono_literals;
using time_point = connection_pace::time_point;

constexpr std::uint32_t seed = 7;
const time_point start = time_point{} + 1h;

TEST(connection_pace, opens_the_first_at_once) {
  const connection_pace pace({}, seed);
  EXPECT_TRUE(pace.may_open(start, true));
}

TEST(connection_pace, opens_more_under_load_ten_times_a_second) {
  connection_pace pace({}, seed);
  pace.opening(start);
  EXPECT_FALSE(pace.may_open(start + 99ms, false));
  EXPECT_TRUE(pace.may_open(start + 100ms, false));
}

TEST(connection_pace, replaces_the_only_one_no_earlier_than_a_second_after_it_was_opened) {
  connection_pace pace({}, seed);
  pace.opening(start);
  pace.lost();
  EXPECT_FALSE(pace.may_open(start + 999ms, true));
  EXPECT_TRUE(pace.may_open(start + 1000ms, true));
}

TEST(connection_pace, replaces_at_once_what_lived_for_longer) {
  connection_pace pace({}, seed);
  pace.opening(start);
  pace.lost();
  EXPECT_TRUE(pace.may_open(start + 1h, true));
}

TEST(connection_pace, replaces_several_one_a_second_though_others_are_left) {
  connection_pace pace({}, seed);
  pace.opening(start);
  for (int i = 0; i < 3; ++i) pace.lost();
  time_point now = start + 10s;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pace.may_open(now, false));
    pace.opening(now);
    EXPECT_FALSE(pace.may_open(now + 999ms, false)) << "not even for load";
    now += 1s;
  }
  EXPECT_TRUE(pace.may_open(now, false));
  pace.opening(now);
  EXPECT_TRUE(pace.may_open(now + 100ms, false)) << "all are replaced: for load again";
}

TEST(connection_pace, waits_longer_after_each_further_failure_up_to_its_limit) {
  const auto longest_of = [](unsigned failures) {
    std::chrono::milliseconds longest{0};
    std::minstd_rand seeds(seed);
    for (int i = 0; i < 400; ++i) {
      connection_pace pace({.between_connections = 1000ms, .longest_back_off = 60s},
                           static_cast<std::uint32_t>(seeds()));
      for (unsigned failure = 0; failure < failures; ++failure) pace.failed(start);
      auto waited = 0ms;
      while (!pace.may_open(start + waited, true)) waited += 100ms;
      longest = std::max(longest, waited);
    }
    return longest;
  };
  EXPECT_GT(longest_of(1), 1500ms);
  EXPECT_LE(longest_of(1), 2000ms);
  EXPECT_GT(longest_of(3), 6s);
  EXPECT_LE(longest_of(3), 8s);
  EXPECT_GT(longest_of(30), 45s);
  EXPECT_LE(longest_of(30), 60s);
}

TEST(connection_pace, forgets_failures_with_the_first_answer) {
  connection_pace pace({}, seed);
  for (int i = 0; i < 30; ++i) pace.failed(start);
  pace.served();
  pace.failed(start);
  EXPECT_TRUE(pace.may_open(start + 2s, true));
}

TEST(connection_pace, lets_connections_live_between_four_fifths_and_the_whole_of_the_limit) {
  connection_pace pace({.max_age = 55min}, seed);
  std::vector<std::chrono::milliseconds> lives;
  for (int i = 0; i < 200; ++i) lives.push_back(pace.lifetime());
  const auto [least, most] = std::ranges::minmax(lives);
  EXPECT_GE(least, 44min);
  EXPECT_LE(most, 55min);
  // They spread over all of it, so that hundred connections of one minute do not end in one.
  EXPECT_LT(least, 45min);
  EXPECT_GT(most, 54min);
  std::ranges::sort(lives);
  std::size_t most_in_a_minute = 0;
  for (std::size_t i = 0, j = 0; j < lives.size(); ++j) {
    while (lives[j] - lives[i] > 1min) ++i;
    most_in_a_minute = std::max(most_in_a_minute, j - i + 1);
  }
  EXPECT_LE(most_in_a_minute, 60U);
}

// Whatever ends, and in whatever order: no two openings within a second where either takes the
// place of one that failed or was ended.
RC_GTEST_PROP(connection_pace, opens_at_most_one_a_second_after_failures, ()) {
  const pace_settings settings;
  connection_pace pace(settings, *rc::gen::arbitrary<std::uint32_t>());
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 8));
  time_point now = start;
  std::size_t open = 0;
  std::size_t owed = 0;
  time_point last{};
  bool last_replaced = false;
  for (const int step : steps) {
    now += std::chrono::milliseconds(*rc::gen::inRange(0, 400));
    if (step == 0 && open != 0) {
      --open;
      ++owed;
      pace.lost();
    } else if (step == 1 && open != 0) {
      --open;
      ++owed;
      pace.lost();
      pace.failed(now);
    } else if (step == 2) {
      pace.served();
    } else if (pace.may_open(now, open == 0)) {
      const bool replaces = owed != 0;
      if (last != time_point{}) {
        RC_ASSERT(now - last >= (replaces || last_replaced ? 1000ms : settings.load_before_another));
      }
      pace.opening(now);
      ++open;
      if (owed != 0) --owed;
      last = now;
      last_replaced = replaces;
    }
  }
}

}  // namespace
}  // namespace paperboy::net

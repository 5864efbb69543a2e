// What else decides how fast pushes go: the budget of retries, the congestion window, the ramp and
// a worker's share of a quota.

#include <gtest/gtest.h>
// rapidcheck/gtest.h needs gtest first.
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "core/domain/congestion_window.hpp"
#include "core/domain/gateway_health.hpp"
#include "core/domain/quota_share.hpp"
#include "core/domain/ramp.hpp"
#include "core/domain/retry_budget.hpp"
#include "core/domain/window_share.hpp"

namespace paperboy {
namespace {

using namespace std::chrono_literals;

constexpr steady_instant start{1h};

TEST(last_hundred_answers, count_only_the_last_hundred) {
  last_hundred answers;
  for (int i = 0; i < 60; ++i) answers.add(true);
  EXPECT_EQ(answers.bad(), 60U);
  EXPECT_FALSE(answers.full());
  for (int i = 0; i < 70; ++i) answers.add(false);
  EXPECT_EQ(answers.bad(), 30U);
  EXPECT_TRUE(answers.full());
}

TEST(a_gateways_word, is_about_the_gateway_and_not_about_one_device) {
  const auto word = [](std::uint16_t status, outcome o) {
    gateway_answer a;
    a.status = status;
    return word_of(a, o);
  };
  EXPECT_EQ(word(200, {.what = verdict::accepted}), gateway_word::well);
  EXPECT_EQ(word(410, {.what = verdict::forget_device}), gateway_word::well);
  EXPECT_EQ(word(403, {.what = verdict::stop_credential}), gateway_word::refused);
  EXPECT_EQ(word(503, {.what = verdict::retry}), gateway_word::failing);
  EXPECT_EQ(word(429, {.what = verdict::retry, .scope = retry_scope::device}), gateway_word::well);
  EXPECT_EQ(word(429, {.what = verdict::retry, .scope = retry_scope::gateway}),
            gateway_word::limited);
  gateway_answer nothing;
  nothing.end = attempt_end::ambiguous;
  EXPECT_EQ(word_of(nothing, {.what = verdict::retry}), gateway_word::silent);
}

TEST(a_retry_budget, lets_a_few_retry_where_little_is_sent) {
  retry_budget budget;
  std::uint64_t allowed = 0;
  while (budget.allows(start)) {
    budget.again(start);
    ++allowed;
  }
  EXPECT_EQ(allowed, retry_budget::at_least);
  EXPECT_FALSE(budget.allows(start + 50s));
  EXPECT_TRUE(budget.allows(start + 65s));
}

// The window moves on in steps of five seconds: it holds all of the last 55 seconds and nothing
// beyond a minute.
RC_GTEST_PROP(a_retry_budget, never_lets_more_than_a_tenth_of_the_first_attempts_retry, ()) {
  struct moment {
    steady_instant at;
    std::uint64_t first = 0, again = 0;
  };
  retry_budget budget;
  std::vector<moment> all;
  steady_instant now = start;
  const auto steps = *rc::gen::container<std::vector<std::uint16_t>>(
      rc::gen::inRange<std::uint16_t>(0, 9000));
  for (const auto step : steps) {
    now += std::chrono::milliseconds{step};
    moment m{now};
    for (; m.first < step / 10U; ++m.first) budget.first(now);
    for (; budget.allows(now); ++m.again) budget.again(now);
    all.push_back(m);
    if (m.again == 0) continue;  // what was allowed stays right when first attempts grow old
    std::uint64_t first = 0, again = 0;
    for (const moment& past : all) {
      if (now - past.at <= 60s) first += past.first;
      if (now - past.at <= 55s) again += past.again;
    }
    RC_ASSERT(again <= std::max(retry_budget::at_least, first / retry_budget::share));
  }
}

RC_GTEST_PROP(what_is_over_the_budget, is_put_off_but_never_to_its_deadline, ()) {
  const std::chrono::milliseconds left{*rc::gen::inRange<std::int64_t>(1, 20'000'000)};
  const auto wait = put_off(left, *rc::gen::arbitrary<std::uint64_t>());
  RC_ASSERT(wait >= 0ms);
  RC_ASSERT(wait < left);
  if (left > 45s) {
    RC_ASSERT(wait >= 15s);
    RC_ASSERT(wait <= 45s);
  }
}

// A minute in which FCM fails for three of ten pushes, in steps of 10 ms: what the gateway is
// offered, against what it would be without a failure.
TEST(a_retry_budget, keeps_an_outage_of_a_third_below_a_fifth_more_load) {
  retry_budget budget;
  std::deque<steady_instant> due;  // retries
  std::uint64_t first = 0, again = 0, chance = 1;
  const auto fails = [&] {
    chance = chance * 6364136223846793005U + 1442695040888963407U;
    return (chance >> 33) % 10 < 3;
  };
  for (auto now = start; now < start + 60s; now += 10ms) {
    for (int i = 0; i < 10; ++i) {
      budget.first(now);
      ++first;
      if (fails()) due.push_back(now + 10s);
    }
    while (!due.empty() && due.front() <= now) {
      due.pop_front();
      if (!budget.allows(now)) {
        due.push_back(now + 30s);
        continue;
      }
      budget.again(now);
      ++again;
      if (fails()) due.push_back(now + 10s);
    }
  }
  EXPECT_EQ(first, 60'000U);
  EXPECT_GT(again, 4'000U);
  EXPECT_LE(static_cast<double>(first + again), 1.2 * static_cast<double>(first));
}

TEST(a_congestion_window, halves_at_most_once_a_second_and_never_below_one) {
  congestion_window window(64);
  EXPECT_EQ(window.size(), 64U);
  for (int i = 0; i < 64; ++i) window.limited(start);
  EXPECT_EQ(window.size(), 32U);
  window.limited(start + 999ms);
  EXPECT_EQ(window.size(), 32U);
  for (int i = 1; i < 20; ++i) window.limited(start + i * 1s);
  EXPECT_EQ(window.size(), 1U);
}

TEST(a_congestion_window, grows_by_one_for_a_window_of_good_answers_up_to_where_it_was) {
  congestion_window window(64);
  window.limited(start);
  for (int i = 0; i < 33; ++i) window.well();
  EXPECT_EQ(window.size(), 33U);
  for (int i = 0; i < 10'000; ++i) window.well();
  EXPECT_EQ(window.size(), 64U);
}

TEST(a_share_of_the_window, is_all_of_it_for_a_gateway_that_is_alone) {
  window_share window(64);
  const auto one = window.add();
  window.add();
  EXPECT_EQ(window.most(one, 63, start), 64U);
}

TEST(a_share_of_the_window, leaves_to_others_what_they_wanted_lately_up_to_an_equal_one) {
  window_share window(64);
  const auto many = window.add(), few = window.add();
  EXPECT_EQ(window.most(few, 5, start), 64U);
  EXPECT_EQ(window.most(many, 0, start), 58U);
  EXPECT_EQ(window.most(few, 50, start), 63U);
  EXPECT_EQ(window.most(many, 40, start), 32U);
  EXPECT_EQ(window.most(few, 51, start), 32U);
  EXPECT_EQ(window.most(many, 40, start + 1500ms), 32U);
  EXPECT_EQ(window.most(many, 40, start + 3s), 64U);
}

TEST(a_share_of_the_window, is_at_least_one_push) {
  window_share window(1);
  const auto one = window.add(), other = window.add();
  EXPECT_EQ(window.most(one, 0, start), 1U);
  EXPECT_EQ(window.most(other, 0, start), 1U);
}

// However they ask, one that never answers leaves the other its half.
RC_GTEST_PROP(a_share_of_the_window, is_never_taken_whole_by_one_that_does_not_answer, ()) {
  const auto size = *rc::gen::inRange<std::size_t>(4, 200);
  window_share window(size);
  const auto silent = window.add(), well = window.add();
  std::size_t held = 0, under_way = 0;
  steady_instant now = start;
  for (int round = 0; round < 400; ++round) {
    now += 10ms;
    under_way = 0;
    // Both want as much as they get, in turn.
    for (bool any = true; any;) {
      any = false;
      if (under_way < window.most(well, under_way, now) && held + under_way < size) {
        ++under_way;
        any = true;
      }
      if (held < window.most(silent, held, now) && held + under_way < size) {
        ++held;
        any = true;
      }
    }
  }
  RC_ASSERT(under_way >= size / 2 - 1);
}

TEST(a_ramp, goes_from_one_push_at_a_time_to_all_over_a_minute) {
  ramp r;
  EXPECT_EQ(r.limit(start, 64), 1U);
  std::size_t before = 1;
  for (auto now = start; now < start + 60s; now += 100ms) {
    const auto limit = r.limit(now, 64);
    EXPECT_GE(limit, before);
    EXPECT_LE(limit, before + 1);
    before = limit;
  }
  EXPECT_EQ(before, 63U);
  EXPECT_EQ(r.limit(start + 60s, 64), 64U);
  EXPECT_EQ(r.limit(start + 119s, 64), 64U);
}

TEST(a_ramp, starts_anew_after_a_minute_without_a_digest) {
  ramp r;
  r.limit(start, 64);
  EXPECT_EQ(r.limit(start + 61s, 64), 1U);
  EXPECT_EQ(r.limit(start + 91s, 64), 32U);
}

TEST(a_share_of_a_quota, sends_what_was_granted_and_asks_no_oftener_than_four_times_a_second) {
  quota_share share;
  EXPECT_FALSE(share.due(start));
  EXPECT_FALSE(share.allows(start, false));
  ASSERT_TRUE(share.due(start));
  EXPECT_EQ(share.ask(start).messages, quota_share::first_wish);
  share.granted(50, start);
  int sent = 0;
  while (share.allows(start, false)) {
    share.sent();
    ++sent;
  }
  EXPECT_EQ(sent, 45);
  while (share.allows(start, true)) {
    share.sent();
    ++sent;
  }
  EXPECT_EQ(sent, 50);
  EXPECT_FALSE(share.due(start + 249ms));
  EXPECT_TRUE(share.due(start + 250ms));
  EXPECT_GE(share.ask(start + 250ms).messages, 100U);
}

TEST(a_share_of_a_quota, is_not_kept_for_a_burst_later) {
  quota_share share;
  share.allows(start, false);
  share.ask(start);
  share.granted(1000, start);
  EXPECT_TRUE(share.allows(start + 1s, false));
  EXPECT_FALSE(share.allows(start + 1001ms, false));
}

TEST(a_share_of_a_quota, keeps_the_last_rate_for_ten_seconds_while_nobody_answers) {
  quota_share share;
  share.allows(start, false);
  share.ask(start);
  share.granted(100, start);
  for (auto now = start + 250ms; now <= start + 10s; now += 250ms) {
    while (share.allows(now, true)) share.sent();
    ASSERT_TRUE(share.due(now));
    share.ask(now);
    share.unanswered(now);
    EXPECT_TRUE(share.allows(now, true));
  }
  share.unanswered(start + 10s + 1ms);
  EXPECT_FALSE(share.allows(start + 10s + 1ms, true));
}

TEST(a_share_of_a_quota, tells_the_bucket_once_of_a_refusal) {
  quota_share share;
  share.refused();
  ASSERT_TRUE(share.due(start));
  EXPECT_TRUE(share.ask(start).refused);
  share.allows(start, false);
  EXPECT_FALSE(share.ask(start + 1s).refused);
}

}  // namespace
}  // namespace paperboy

#include "core/domain/preferences.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/domain/subscriber.hpp"

namespace paperboy {
namespace {

using namespace std::chrono_literals;

topic make(std::string key, topic_number number, bool required = false) {
  topic t;
  t.key = std::move(key);
  t.number = number;
  t.required = required;
  if (required) t.default_frequency = frequency::both;
  return t;
}

struct merge_test : testing::Test {
  catalogue topics{{make("politics", 1), make("local/baku", 2), make("notices", 3, true)}};
  preferences before;
  preferences_patch patch;

  preferences merged() {
    auto outcome = merge(before, patch, topics);
    if (const auto* errors = std::get_if<1>(&outcome)) {
      ADD_FAILURE() << errors->front().pointer << ' ' << errors->front().code;
      return {};
    }
    return std::get<0>(outcome);
  }
  std::string refused() {
    auto outcome = merge(before, patch, topics);
    std::string text;
    if (const auto* errors = std::get_if<1>(&outcome)) {
      for (const auto& e : *errors) text += e.pointer + ' ' + e.code + '\n';
    }
    return text;
  }
};

TEST_F(merge_test, empty_patch_changes_nothing) {
  before.time_zone = "Asia/Baku";
  before.topics = {{1, frequency::both}};
  EXPECT_EQ(merged(), before);
}

TEST_F(merge_test, value_sets_null_resets_and_absent_keeps) {
  before.locale = "az";
  before.digest_time = 480min;
  before.max_items = 7;
  patch.locale = patched<std::string>::reset();
  patch.digest_time = patched<std::chrono::minutes>::to(510min);
  const auto after = merged();
  EXPECT_FALSE(after.locale);
  EXPECT_EQ(after.digest_time, 510min);
  EXPECT_EQ(after.max_items, 7);
}

TEST_F(merge_test, digest_null_resets_all_its_members) {
  before.digest_enabled = false;
  before.digest_time = 480min;
  before.digest_days = weekdays::from_bits(1);
  before.max_items = 7;
  before.min_items = 2;
  before.instant_items = include_instant::all;
  before.time_zone = "Asia/Baku";
  patch.digest_reset = true;
  preferences expected;
  expected.time_zone = "Asia/Baku";
  EXPECT_EQ(merged(), expected);
}

TEST_F(merge_test, quiet_hours_need_both_ends) {
  patch.quiet = quiet_hours_patch{};
  patch.quiet->start = patched<std::chrono::minutes>::to(22h);
  EXPECT_EQ(refused(), "/quiet_hours/end required\n");
  patch.quiet->end = patched<std::chrono::minutes>::to(22h);
  EXPECT_EQ(refused(), "/quiet_hours/end empty-window\n");
  patch.quiet->end = patched<std::chrono::minutes>::to(7h);
  EXPECT_EQ(merged().quiet, (quiet_hours{22h, 7h, quiet_action::fold}));
}

TEST_F(merge_test, quiet_hours_are_patched_member_by_member) {
  before.quiet = quiet_hours{22h, 7h, quiet_action::hold};
  patch.quiet = quiet_hours_patch{};
  patch.quiet->end = patched<std::chrono::minutes>::to(8h);
  EXPECT_EQ(merged().quiet, (quiet_hours{22h, 8h, quiet_action::hold}));
  patch.quiet.reset();
  patch.quiet_reset = true;
  EXPECT_FALSE(merged().quiet);
}

TEST_F(merge_test, pause_that_ends_before_it_begins_is_refused) {
  patch.pause = pause_patch{};
  patch.pause->first_day = patched<local_date>::to({20'000});
  EXPECT_EQ(refused(), "/pause/last_day required\n");
  patch.pause->last_day = patched<local_date>::to({19'999});
  EXPECT_EQ(refused(), "/pause/last_day before-first\n");
  patch.pause->last_day = patched<local_date>::to({20'000});
  EXPECT_EQ(merged().pause, (pause{{20'000}, {20'000}}));
}

TEST_F(merge_test, fewer_at_most_than_at_least_is_refused) {
  before.max_items = 3;
  patch.min_items = patched<std::uint8_t>::to(4);
  EXPECT_EQ(refused(), "/digest/min_items out-of-range\n");
}

TEST_F(merge_test, topics_are_set_reset_and_checked_one_by_one) {
  before.topics = {{1, frequency::digest}};
  patch.topics = {{"politics", std::nullopt}, {"local/baku", frequency::instant}};
  EXPECT_EQ(merged().topics, (choices{{2, frequency::instant}}));
  patch.topics = {{"local/ganja", frequency::off}, {"notices", frequency::off}};
  EXPECT_EQ(refused(), "/topics/local~1ganja unknown-topic\n/topics/notices locked\n");
}

TEST_F(merge_test, every_reason_is_told_at_once) {
  before.max_items = 1;
  patch.min_items = patched<std::uint8_t>::to(2);
  patch.pause = pause_patch{};
  patch.topics = {{"x", frequency::off}};
  EXPECT_EQ(refused(),
            "/digest/min_items out-of-range\n/pause/first_day required\n/pause/last_day required\n"
            "/topics/x unknown-topic\n");
}

constexpr topic_number choices_order[] = {5, 1, 3, 1};

TEST(choose_frequency, keeps_numbers_ascending) {
  choices said;
  for (const topic_number n : choices_order) choose_frequency(said, n, frequency::both);
  EXPECT_EQ(said, (choices{{1, frequency::both}, {3, frequency::both}, {5, frequency::both}}));
  choose_frequency(said, 3, std::nullopt);
  choose_frequency(said, 4, std::nullopt);
  choose_frequency(said, 5, frequency::off);
  EXPECT_EQ(said, (choices{{1, frequency::both}, {5, frequency::off}}));
}

TEST(resolve, takes_the_choice_then_the_device_then_the_app) {
  preferences p;
  digest_defaults defaults;
  defaults.time_zone = "Asia/Baku";
  defaults.locale = "az";
  EXPECT_EQ(resolve(p, "", "", defaults).time_zone, "Asia/Baku");
  EXPECT_EQ(resolve(p, "Europe/Berlin", "de", defaults).time_zone, "Europe/Berlin");
  p.time_zone = "UTC";
  p.locale = "ru";
  EXPECT_EQ(resolve(p, "Europe/Berlin", "de", defaults).time_zone, "UTC");
  EXPECT_EQ(resolve(p, "Europe/Berlin", "de", defaults).locale, "ru");
}

TEST(resolve, inherited_bound_gives_way_to_a_chosen_one) {
  digest_defaults defaults;
  defaults.max_items = 5;
  defaults.min_items = 3;
  preferences few;
  few.max_items = 2;
  EXPECT_EQ(resolve(few, "", "", defaults).min_items, 2);
  preferences many;
  many.min_items = 9;
  EXPECT_EQ(resolve(many, "", "", defaults).max_items, 9);
}

TEST(silence_rules, mute_ends_at_its_instant_and_a_pause_includes_both_days) {
  silence_rules rules;
  const instant noon{std::chrono::hours{500'000}};
  rules.mute_until = noon;
  EXPECT_EQ(silenced(rules, noon - 1ms, {100}), silence::muted);
  EXPECT_EQ(silenced(rules, noon, {100}), silence::none);
  rules.pause = pause{{100}, {102}};
  EXPECT_EQ(silenced(rules, noon, {99}), silence::none);
  EXPECT_EQ(silenced(rules, noon, {100}), silence::paused);
  EXPECT_EQ(silenced(rules, noon, {102}), silence::paused);
  EXPECT_EQ(silenced(rules, noon, {103}), silence::none);
}

device at(std::uint8_t number, device_state state, std::int64_t registered, std::string zone) {
  device d;
  d.number = number;
  d.state = state;
  d.registered_at = std::chrono::sys_seconds{std::chrono::seconds{registered}};
  d.time_zone = std::move(zone);
  return d;
}

TEST(subscriber, inherits_from_the_live_device_registered_last) {
  subscriber s;
  s.app = "anewz";
  s.devices = {at(0, device_state::live, 10, "Asia/Baku"), at(1, device_state::live, 20, "UTC"),
               at(2, device_state::dead, 30, "Europe/Berlin")};
  EXPECT_EQ(s.home({}).time_zone, "UTC");
  EXPECT_EQ(s.live_devices(), 2U);
  s.devices[1].state = device_state::moved;
  EXPECT_EQ(s.home({}).time_zone, "Asia/Baku");
  s.devices[0].state = device_state::dead;
  EXPECT_EQ(s.home({}).time_zone, "Europe/Berlin");
}

TEST(subscriber, is_due_on_no_day_while_its_digest_is_disabled) {
  subscriber s;
  EXPECT_EQ(s.due_days({}), weekdays::all());
  s.wishes.digest_days = weekdays::from_bits(0b11);
  EXPECT_EQ(s.due_days({}), weekdays::from_bits(0b11));
  s.wishes.digest_enabled = false;
  EXPECT_TRUE(s.due_days({}).empty());
}

TEST(cohort, comes_back_from_its_text) {
  const cohort c{"anewz", "America/Argentina/Buenos_Aires", 1439min};
  EXPECT_EQ(to_text(c), "anewz:America/Argentina/Buenos_Aires:1439");
  EXPECT_EQ(parse_cohort(to_text(c)), c);
  for (const char* bad : {"", "a", "a:b", "a:b:", "a:b:x", "a:b:1x"}) {
    EXPECT_FALSE(parse_cohort(bad)) << bad;
  }
}

}  // namespace
}  // namespace paperboy

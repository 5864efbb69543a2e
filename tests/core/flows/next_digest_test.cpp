#include "core/domain/next_digest.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/domain/text_time.hpp"

namespace paperboy {
namespace {

const digest_defaults defaults = [] {
  digest_defaults d;
  d.time_zone = "Asia/Baku";
  return d;
}();

subscriber somebody() {
  subscriber s;
  s.app = "anewz";
  s.devices.emplace_back();
  s.devices.back().token = "t";
  return s;
}

instant at(std::string_view text) {
  return *parse_instant(text);
}
local_date day(std::string_view text) {
  return *parse_local_date(text);
}

std::string slot_of(const subscriber& s, std::string_view mark, std::string_view now) {
  const auto found = next_digest(s, mark.empty() ? local_date{} : day(mark), defaults, at(now));
  return found ? to_text(found->date) : "none";
}

TEST(the_next_digest, comes_at_the_next_hour_that_was_chosen) {
  const auto s = somebody();
  EXPECT_EQ(slot_of(s, "", "2026-11-23T03:59:59Z"), "2026-11-23");
  EXPECT_EQ(slot_of(s, "", "2026-11-23T04:00:00Z"), "2026-11-24");
}

TEST(the_next_digest, is_not_on_a_date_that_had_one) {
  auto s = somebody();
  s.wishes.digest_time = std::chrono::hours{20};
  EXPECT_EQ(slot_of(s, "2026-11-22", "2026-11-23T05:00:00Z"), "2026-11-23");
  EXPECT_EQ(slot_of(s, "2026-11-23", "2026-11-23T05:00:00Z"), "2026-11-24");
}

TEST(the_next_digest, is_none_without_days_or_devices) {
  auto s = somebody();
  s.wishes.digest_enabled = false;
  EXPECT_EQ(slot_of(s, "", "2026-11-23T05:00:00Z"), "none");
  s.wishes.digest_enabled = true;
  EXPECT_EQ(slot_of(s, "", "2026-11-23T05:00:00Z"), "2026-11-24");
  s.devices[0].state = device_state::dead;
  EXPECT_EQ(slot_of(s, "", "2026-11-23T05:00:00Z"), "none");
}

TEST(the_next_digest, follows_a_pause_and_the_end_of_a_mute) {
  auto s = somebody();
  s.wishes.mute_until = at("2026-11-25T04:00:00Z");
  EXPECT_EQ(slot_of(s, "", "2026-11-23T05:00:00Z"), "2026-11-25");
  s.wishes.mute_until = at("2026-11-25T04:00:00.001Z");
  EXPECT_EQ(slot_of(s, "", "2026-11-23T05:00:00Z"), "2026-11-26");
  s.wishes.pause = pause{day("2026-11-26"), day("2026-12-31")};
  EXPECT_EQ(slot_of(s, "", "2026-11-23T05:00:00Z"), "2027-01-01");
  s.wishes.mute_until.reset();
  EXPECT_EQ(slot_of(s, "", "2026-11-23T05:00:00Z"), "2026-11-24");
}

RC_GTEST_PROP(the_next_digest, breaks_no_rule, ()) {
  auto s = somebody();
  const auto now = at("2026-11-23T05:00:00Z");
  const auto today = day("2026-11-23");
  s.wishes.digest_time = std::chrono::minutes{*rc::gen::inRange(0, 1440)};
  s.wishes.digest_days = weekdays::from_bits(*rc::gen::inRange<std::uint8_t>(1, 128));
  const auto first = today.plus(*rc::gen::inRange(-5, 20));
  s.wishes.pause = pause{first, first.plus(*rc::gen::inRange(0, 400))};
  s.wishes.mute_until = now + std::chrono::minutes{*rc::gen::inRange(-1000, 20'000)};
  const auto mark = today.plus(*rc::gen::inRange(-3, 2));
  const auto found = next_digest(s, mark, defaults, now);
  RC_ASSERT(found.has_value());
  RC_ASSERT(found->at > now);
  RC_ASSERT(found->date > mark);
  RC_ASSERT(s.wishes.digest_days->has(found->date));
  const silence_rules rules{s.wishes.pause, s.wishes.mute_until};
  RC_ASSERT(silenced(rules, found->at, found->date) == silence::none);
}

}  // namespace
}  // namespace paperboy

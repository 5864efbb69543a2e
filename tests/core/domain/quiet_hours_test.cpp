#include "core/domain/quiet_hours.hpp"

#include <gtest/gtest.h>
// rapidcheck/gtest.h needs gtest first.
#include <rapidcheck/gtest.h>

#include "core/domain/text_time.hpp"

namespace paperboy {
namespace {

using namespace std::chrono_literals;
using enum quiet_judgement::verdict;

quiet_hours hours_of(std::string_view start, std::string_view end,
                     quiet_action action = quiet_action::hold) {
  return {*parse_time_of_day(start), *parse_time_of_day(end), action};
}

// The instant at which it may go, in UTC; "send" for now.
std::string wakes(const quiet_hours& quiet, const char* zone_name, std::string_view now) {
  const auto found = judge_quiet(quiet, *zone::named(zone_name), *parse_instant(now), false);
  return found.what == send ? "send" : format_instant(found.wake);
}

TEST(quiet_hours, hold_until_the_wall_clock_shows_their_end) {
  const auto night = hours_of("22:00", "07:00");
  EXPECT_EQ(wakes(night, "Asia/Baku", "2026-11-23T17:59:59.999Z"), "send");
  EXPECT_EQ(wakes(night, "Asia/Baku", "2026-11-23T18:00:00Z"), "2026-11-24T03:00:00Z");
  EXPECT_EQ(wakes(night, "Asia/Baku", "2026-11-23T23:00:00Z"), "2026-11-24T03:00:00Z");
  EXPECT_EQ(wakes(night, "Asia/Baku", "2026-11-24T02:59:59.999Z"), "2026-11-24T03:00:00Z");
  EXPECT_EQ(wakes(night, "Asia/Baku", "2026-11-24T03:00:00Z"), "send");
}

TEST(quiet_hours, may_lie_within_a_day_and_touch_midnight) {
  EXPECT_EQ(wakes(hours_of("13:00", "15:00"), "UTC", "2026-11-23T14:00:00Z"),
            "2026-11-23T15:00:00Z");
  EXPECT_EQ(wakes(hours_of("13:00", "15:00"), "UTC", "2026-11-23T15:00:00Z"), "send");
  EXPECT_EQ(wakes(hours_of("22:00", "00:00"), "UTC", "2026-11-23T23:59:00Z"),
            "2026-11-24T00:00:00Z");
  EXPECT_EQ(wakes(hours_of("22:00", "00:00"), "UTC", "2026-11-24T00:00:00Z"), "send");
  EXPECT_EQ(wakes(hours_of("00:00", "06:00"), "UTC", "2026-11-24T00:00:00Z"),
            "2026-11-24T06:00:00Z");
  EXPECT_EQ(wakes(hours_of("08:00", "08:00"), "UTC", "2026-11-24T08:00:00Z"), "send");
}

TEST(quiet_hours, do_what_their_subscriber_chose) {
  const auto at = *parse_instant("2026-11-23T23:00:00Z");
  for (const auto& [action, verdict] : {std::pair{quiet_action::drop, drop},
                                        std::pair{quiet_action::hold, hold},
                                        std::pair{quiet_action::fold, fold}}) {
    EXPECT_EQ(judge_quiet(hours_of("22:00", "07:00", action), zone::utc(), at, false).what,
              verdict);
  }
}

TEST(quiet_hours, stop_neither_what_passes_nor_anybody_without_them) {
  const auto at = *parse_instant("2026-11-23T23:00:00.123Z");
  const quiet_judgement at_once{send, at};
  EXPECT_EQ(judge_quiet(hours_of("22:00", "07:00"), zone::utc(), at, true), at_once);
  EXPECT_EQ(judge_quiet(std::nullopt, zone::utc(), at, false), at_once);
}

// Berlin goes from 02:00 to 03:00 on 2027-03-28, at 01:00 UTC.
TEST(quiet_hours, that_end_in_a_gap_end_behind_it) {
  EXPECT_EQ(wakes(hours_of("22:00", "02:30"), "Europe/Berlin", "2027-03-28T00:59:59Z"),
            "2027-03-28T01:00:00Z");
  EXPECT_EQ(wakes(hours_of("22:00", "02:30"), "Europe/Berlin", "2027-03-28T01:00:00Z"), "send");
}

TEST(quiet_hours, over_a_gap_are_an_hour_shorter) {
  EXPECT_EQ(wakes(hours_of("22:00", "07:00"), "Europe/Berlin", "2027-03-27T21:00:00Z"),
            "2027-03-28T05:00:00Z");
}

TEST(quiet_hours, within_a_gap_never_are) {
  EXPECT_EQ(wakes(hours_of("02:10", "02:50"), "Europe/Berlin", "2027-03-28T00:59:59Z"), "send");
  EXPECT_EQ(wakes(hours_of("02:10", "02:50"), "Europe/Berlin", "2027-03-28T01:00:00Z"), "send");
}

// And from 03:00 back to 02:00 on 2026-10-25, at 01:00 UTC.
TEST(quiet_hours, that_end_in_an_hour_that_comes_twice_end_at_the_first_to_come) {
  const auto night = hours_of("22:00", "02:30");
  EXPECT_EQ(wakes(night, "Europe/Berlin", "2026-10-24T22:00:00Z"), "2026-10-25T00:30:00Z");
  EXPECT_EQ(wakes(night, "Europe/Berlin", "2026-10-25T00:40:00Z"), "send");
  EXPECT_EQ(wakes(night, "Europe/Berlin", "2026-10-25T01:10:00Z"), "2026-10-25T01:30:00Z");
}

TEST(quiet_hours, over_an_hour_that_comes_twice_are_an_hour_longer) {
  EXPECT_EQ(wakes(hours_of("22:00", "07:00"), "Europe/Berlin", "2026-10-24T20:00:00Z"),
            "2026-10-25T06:00:00Z");
  EXPECT_EQ(wakes(hours_of("22:00", "03:00"), "Europe/Berlin", "2026-10-25T00:59:59Z"),
            "2026-10-25T02:00:00Z");
}

TEST(quiet_hours, are_left_where_the_clock_goes_back_before_their_start) {
  EXPECT_EQ(wakes(hours_of("02:30", "07:00"), "Europe/Berlin", "2026-10-25T00:45:00Z"),
            "2026-10-25T01:00:00Z");
}

// Samoa had no 2011-12-30.
TEST(quiet_hours, go_on_behind_a_date_that_a_zone_never_had) {
  EXPECT_EQ(wakes(hours_of("22:00", "07:00"), "Pacific/Apia", "2011-12-30T09:00:00Z"),
            "2011-12-30T17:00:00Z");
}

// Every minute around a change of clocks, against a walk minute by minute.
TEST(quiet_hours, end_at_the_first_minute_outside_on_days_when_clocks_change) {
  const std::pair<const char*, const char*> changes[] = {
      {"Europe/Berlin", "2027-03-28T01:00:00Z"},
      {"Europe/Berlin", "2026-10-25T01:00:00Z"},
      {"America/New_York", "2027-03-14T07:00:00Z"},
      {"America/New_York", "2026-11-01T06:00:00Z"},
      {"Australia/Lord_Howe", "2026-10-03T15:30:00Z"},
      {"Australia/Lord_Howe", "2027-04-03T15:00:00Z"},
      {"Africa/Cairo", "2026-04-23T22:00:00Z"},
      {"Asia/Beirut", "2026-10-24T21:00:00Z"},
  };
  for (const auto& [name, change] : changes) {
    const auto z = *zone::named(name);
    const auto at = *parse_instant(change);
    ASSERT_NE(z.at(at).offset, z.at(at - 1s).offset) << name;
    for (const auto* start : {"00:00", "01:30", "02:10", "22:00", "23:30"}) {
      for (const auto* end : {"00:00", "00:30", "01:45", "02:00", "02:30", "03:00", "07:00"}) {
        const auto quiet = hours_of(start, end);
        instant outside = at + 60h;  // the earliest that is not before the minute looked at
        for (instant now = outside; now > at - 30h; now -= 1min) {
          const auto found = judge_quiet(quiet, z, now, false);
          if (found.what == send) {
            outside = now;
          } else if (now < at + 30h) {
            ASSERT_EQ(found.wake, outside)
                << name << ' ' << start << '-' << end << ' ' << format_instant(now);
          }
        }
      }
    }
  }
}

std::chrono::minutes any_time() {
  return std::chrono::minutes{*rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, 1440))};
}

RC_GTEST_PROP(quiet_hours, end_later_than_now_within_two_days_and_at_the_first_instant_outside,
              ()) {
  const auto& names = zone_names();
  const auto z = *zone::named(names[*rc::gen::resize(
      rc::kNominalSize, rc::gen::inRange<std::size_t>(0, names.size()))]);
  const quiet_hours quiet{any_time(), any_time(), quiet_action::hold};
  const auto begin = *parse_instant("2024-01-01T00:00:00Z");
  const instant now = begin + std::chrono::milliseconds{*rc::gen::resize(
                                  rc::kNominalSize, rc::gen::inRange<std::int64_t>(
                                                        0, 4LL * 366 * 86'400'000))};
  const auto found = judge_quiet(quiet, z, now, false);
  if (found.what == send) {
    RC_ASSERT(found.wake == now);
    return;
  }
  RC_ASSERT(found.wake > now);
  RC_ASSERT(found.wake < now + std::chrono::days{2});
  RC_ASSERT(judge_quiet(quiet, z, found.wake, false).what == send);
  RC_ASSERT(judge_quiet(quiet, z, found.wake - 1ms, false).what == hold);
  for (instant between = now; between < found.wake; between += 1min) {
    RC_ASSERT(judge_quiet(quiet, z, between, false).what == hold);
  }
}

}  // namespace
}  // namespace paperboy

#include "core/domain/text_time.hpp"

#include <gtest/gtest.h>
// rapidcheck/gtest.h needs gtest first.
#include <rapidcheck/gtest.h>

namespace paperboy {
namespace {

using namespace std::chrono_literals;

std::string reread(std::string_view text) {
  const auto when = parse_instant(text);
  return when ? format_instant(*when) : "refused";
}

TEST(instant_text, is_read_with_any_offset_and_written_in_utc) {
  EXPECT_EQ(reread("2026-11-24T04:00:00Z"), "2026-11-24T04:00:00Z");
  EXPECT_EQ(reread("2026-11-24t04:00:00z"), "2026-11-24T04:00:00Z");
  EXPECT_EQ(reread("2026-11-24T08:00:00+04:00"), "2026-11-24T04:00:00Z");
  EXPECT_EQ(reread("2026-11-23T19:30:00-08:30"), "2026-11-24T04:00:00Z");
  EXPECT_EQ(reread("2026-01-01T00:00:00+00:01"), "2025-12-31T23:59:00Z");
  EXPECT_EQ(reread("2026-11-24T04:00:00-00:00"), "2026-11-24T04:00:00Z");
  EXPECT_EQ(reread("1969-12-31T23:59:59.999Z"), "1969-12-31T23:59:59.999Z");
}

TEST(instant_text, keeps_milliseconds_of_a_fraction) {
  EXPECT_EQ(reread("2026-11-24T04:00:00.5Z"), "2026-11-24T04:00:00.500Z");
  EXPECT_EQ(reread("2026-11-24T04:00:00.050Z"), "2026-11-24T04:00:00.050Z");
  EXPECT_EQ(reread("2026-11-24T04:00:00.123999999+00:00"), "2026-11-24T04:00:00.123Z");
  EXPECT_EQ(reread("2026-11-24T04:00:00.000Z"), "2026-11-24T04:00:00Z");
}

TEST(instant_text, is_refused_unless_it_is_rfc_3339_with_a_zone) {
  for (const char* text : {"",
                           "2026-11-24",
                           "2026-11-24T04:00:00",
                           "2026-11-24T04:00:00.5",
                           "2026-11-24 04:00:00Z",
                           "2026-11-24T04:00Z",
                           "2026-11-24T4:00:00Z",
                           "2026-11-24T24:00:00Z",
                           "2026-11-24T04:60:00Z",
                           "2026-11-24T04:00:60Z",
                           "2016-12-31T23:59:60Z",
                           "2026-02-30T04:00:00Z",
                           "0000-01-01T00:00:00Z",
                           "10000-01-01T00:00:00Z",
                           "2026-11-24T04:00:00.Z",
                           "2026-11-24T04:00:00.1234567890Z",
                           "2026-11-24T04:00:00,5Z",
                           "2026-11-24T04:00:00+0400",
                           "2026-11-24T04:00:00+04",
                           "2026-11-24T04:00:00+24:00",
                           "2026-11-24T04:00:00+04:60",
                           "2026-11-24T04:00:00+04:00Z",
                           "2026-11-24T04:00:00Z ",
                           " 2026-11-24T04:00:00Z",
                           "2026-11-24T04:00:00ZZ",
                           "+2026-11-24T04:00:00Z",
                           "-026-11-24T04:00:00Z",
                           "2026-W48-2T04:00:00Z",
                           "1764000000",
                           "2026-11-24T04:00:00 Z",
                           "2026-11-24T04:00:0\xd9\xa0Z",
                           "0001-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01"}) {
    EXPECT_EQ(reread(text), "refused") << text;
  }
  EXPECT_EQ(reread("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(reread("9999-12-31T23:59:59.999Z"), "9999-12-31T23:59:59.999Z");
}

RC_GTEST_PROP(instant_text, is_the_same_after_being_written_and_read, ()) {
  // Years 1 to 9999 in milliseconds.
  const auto ms = *rc::gen::inRange<std::int64_t>(-62'135'596'800'000, 253'402'300'800'000);
  const instant when{std::chrono::milliseconds{ms}};
  RC_ASSERT(parse_instant(format_instant(when)) == when);
}

RC_GTEST_PROP(text_of_any_bytes, is_read_or_refused_but_never_crashes, (const std::string& text)) {
  (void)parse_instant(text);
  (void)parse_duration(text);
  (void)parse_time_of_day(text);
  (void)parse_instant("2026-11-24T04:00:00" + text);
  (void)parse_duration("P" + text);
}

TEST(time_of_day_text, is_the_same_after_being_written_and_read) {
  for (auto time = 0min; time < 24h; ++time) {
    EXPECT_EQ(parse_time_of_day(format_time_of_day(time)), time);
  }
  EXPECT_EQ(format_time_of_day(8h + 5min), "08:05");
}

TEST(time_of_day_text, is_refused_unless_it_has_five_characters_of_a_day) {
  for (const char* text : {"", "24:00", "8:00", "8:0", "07:61", "-1", "07:60", "0800", "08:00:00",
                           "08:00 ", " 8:00", "08.00", "+8:00", "08:0a", "08:-1", "8am"}) {
    EXPECT_FALSE(parse_time_of_day(text)) << text;
  }
}

TEST(duration_text, is_read_in_weeks_days_hours_minutes_and_seconds) {
  EXPECT_EQ(parse_duration("PT2H"), 2h);
  EXPECT_EQ(parse_duration("P1D"), 24h);
  EXPECT_EQ(parse_duration("P1DT2H30M5S"), 26h + 30min + 5s);
  EXPECT_EQ(parse_duration("P1DT5S"), 24h + 5s);
  EXPECT_EQ(parse_duration("P2W"), 14 * 24h);
  EXPECT_EQ(parse_duration("PT90M"), 90min);
  EXPECT_EQ(parse_duration("PT0S"), 0s);
  EXPECT_EQ(parse_duration("PT007S"), 7s);
  EXPECT_EQ(parse_duration("P36525D"), longest_duration);
}

TEST(duration_text, is_refused_with_signs_months_fractions_and_junk) {
  for (const char* text : {"",
                           "P",
                           "PT",
                           "P1DT",
                           "-PT1H",
                           "+PT1H",
                           "PT-1H",
                           "P1Y",
                           "P1M",
                           "P1M1D",
                           "P9999Y",
                           "P1Y2D",
                           "P1W2D",
                           "P1DT1D",
                           "P2H",
                           "PT1D",
                           "PT1S1M",
                           "PT1M1H",
                           "PT1H1H",
                           "PT1HT1M",
                           "P1D2D",
                           "PT1.5H",
                           "PT1,5H",
                           "pt1h",
                           "PT1h",
                           "PT1",
                           "1H",
                           "T1H",
                           "3600",
                           "PT1H ",
                           " PT1H",
                           "PT 1H",
                           "P1D T1H",
                           "P36526D",
                           "P36525DT1S",
                           "P99999999999999999999D",
                           "PT18446744073709551617S",
                           "P9223372036854775807D",
                           "P5218W"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

RC_GTEST_PROP(duration_text, is_the_same_after_being_written_and_read, ()) {
  const auto limit = std::chrono::seconds{longest_duration}.count();
  const std::chrono::seconds any{*rc::gen::inRange<std::int64_t>(0, limit + 1)};
  RC_ASSERT(parse_duration(format_duration(any)) == any);
}

TEST(duration_text, is_written_in_its_shortest_form) {
  EXPECT_EQ(format_duration(26h), "P1DT2H");
  EXPECT_EQ(format_duration(36h), "P1DT12H");
  EXPECT_EQ(format_duration(24h), "P1D");
  EXPECT_EQ(format_duration(3661s), "PT1H1M1S");
  EXPECT_EQ(format_duration(0s), "PT0S");
  EXPECT_EQ(format_duration(-5s), "PT0S");
}

}  // namespace
}  // namespace paperboy

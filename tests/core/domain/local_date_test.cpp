#include "core/domain/local_date.hpp"

#include <gtest/gtest.h>

namespace paperboy {
namespace {

TEST(local_date, counts_days_from_1970) {
  EXPECT_EQ(make_local_date(1970, 1, 1), local_date{0});
  EXPECT_EQ(make_local_date(2026, 11, 24), local_date{20781});
  EXPECT_EQ(make_local_date(1969, 12, 31), local_date{-1});
}

TEST(local_date, knows_its_weekday) {
  EXPECT_EQ(local_date{0}.weekday(), 3U);                   // a Thursday
  EXPECT_EQ(local_date{-1}.weekday(), 2U);                  // a Wednesday
  EXPECT_EQ(make_local_date(2026, 11, 24)->weekday(), 1U);  // a Tuesday
  EXPECT_EQ(make_local_date(1, 1, 1)->weekday(), 0U);       // a Monday
}

TEST(local_date, is_the_same_after_being_written_and_read) {
  const local_date first = *make_local_date(1, 1, 1);
  const local_date last = *make_local_date(9999, 12, 31);
  for (local_date date = first; date < last; date = date.plus(31)) {
    ASSERT_EQ(parse_local_date(to_text(date)), date) << to_text(date);
  }
  EXPECT_EQ(to_text(first), "0001-01-01");
  EXPECT_EQ(to_text(last), "9999-12-31");
}

TEST(local_date, refuses_what_is_no_date) {
  for (const char* text :
       {"", "2026-1-01", "2026-01-1", "2026-01-01 ", " 2026-01-01", "2026-02-29", "2026-04-31",
        "2026-13-01", "2026-00-10", "2026-10-00", "2026-10-32", "0000-01-01", "2026/01/01",
        "20260101", "+026-01-01", "2026-01-0a", "-026-01-01", "2100-02-29", "20260-1-01"}) {
    EXPECT_FALSE(parse_local_date(text)) << text;
  }
  EXPECT_TRUE(parse_local_date("2000-02-29"));
  EXPECT_FALSE(make_local_date(2026, 300, 1));
  EXPECT_FALSE(make_local_date(2026, 1, 257));
}

TEST(local_date, keeps_a_mark_in_sixteen_bits) {
  const local_date date = *make_local_date(2026, 11, 24);
  EXPECT_EQ(local_date::from_mark(date.mark()), date);
  EXPECT_EQ(local_date{-5}.mark(), 0);
  EXPECT_EQ(local_date{70'000}.mark(), 0xFFFF);
  EXPECT_EQ(to_text(local_date::from_mark(0xFFFF)), "2149-06-06");
}

TEST(weekdays, have_bits_from_monday_to_sunday) {
  weekdays days;
  EXPECT_TRUE(days.empty());
  days.add(0);
  days.add(6);
  EXPECT_EQ(days.bits(), 0b1000001);
  EXPECT_TRUE(days.has(6));
  EXPECT_FALSE(days.has(5));
  EXPECT_TRUE(days.has(*make_local_date(2026, 11, 23)));  // a Monday
  EXPECT_FALSE(days.has(*make_local_date(2026, 11, 24)));
  EXPECT_EQ(weekdays::from_bits(0xFF), weekdays::all());
}

TEST(weekdays, are_the_same_after_being_written_and_read) {
  for (unsigned bits = 1; bits <= 0x7F; ++bits) {
    const auto days = weekdays::from_bits(static_cast<std::uint8_t>(bits));
    EXPECT_EQ(parse_weekdays(to_text(days)), days) << to_text(days);
  }
  EXPECT_EQ(to_text(weekdays::all()), "mon,tue,wed,thu,fri,sat,sun");
  EXPECT_EQ(to_text(weekdays{}), "");
  EXPECT_EQ(to_text(*parse_weekdays("fri,mon")), "mon,fri");
}

TEST(weekdays, refuse_unknown_and_repeated_names) {
  for (const char* text : {"", ",", "mon,", ",mon", "Mon", "monday", "mon, tue", "mon,mon", "mo"}) {
    EXPECT_FALSE(parse_weekdays(text)) << text;
  }
  EXPECT_FALSE(parse_weekday(""));
  EXPECT_EQ(parse_weekday("sun"), 6U);
  EXPECT_EQ(weekday_name(6), "sun");
  EXPECT_EQ(weekday_name(7), "");
}

}  // namespace
}  // namespace paperboy

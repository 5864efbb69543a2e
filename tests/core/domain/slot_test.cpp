#include "core/domain/slot.hpp"

#include <gtest/gtest.h>

#include "core/domain/text_time.hpp"

namespace paperboy {
namespace {

using namespace std::chrono_literals;

zone in(std::string_view name) {
  return *zone::named(name);
}
local_date on(std::string_view date) {
  return *parse_local_date(date);
}
instant utc(std::string_view text) {
  return *parse_instant(text);
}
std::chrono::minutes clock(std::string_view text) {
  return *parse_time_of_day(text);
}

// When the slot of that zone, date and time falls due; "none" if there is none.
std::string due(std::string_view zone_name, std::string_view date, std::string_view time) {
  const auto found = slot_on(in(zone_name), on(date), clock(time));
  if (!found) return "none";
  EXPECT_EQ(found->date, on(date));
  EXPECT_EQ(found->time, clock(time));
  return format_instant(found->at);
}

std::string line_of(const std::optional<slot>& s, const zone& z) {
  return s ? schedule_line(*s, z) : "none";
}

TEST(slot, falls_due_at_the_local_time) {
  EXPECT_EQ(due("Asia/Baku", "2026-11-24", "08:00"), "2026-11-24T04:00:00Z");
  EXPECT_EQ(due("Asia/Kathmandu", "2026-11-24", "08:00"), "2026-11-24T02:15:00Z");
  EXPECT_EQ(due("Pacific/Kiritimati", "2026-11-24", "08:00"), "2026-11-23T18:00:00Z");
  EXPECT_EQ(due("Pacific/Pago_Pago", "2026-11-24", "23:59"), "2026-11-25T10:59:00Z");
}

TEST(slot, in_a_gap_falls_due_when_the_gap_ends) {
  EXPECT_EQ(due("Europe/Berlin", "2026-03-29", "02:00"), "2026-03-29T01:00:00Z");
  EXPECT_EQ(due("Europe/Berlin", "2026-03-29", "02:30"), "2026-03-29T01:00:00Z");
  EXPECT_EQ(due("Europe/Berlin", "2026-03-29", "02:59"), "2026-03-29T01:00:00Z");
  EXPECT_EQ(due("Europe/Berlin", "2026-03-29", "03:00"), "2026-03-29T01:00:00Z");
  EXPECT_EQ(due("Europe/Berlin", "2026-03-29", "01:59"), "2026-03-29T00:59:00Z");
  EXPECT_EQ(due("America/New_York", "2026-03-08", "02:30"), "2026-03-08T07:00:00Z");
}

TEST(slot, that_comes_twice_falls_due_the_first_time) {
  EXPECT_EQ(due("Europe/Berlin", "2026-10-25", "02:30"), "2026-10-25T00:30:00Z");
  EXPECT_EQ(due("Europe/Berlin", "2026-10-25", "03:00"), "2026-10-25T02:00:00Z");
  EXPECT_EQ(due("America/New_York", "2026-11-01", "01:30"), "2026-11-01T05:30:00Z");
  EXPECT_EQ(due("America/Havana", "2026-11-01", "00:30"), "2026-11-01T04:30:00Z");
}

TEST(slot, in_the_half_hour_gap_of_lord_howe_is_half_an_hour_late_at_most) {
  EXPECT_EQ(due("Australia/Lord_Howe", "2026-10-04", "02:15"), "2026-10-03T15:30:00Z");
  EXPECT_EQ(due("Australia/Lord_Howe", "2026-10-04", "02:30"), "2026-10-03T15:30:00Z");
  EXPECT_EQ(due("Australia/Lord_Howe", "2026-04-05", "01:45"), "2026-04-04T14:45:00Z");
}

TEST(slot, at_the_midnight_that_cairo_skips_falls_due_at_one) {
  EXPECT_EQ(due("Africa/Cairo", "2026-04-24", "00:00"), "2026-04-23T22:00:00Z");
  EXPECT_EQ(schedule_line(*slot_on(in("Africa/Cairo"), on("2026-04-24"), 0min), in("Africa/Cairo")),
            "2026-04-24 01:00 2026-04-23T22:00:00Z");
}

TEST(slot, does_not_exist_on_the_date_that_apia_never_had) {
  EXPECT_EQ(due("Pacific/Apia", "2011-12-29", "23:59"), "2011-12-30T09:59:00Z");
  for (const char* time : {"00:00", "08:00", "23:59"}) {
    EXPECT_EQ(due("Pacific/Apia", "2011-12-30", time), "none");
  }
  EXPECT_EQ(due("Pacific/Apia", "2011-12-31", "00:00"), "2011-12-30T10:00:00Z");
}

TEST(slot, does_not_exist_on_other_dates_lost_at_the_date_line) {
  EXPECT_EQ(due("Pacific/Kwajalein", "1993-08-21", "08:00"), "none");
  EXPECT_EQ(due("Pacific/Kwajalein", "1993-08-22", "08:00"), "1993-08-21T20:00:00Z");
  EXPECT_EQ(due("Pacific/Fakaofo", "2011-12-30", "08:00"), "none");
  EXPECT_EQ(due("Pacific/Kiritimati", "1994-12-31", "00:00"), "none");
}

TEST(slot, knows_that_dublin_has_its_summer_as_the_standard) {
  EXPECT_EQ(due("Europe/Dublin", "2026-03-29", "01:30"), "2026-03-29T01:00:00Z");
  EXPECT_EQ(due("Europe/Dublin", "2026-10-25", "01:30"), "2026-10-25T00:30:00Z");
  EXPECT_EQ(due("Europe/Dublin", "2026-07-01", "08:00"), "2026-07-01T07:00:00Z");
}

TEST(slot, at_23_in_greenland_falls_due_on_the_next_date_and_keeps_its_own) {
  const auto nuuk = in("America/Nuuk");
  EXPECT_EQ(due("America/Nuuk", "2026-03-28", "23:00"), "2026-03-29T01:00:00Z");
  EXPECT_EQ(due("America/Nuuk", "2026-03-28", "23:59"), "2026-03-29T01:00:00Z");
  const auto lost_hour = next_slot(nuuk, 23h, weekdays::all(), utc("2026-03-28T06:00:00Z"));
  EXPECT_EQ(line_of(lost_hour, nuuk), "2026-03-28 00:00 2026-03-29T01:00:00Z");
  EXPECT_EQ(line_of(next_slot(nuuk, 23h, weekdays::all(), lost_hour->at), nuuk),
            "2026-03-29 23:00 2026-03-30T00:00:00Z");
  // The chosen weekday is that of the slot's own date, a Saturday.
  EXPECT_EQ(next_slot(nuuk, 23h, *parse_weekdays("sat"), utc("2026-03-29T00:30:00Z")), lost_hour);
}

TEST(slot, comes_next_strictly_after_the_instant) {
  const auto baku = in("Asia/Baku");
  const auto due_at = utc("2026-11-24T04:00:00Z");
  EXPECT_EQ(next_slot(baku, 8h, weekdays::all(), due_at - 1ms)->at, due_at);
  EXPECT_EQ(next_slot(baku, 8h, weekdays::all(), due_at)->at, due_at + 24h);
}

TEST(slot, that_comes_next_depends_on_nothing_that_was_asked_before) {
  const zone baku = in("Asia/Baku");
  const auto next = [&](std::string_view time, weekdays days, std::string_view after) {
    return line_of(next_slot(baku, clock(time), days, utc(after)), baku);
  };
  const auto all = weekdays::all();
  const std::string first = "2026-11-24 08:00 2026-11-24T04:00:00Z";
  const std::string second = "2026-11-25 08:00 2026-11-25T04:00:00Z";
  EXPECT_EQ(next("08:00", all, "2026-11-24T00:00:00Z"), first);
  EXPECT_EQ(next("08:00", all, "2026-11-24T03:59:59.999Z"), first);
  EXPECT_EQ(next("08:00", all, "2026-11-24T04:00:00Z"), second);
  EXPECT_EQ(next("08:00", all, "2026-11-23T12:00:00Z"), first);
  EXPECT_EQ(next("09:00", all, "2026-11-24T00:00:00Z"), "2026-11-24 09:00 2026-11-24T05:00:00Z");
  EXPECT_EQ(next("08:00", all, "2026-11-24T12:00:00Z"), second);
  EXPECT_EQ(next("08:00", all, "2026-11-24T00:00:00Z"), first);
}

TEST(slot, before_an_instant_includes_the_instant) {
  const auto baku = in("Asia/Baku");
  const auto due_at = utc("2026-11-24T04:00:00Z");
  EXPECT_EQ(previous_slot(baku, 8h, weekdays::all(), due_at)->at, due_at);
  EXPECT_EQ(previous_slot(baku, 8h, weekdays::all(), due_at - 1ms)->at, due_at - 24h);
  EXPECT_EQ(previous_slot(baku, 8h, *parse_weekdays("tue"), due_at - 1ms)->at, due_at - 24h * 7);
}

TEST(slot, comes_on_chosen_weekdays_only) {
  const auto berlin = in("Europe/Berlin");
  const auto days = *parse_weekdays("mon,fri");
  const auto first = next_slot(berlin, 8h, days, utc("2026-11-24T12:00:00Z"));
  EXPECT_EQ(line_of(first, berlin), "2026-11-27 08:00 2026-11-27T07:00:00Z");
  EXPECT_EQ(line_of(next_slot(berlin, 8h, days, first->at), berlin),
            "2026-11-30 08:00 2026-11-30T07:00:00Z");
  EXPECT_FALSE(next_slot(berlin, 8h, weekdays{}, first->at));
  EXPECT_FALSE(previous_slot(berlin, 8h, weekdays{}, first->at));
}

TEST(slot, on_the_weekday_that_a_zone_skipped_comes_a_week_later) {
  const auto apia = in("Pacific/Apia");
  const auto friday = *parse_weekdays("fri");
  const auto next = next_slot(apia, 8h, friday, utc("2011-12-23T18:00:00Z"));
  EXPECT_EQ(line_of(next, apia), "2012-01-06 08:00 2012-01-05T18:00:00Z");
  EXPECT_EQ(to_text(previous_slot(apia, 8h, friday, next->at - 1ms)->date), "2011-12-23");
}

// Until 2011 Goose Bay set its clocks back at 00:01, and the evening came again.
TEST(slot, of_a_date_that_began_twice_falls_due_once) {
  const auto goose_bay = in("America/Goose_Bay");
  const auto midnight = slot_on(goose_bay, on("2010-11-07"), 0min);
  EXPECT_EQ(line_of(midnight, goose_bay), "2010-11-07 00:00 2010-11-07T03:00:00Z");
  const auto second_evening = utc("2010-11-07T03:30:00Z");
  ASSERT_EQ(to_text(goose_bay.at(second_evening).date), "2010-11-06");
  EXPECT_EQ(previous_slot(goose_bay, 0min, weekdays::all(), second_evening), midnight);
  EXPECT_EQ(to_text(next_slot(goose_bay, 0min, weekdays::all(), second_evening)->date),
            "2010-11-08");
}

TEST(schedule, prints_date_time_and_instant) {
  const auto baku = in("Asia/Baku");
  EXPECT_EQ(schedule_line(*slot_on(baku, on("2026-11-24"), 8h), baku),
            "2026-11-24 08:00 2026-11-24T04:00:00Z");
  const auto berlin = in("Europe/Berlin");
  EXPECT_EQ(schedule_line(*slot_on(berlin, on("2026-03-29"), 2h + 30min), berlin),
            "2026-03-29 03:00 2026-03-29T01:00:00Z");
}

std::string after_move(std::string_view now, std::string_view zone_name, std::string_view time,
                       std::string_view last_sent) {
  const auto z = in(zone_name);
  const local_date mark = last_sent.empty() ? local_date{} : on(last_sent);
  const auto first = first_slot_after_move(utc(now), z, clock(time), weekdays::all(), mark);
  return first ? to_text(first->date) + ' ' + format_instant(first->at) : "none";
}

TEST(move, to_an_hour_already_past_starts_tomorrow) {
  EXPECT_EQ(after_move("2026-11-24T06:00:00Z", "Asia/Baku", "08:00", ""),
            "2026-11-25 2026-11-25T04:00:00Z");
  EXPECT_EQ(after_move("2026-11-24T04:00:00Z", "Asia/Baku", "08:00", "2026-11-23"),
            "2026-11-25 2026-11-25T04:00:00Z");
}

TEST(move, to_an_hour_still_to_come_starts_today_if_todays_digest_has_not_been_sent) {
  EXPECT_EQ(after_move("2026-11-24T06:00:00Z", "Asia/Baku", "18:00", "2026-11-23"),
            "2026-11-24 2026-11-24T14:00:00Z");
  EXPECT_EQ(after_move("2026-11-24T06:00:00Z", "Asia/Baku", "18:00", "2026-11-24"),
            "2026-11-25 2026-11-25T14:00:00Z");
}

TEST(move, westward_over_the_date_line_waits_until_the_sent_date_is_over) {
  // Sent on the 24th in Kiritimati; in Honolulu the 23rd has just begun.
  EXPECT_EQ(after_move("2026-11-23T18:01:00Z", "Pacific/Honolulu", "08:00", "2026-11-24"),
            "2026-11-25 2026-11-25T18:00:00Z");
}

TEST(move, eastward_over_the_date_line_starts_with_the_next_date_to_come) {
  // Sent on the 23rd in Honolulu; in Kiritimati it is 08:01 on the 24th.
  EXPECT_EQ(after_move("2026-11-23T18:01:00Z", "Pacific/Kiritimati", "08:00", "2026-11-23"),
            "2026-11-25 2026-11-24T18:00:00Z");
  EXPECT_EQ(after_move("2026-11-23T17:59:00Z", "Pacific/Kiritimati", "08:00", "2026-11-22"),
            "2026-11-24 2026-11-23T18:00:00Z");
}

TEST(move, there_and_back_never_gives_a_date_twice) {
  EXPECT_EQ(after_move("2026-11-23T18:02:00Z", "Pacific/Kiritimati", "09:00", "2026-11-24"),
            "2026-11-25 2026-11-24T19:00:00Z");
}

TEST(move, into_the_evening_that_greenland_skips_keeps_the_date_still_owed) {
  // It is 22:30 on the 28th; 23:00 does not come, and midnight stands in for it.
  EXPECT_EQ(after_move("2026-03-29T00:30:00Z", "America/Nuuk", "23:00", "2026-03-27"),
            "2026-03-28 2026-03-29T01:00:00Z");
  EXPECT_EQ(after_move("2026-03-29T00:30:00Z", "America/Nuuk", "23:00", "2026-03-28"),
            "2026-03-29 2026-03-30T00:00:00Z");
}

}  // namespace
}  // namespace paperboy

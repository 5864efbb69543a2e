#include "core/domain/zone.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "core/domain/text_time.hpp"

namespace paperboy {
namespace {

using namespace std::chrono_literals;

TEST(zone, is_known_by_every_name_of_the_list) {
  ASSERT_GT(zone_names().size(), 400U);
  EXPECT_TRUE(std::ranges::is_sorted(zone_names()));
  for (const auto name : zone_names()) {
    const auto z = zone::named(name);
    ASSERT_TRUE(z) << name;
    EXPECT_EQ(z->name(), name);
  }
}

TEST(zone, takes_zones_and_links_alike) {
  for (const char* name : {"Asia/Baku", "Asia/Calcutta", "US/Pacific", "UTC", "GMT", "Etc/GMT+3",
                           "America/Argentina/ComodRivadavia", "EST5EDT", "Zulu"}) {
    EXPECT_TRUE(zone::named(name)) << name;
  }
}

TEST(zone, refuses_what_is_no_name) {
  using std::string_literals::operator""s;
  for (const std::string& name : {""s,
                                  "asia/baku"s,
                                  "ASIA/BAKU"s,
                                  "utc"s,
                                  "Asia/Baku "s,
                                  " Asia/Baku"s,
                                  "Asia"s,
                                  "Asia/"s,
                                  "UTC+3"s,
                                  "+03:00"s,
                                  "GMT+3"s,
                                  "Fixed/UTC+03:00:00"s,
                                  "Europe/Atlantis"s,
                                  "PST"s,
                                  "../../etc/passwd"s,
                                  "/usr/share/zoneinfo/UTC"s,
                                  "posix/UTC"s,
                                  "right/UTC"s,
                                  "localtime"s,
                                  ":UTC"s,
                                  "UTC\0"s,
                                  "Asia/Baku\n"s,
                                  "CET-1CEST"s,
                                  std::string(100'000, 'A')}) {
    const auto z = zone::named(name);
    ASSERT_FALSE(z) << name;
    EXPECT_EQ(z.error(), errc::invalid) << name;
  }
}

TEST(zone, has_the_rules_of_its_links_target) {
  const auto when = *parse_instant("2026-11-24T04:00:00Z");
  const auto link = *zone::named("Asia/Calcutta");
  const auto target = *zone::named("Asia/Kolkata");
  EXPECT_EQ(link.at(when).time, target.at(when).time);
  EXPECT_EQ(link.name(), "Asia/Calcutta");
  EXPECT_NE(link, target);
  EXPECT_EQ(target, *zone::named("Asia/Kolkata"));
}

TEST(zone, shows_the_wall_clock_at_an_instant) {
  const auto shown = zone::named("Asia/Kathmandu")->at(*parse_instant("2026-11-23T18:14:59.999Z"));
  EXPECT_EQ(to_text(shown.date), "2026-11-23");
  EXPECT_EQ(shown.time, 23h + 59min + 59s);
  EXPECT_EQ(shown.offset, 5h + 45min);
  const auto before_1970 = zone::utc().at(instant{-1ms});
  EXPECT_EQ(to_text(before_1970.date), "1969-12-31");
  EXPECT_EQ(before_1970.time, 23h + 59min + 59s);
}

TEST(zone, knows_summer_time_after_2037) {
  const auto new_york = *zone::named("America/New_York");
  EXPECT_EQ(new_york.at(*parse_instant("2038-07-01T12:00:00Z")).offset, -4h);
  EXPECT_EQ(new_york.at(*parse_instant("2090-07-01T12:00:00Z")).offset, -4h);
  EXPECT_EQ(new_york.at(*parse_instant("2090-01-01T12:00:00Z")).offset, -5h);
}

TEST(zone, needs_no_list_for_utc) {
  EXPECT_EQ(zone::utc(), *zone::named("UTC"));
  EXPECT_EQ(zone::utc().first(local_date{20781}, 8h), *parse_instant("2026-11-24T08:00:00Z"));
}

TEST(zone, may_be_named_by_many_threads_at_once) {
  std::array<std::size_t, 4> known{};
  {
    std::vector<std::jthread> threads;
    for (auto& count : known) {
      threads.emplace_back([&count] {
        for (const auto name : zone_names()) count += zone::named(name).has_value() ? 1U : 0U;
      });
    }
  }
  for (const auto count : known) EXPECT_EQ(count, zone_names().size());
}

TEST(tzdata, tells_its_version) {
  ASSERT_GE(tzdata_version().size(), 5U);
  EXPECT_TRUE(tzdata_version().starts_with("20")) << tzdata_version();
}

// Runs in a process of its own, for the list is read once a process.
TEST(tzdata, that_is_missing_makes_every_zone_unavailable) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto without_tzdata = [] {
    setenv("TZDIR", "/nonexistent", 1);
    const auto z = zone::named("Asia/Baku");
    const bool as_expected = !z && z.error() == errc::unavailable && zone_names().empty() &&
                             tzdata_version().empty() && zone::utc().name() == "UTC";
    std::exit(as_expected ? 0 : 1);
  };
  EXPECT_EXIT(without_tzdata(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace paperboy

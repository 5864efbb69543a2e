#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "adapters/command_line/demo/items.hpp"
#include "adapters/command_line/demo/phones.hpp"
#include "adapters/command_line/demo/screen.hpp"
#include "adapters/command_line/demo/terminal_text.hpp"
#include "core/domain/text_time.hpp"
#include "core/domain/topic.hpp"
#include "core/domain/zone.hpp"

namespace paperboy::command_line::demo {
namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;

const instant morning = *parse_instant("2026-11-24T04:00:00Z");

std::string item_line(std::string_view id, std::string_view published) {
  return std::string{R"({"id":")"}.append(id).append(R"(","published_at":")").append(published) +
         R"(","topics":["world"],"language":"en-GB"})";
}

TEST(demo_items, keep_their_distance_from_the_newest_which_becomes_minutes_old) {
  const auto fresh = freshened(
      item_line("a", "2025-09-05T06:10:00Z") + "\n" + item_line("b", "2025-09-04T18:10:00Z") + "\n",
      morning);
  ASSERT_EQ(fresh.lines.size(), 2U);
  EXPECT_NE(fresh.lines[0].find(R"("published_at":"2026-11-24T03:57:00Z")"), std::string::npos);
  EXPECT_NE(fresh.lines[1].find(R"("published_at":"2026-11-23T15:57:00Z")"), std::string::npos);
  EXPECT_EQ(span_text(fresh.moved), "445 days");
}

TEST(demo_items, are_left_alone_within_the_hour) {
  const auto line = item_line("a", "2026-11-24T03:01:00Z");
  const auto fresh = freshened(line, morning);
  EXPECT_EQ(fresh.lines, lines{line});
  EXPECT_EQ(fresh.moved, 0ms);
}

TEST(demo_items, of_the_future_come_back_to_today) {
  const auto fresh = freshened(item_line("a", "2026-11-26T04:00:00Z"), morning);
  EXPECT_EQ(fresh.moved, -(48h + newest_age));
}

TEST(demo_items, take_their_end_along) {
  const auto fresh = freshened(
      R"({"published_at":"2026-11-20T04:00:00Z","expires_at":"2026-11-21T04:00:00Z"})", morning);
  EXPECT_NE(fresh.lines[0].find(R"("expires_at":"2026-11-25T03:57:00Z")"), std::string::npos);
}

TEST(demo_items, that_are_none_stay_for_the_api_to_refuse) {
  const auto fresh = freshened("not json\n\n[1]\r\n{\"published_at\":5}\n", morning);
  EXPECT_EQ(fresh.lines, (lines{"not json", "[1]", "{\"published_at\":5}"}));
  EXPECT_TRUE(fresh.topics.empty());
}

TEST(demo_items, name_their_topics_by_use_and_the_languages_without_regions) {
  const auto fresh = freshened(R"({"topics":["b","c"],"language":"az-AZ"})"
                               "\n"
                               R"({"topics":["c","No Key"],"language":"en"})",
                               morning);
  EXPECT_EQ(fresh.topics, (lines{"c", "b"}));
  EXPECT_EQ(fresh.languages, (std::set<std::string>{"az", "en"}));
}

TEST(demo_items, say_how_far_they_were_moved) {
  EXPECT_EQ(span_text(1s), "1 minute");
  EXPECT_EQ(span_text(-90min), "2 hours");
  EXPECT_EQ(span_text(47h), "2 days");
  EXPECT_EQ(span_text(24h * 444), "444 days");
}

TEST(demo_items, give_a_topic_a_name_where_it_has_only_a_key) {
  EXPECT_EQ(name_of_topic("world"), "World");
  EXPECT_EQ(name_of_topic("local/new-york"), "New york");
}

TEST(demo_phones, are_of_both_platforms_and_of_zones_that_exist) {
  std::set<platform> platforms;
  for (const auto& owner : phone_owners()) {
    platforms.insert(owner.system);
    EXPECT_TRUE(zone::named(owner.time_zone).has_value()) << owner.time_zone;
  }
  EXPECT_EQ(platforms.size(), 2U);
}

TEST(demo_phones, follow_two_to_four_topics_of_any_newsroom) {
  const lines newsroom{"a", "b", "c", "d", "e"};
  for (std::size_t n = 0; n < phone_owners().size(); ++n) {
    const auto& owner = phone_owners()[n];
    const auto followed = topics_followed(owner, n, newsroom, false);
    if (owner.before_the_slot == habit::follows_nothing) {
      EXPECT_TRUE(followed.empty());
      continue;
    }
    EXPECT_EQ(std::set<std::string>(followed.begin(), followed.end()).size(), followed.size());
    EXPECT_GE(followed.size(), 2U);
    EXPECT_LE(followed.size(), 4U);
    EXPECT_EQ(topics_followed(owner, n, {"only"}, false), lines{"only"});
  }
}

TEST(demo_text, is_measured_in_columns_of_a_terminal) {
  EXPECT_EQ(columns_of("Bakı"), 4U);
  EXPECT_EQ(columns_of("e\u0301"), 1U);  // a letter and its accent
  EXPECT_EQ(columns_of("東京"), 4U);
  EXPECT_EQ(columns_of("\u2068a\u2069"), 1U);
  EXPECT_EQ(columns_of("👩‍🚀"), 2U);  // three code points, one picture
  EXPECT_EQ(columns_of("العبّارات"), 8U);
}

TEST(demo_text, is_broken_between_words) {
  EXPECT_EQ(wrapped("one two three", 8), (lines{"one two", "three"}));
  EXPECT_EQ(wrapped("", 8), lines{""});
  EXPECT_EQ(wrapped("東京都庁", 5), (lines{"東京", "都庁"}));
}

TEST(demo_text, breaks_a_word_that_no_line_holds_and_loses_nothing) {
  EXPECT_EQ(wrapped("ab cdefghij k", 4), (lines{"ab", "cdef", "ghij", "k"}));
}

TEST(demo_text, is_filled_on_the_side_where_it_ends) {
  EXPECT_EQ(filled("ab", 4), "ab  ");
  EXPECT_EQ(filled("خبر", 5, true), "  خبر");
  EXPECT_EQ(filled("abcdef", 4), "abcdef");
}

demo_phone phone_of(std::string_view name) {
  demo_phone phone;
  phone.owner = &*std::ranges::find(phone_owners(), name, &phone_owner::name);
  phone.time_zone = phone.owner->time_zone;
  return phone;
}

TEST(a_box, has_lines_of_one_width_whatever_the_script) {
  simulators::received_push push;
  push.at = morning + 41ms;
  push.payload =
      R"({"aps":{"alert":{"title":"تحذير من عاصفة","body":"東京 · )" + std::string(90, 'x') +
      R"("}},"paperboy":{"url":"https://example.org/","image":"https://example.org/i"}})";
  const auto box = shown_phone(phone_of("Emma"), push, morning, 3, no_colours());
  std::size_t from = 0;
  std::size_t count = 0;
  for (; from < box.size(); ++count) {
    const auto end = box.find('\n', from);
    EXPECT_EQ(columns_of(std::string_view{box}.substr(from, end - from)), box_columns + 4);
    from = end + 1;
  }
  EXPECT_EQ(count, 9U);
  EXPECT_NE(box.find("Emma · iPhone · Europe/London · en-GB"), std::string::npos);
  EXPECT_NE(box.find("3 items · came 41 ms after it was due"), std::string::npos);
  EXPECT_NE(box.find("04:00 │"), std::string::npos);
}

TEST(a_box, cuts_what_does_not_fit_into_its_frame) {
  const auto box = boxed(std::string(200, 'x'), {filled("a", box_columns)}, "", no_colours());
  EXPECT_EQ(columns_of(box.substr(0, box.find('\n'))), box_columns + 4);
}

TEST(a_ledger, is_told_with_its_reasons) {
  run_numbers run;
  run.eligible = 5;
  run.accepted = 2;
  run.rejected = 1;
  run.skipped = {{"no_topics", 1}, {"paused", 1}};
  EXPECT_TRUE(run.balanced());
  EXPECT_EQ(shown_ledger(run),
            "  eligible 5 = accepted 2 + rejected 1 + expired 0 + skipped 2 + pending 0\n"
            "  Skipped: no_topics 1, paused 1.\n");
}

}  // namespace
}  // namespace paperboy::command_line::demo

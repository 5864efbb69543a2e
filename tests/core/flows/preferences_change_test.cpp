#include <gtest/gtest.h>

#include "tests/core/flows/a_town.hpp"

namespace paperboy::testing {
namespace {

const preferences& kept(const a_town& town) {
  return town.people.people.begin()->second.value.wishes;
}

TEST(a_change_of_preferences, merges_or_replaces) {
  a_town town;
  const auto credential = town.enrol("one");
  preferences_request first;
  first.patch.max_items = patched<std::uint8_t>::to(7);
  first.patch.mute_until = patched<instant>::to(town.now + std::chrono::hours{1});
  ASSERT_TRUE(finish(change_preferences(town.flows, credential, first)));
  preferences_request second;
  second.patch.min_items = patched<std::uint8_t>::to(2);
  ASSERT_TRUE(finish(change_preferences(town.flows, credential, second)));
  EXPECT_EQ(kept(town).max_items, 7);
  EXPECT_EQ(kept(town).min_items, 2);
  second.replace = true;
  ASSERT_TRUE(finish(change_preferences(town.flows, credential, second)));
  EXPECT_EQ(kept(town).max_items, std::nullopt);
  EXPECT_EQ(kept(town).min_items, 2);
  EXPECT_TRUE(kept(town).mute_until.has_value());
}

TEST(a_change_of_preferences, is_merged_with_what_another_wrote_meanwhile) {
  a_town town;
  const auto credential = town.enrol("one");
  preferences_request asked;
  asked.patch.topics = {{"politics", frequency::both}};
  town.people.conflicts = 1;
  const auto done = finish(change_preferences(town.flows, credential, asked));
  ASSERT_TRUE(done);
  EXPECT_EQ(std::get<found_subscriber>(*done).value().wishes.topics,
            (choices{{1, frequency::both}}));
}

TEST(a_change_of_preferences, holds_for_its_version_only) {
  a_town town;
  const auto credential = town.enrol("one");
  preferences_request asked;
  asked.patch.max_items = patched<std::uint8_t>::to(7);
  asked.condition = {false, {2, 3}};
  auto done = finish(change_preferences(town.flows, credential, asked));
  EXPECT_TRUE(std::holds_alternative<precondition_failed>(done.value()));
  EXPECT_EQ(kept(town), preferences{});
  asked.condition.versions.push_back(1);
  done = finish(change_preferences(town.flows, credential, asked));
  EXPECT_TRUE(std::holds_alternative<found_subscriber>(done.value()));
}

TEST(a_change_of_preferences, that_does_not_hold_writes_nothing) {
  a_town town;
  const auto credential = town.enrol("one");
  preferences_request asked;
  asked.patch.max_items = patched<std::uint8_t>::to(2);
  asked.patch.min_items = patched<std::uint8_t>::to(3);
  asked.patch.topics = {{"culture", std::nullopt}};
  const auto done = finish(change_preferences(town.flows, credential, asked));
  EXPECT_EQ(std::get<std::vector<field_error>>(done.value()).size(), 2U);
  EXPECT_EQ(kept(town), preferences{});
}

TEST(a_change_of_preferences, moves_a_subscriber_whose_hour_or_zone_changes) {
  a_town town;
  const auto credential = town.enrol("one");
  preferences_request asked;
  asked.patch.digest_time = patched<std::chrono::minutes>::to(std::chrono::minutes{450});
  asked.patch.time_zone = patched<std::string>::to("Europe/Berlin");
  ASSERT_TRUE(finish(change_preferences(town.flows, credential, asked)));
  EXPECT_EQ(to_text(town.only().place.cohort), "anewz:Europe/Berlin:450");
}

}  // namespace
}  // namespace paperboy::testing

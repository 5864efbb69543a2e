#include <gtest/gtest.h>

#include "tests/core/flows/a_town.hpp"

namespace paperboy::testing {
namespace {

TEST(registration, gives_a_new_subscriber_what_it_chose) {
  a_town town;
  registration asked;
  asked.device.token = "one";
  asked.topics = {{"politics", frequency::both}};
  const auto done =
      finish(register_device(town.people, town.news, town.apps["anewz"], asked, town.now));
  ASSERT_TRUE(done);
  const auto& made = std::get<enrolled>(*done);
  EXPECT_TRUE(made.new_subscriber);
  EXPECT_EQ(made.subscriber.value.wishes.topics, (choices{{1, frequency::both}}));
  EXPECT_EQ(made.subscriber.value.devices[0].registered_at, town.now);
}

TEST(registration, names_topics_that_cannot_be_chosen_and_registers_nobody) {
  a_town town;
  registration asked;
  asked.device.token = "one";
  asked.topics = {{"culture", frequency::both}, {"safety", frequency::off}};
  const auto done =
      finish(register_device(town.people, town.news, town.apps["anewz"], asked, town.now));
  ASSERT_TRUE(done);
  const auto& faults = std::get<std::vector<field_error>>(*done);
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(faults[0].code, "unknown-topic");
  EXPECT_EQ(faults[1].code, "locked");
  EXPECT_TRUE(town.people.people.empty());
}

TEST(registration, with_a_previous_credential_keeps_the_preferences) {
  a_town town;
  const auto first = town.enrol("one");
  town.only().value.wishes.max_items = 3;
  const auto again = town.enrol("two", first);
  EXPECT_EQ(again.device, first.device);
  EXPECT_NE(again.generation, first.generation);
  EXPECT_EQ(town.only().value.wishes.max_items, 3);
  EXPECT_EQ(town.people.people.size(), 1U);
}

TEST(registration, is_tried_again_when_outrun_but_not_when_the_store_is_away) {
  a_town town;
  registration asked;
  asked.device.token = "one";
  const auto attempt = [&] {
    return finish(register_device(town.people, town.news, town.apps["anewz"], asked, town.now));
  };
  town.people.conflicts = most_write_attempts - 1;
  EXPECT_TRUE(attempt());
  town.people.conflicts = most_write_attempts;
  EXPECT_EQ(attempt().error(), errc::conflict);
  town.people.failure = make_error_code(errc::unavailable);
  EXPECT_EQ(attempt().error(), errc::unavailable);
  town.news.failure = make_error_code(errc::timed_out);
  EXPECT_EQ(attempt().error(), errc::timed_out);
}

}  // namespace
}  // namespace paperboy::testing

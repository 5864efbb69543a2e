#include <gtest/gtest.h>

#include "tests/core/flows/a_town.hpp"

namespace paperboy::testing {
namespace {

TEST(finding_a_subscriber, by_a_credential_needs_a_live_device_of_its_generation) {
  a_town town;
  const auto credential = town.enrol("one");
  EXPECT_TRUE(finish(town.flows.find(credential)));
  auto older = credential;
  ++older.generation;
  EXPECT_EQ(finish(town.flows.find(older)).error(), errc::unauthorized);
  auto other = credential;
  ++other.device.number;
  EXPECT_EQ(finish(town.flows.find(other)).error(), errc::unauthorized);
  for (const auto state : {device_state::moved, device_state::dead}) {
    town.only().value.devices[0].state = state;
    EXPECT_EQ(finish(town.flows.find(credential)).error(), errc::unauthorized);
  }
}

TEST(finding_a_subscriber, by_its_id_is_for_its_own_app) {
  a_town town;
  const auto id = town.enrol("one").device.subscriber;
  EXPECT_TRUE(finish(town.flows.find(named_subscriber{"anewz", id})));
  EXPECT_EQ(finish(town.flows.find(named_subscriber{"other", id})).error(), errc::not_found);
  town.only().value.devices[0].state = device_state::dead;
  EXPECT_TRUE(finish(town.flows.find(named_subscriber{"anewz", id})));
}

TEST(finding_a_subscriber, never_takes_an_unreachable_store_for_an_absence) {
  a_town town;
  const auto credential = town.enrol("one");
  town.people.failure = make_error_code(errc::timed_out);
  EXPECT_EQ(finish(town.flows.find(credential)).error(), errc::timed_out);
  EXPECT_EQ(finish(town.flows.forget_device(credential, town.now)).error(), errc::timed_out);
}

TEST(changing_a_subscriber, decides_anew_on_what_is_there_when_it_was_outrun) {
  a_town town;
  const auto credential = town.enrol("one");
  town.people.conflicts = 2;
  int asked = 0;
  const subscribers::decision decide = [&](const found_subscriber&, const catalogue&,
                                           subscriber& after) {
    ++asked;
    after.wishes.max_items = 7;
    return true;
  };
  const auto changed = finish(town.flows.change(credential, decide));
  ASSERT_TRUE(changed);
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(changed->value().version, 2U);
  town.people.conflicts = most_write_attempts;
  town.only().value.wishes.max_items = 1;
  EXPECT_EQ(finish(town.flows.change(credential, decide)).error(), errc::conflict);
}

TEST(changing_a_subscriber, raises_the_version_for_preferences_only) {
  a_town town;
  const auto credential = town.enrol("one");
  const subscribers::decision touch_device = [](const found_subscriber&, const catalogue&,
                                                subscriber& after) {
    after.devices[0].app_version = "2";
    return true;
  };
  EXPECT_EQ(finish(town.flows.change(credential, touch_device))->value().version, 1U);
  const int writes = town.people.writes;
  EXPECT_EQ(finish(town.flows.change(credential, touch_device))->value().version, 1U);
  EXPECT_EQ(town.people.writes, writes);
}

// A second device of the same subscriber, as signed-in people have.
void add_device(a_town& town, device_state state, std::chrono::sys_seconds lost_at) {
  device d;
  d.number = 5;
  d.state = state;
  d.lost_at = lost_at;
  d.token = state == device_state::live ? "five" : "";
  town.only().value.devices.push_back(d);
}

TEST(forgetting_a_device, keeps_a_subscriber_who_has_another) {
  a_town town;
  const auto credential = town.enrol("one");
  add_device(town, device_state::live, {});
  EXPECT_TRUE(finish(town.flows.forget_device(credential, town.now)));
  ASSERT_EQ(town.people.people.size(), 1U);
  ASSERT_EQ(town.only().value.devices.size(), 1U);
  EXPECT_EQ(town.only().value.devices[0].number, 5);
  EXPECT_EQ(town.people.tokens.size(), 1U);
}

TEST(forgetting_a_device, keeps_a_subscriber_whose_other_device_may_come_back) {
  a_town town;
  const auto credential = town.enrol("one");
  add_device(town, device_state::dead, town.now - lost_device_kept);
  EXPECT_TRUE(finish(town.flows.forget_device(credential, town.now)));
  EXPECT_EQ(town.people.people.size(), 1U);
}

TEST(forgetting_a_device, erases_the_subscriber_with_the_last) {
  a_town town;
  const auto credential = town.enrol("one");
  add_device(town, device_state::moved, town.now - lost_device_kept - std::chrono::seconds{1});
  town.people.conflicts = 1;
  EXPECT_TRUE(finish(town.flows.forget_device(credential, town.now)));
  EXPECT_TRUE(town.people.people.empty());
  EXPECT_EQ(finish(town.flows.forget_device(credential, town.now)).error(), errc::unauthorized);
}

TEST(erasing, is_repeated_when_outrun) {
  a_town town;
  const auto credential = town.enrol("one");
  const named_subscriber who{"anewz", credential.device.subscriber};
  town.people.conflicts = most_write_attempts;
  EXPECT_EQ(finish(town.flows.erase(who)).error(), errc::conflict);
  town.people.conflicts = 1;
  EXPECT_TRUE(finish(town.flows.erase(who)));
  EXPECT_EQ(finish(town.flows.erase(who)).error(), errc::not_found);
}

}  // namespace
}  // namespace paperboy::testing

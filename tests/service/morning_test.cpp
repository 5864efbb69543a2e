#include "tests/service/morning.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "tests/service/story.hpp"

namespace paperboy::service {
namespace {

const story<morning> played{"a_morning", play_morning};

const morning& seen() {
  return played.outcome();
}

std::size_t taken(const std::vector<simulators::received_push>& pushes) {
  return static_cast<std::size_t>(
      std::count_if(pushes.begin(), pushes.end(), [](const auto& p) { return p.taken; }));
}

std::vector<simulators::received_push> got(const std::string& role) {
  return pushes_to(seen().pushes, seen().phones.at(role).token);
}

// Without what differs from push to push.
std::string without_ids(const std::string& payload) {
  static const std::regex ids{
      R"re("(token|id|paperboy_id|edition|paperboy_edition|ttl)":"[^"]*")re"};
  return std::regex_replace(payload, ids, R"("$1":"")");
}

const std::vector<std::string>& readers() {
  static const std::vector<std::string> all{"reader 1", "reader 2", "reader 3",
                                            "reader 4", "reader 5", "reader 6"};
  return all;
}

TEST(a_morning, brings_each_reader_one_digest_exactly_as_the_preview_said) {
  for (const auto& role : readers()) {
    const auto pushes = got(role);
    ASSERT_EQ(pushes.size(), 1U) << role;
    const auto& promised = seen().promised.at(role);
    const bool ios = seen().phones.at(role).system == platform::ios;
    ASSERT_FALSE(promised.items.empty()) << role;
    EXPECT_EQ(without_ids(pushes[0].payload), without_ids(ios ? promised.apns : promised.fcm))
        << role;
    EXPECT_TRUE(pushes[0].taken) << role;
    EXPECT_TRUE(pushes[0].sounds) << role;
    EXPECT_GE(pushes[0].at, seen().slot) << role;
  }
}

TEST(a_morning, names_topic_type_collapse_id_and_expiration_to_apns) {
  std::vector<std::string> collapse_ids;
  for (const char* role : {"reader 1", "reader 3", "reader 5"}) {
    const auto push = got(role).at(0);
    EXPECT_EQ(push.topic, "tv.anewz.app");
    EXPECT_EQ(push.push_type, "alert");
    EXPECT_EQ(push.priority, "10");
    EXPECT_TRUE(std::regex_match(push.collapse_id, std::regex{"[A-Za-z0-9_-]{1,64}"}));
    EXPECT_GT(std::stoll(push.expiration), std::chrono::system_clock::to_time_t(seen().slot));
    collapse_ids.push_back(push.collapse_id);
  }
  std::sort(collapse_ids.begin(), collapse_ids.end());
  EXPECT_EQ(std::unique(collapse_ids.begin(), collapse_ids.end()), collapse_ids.end());
}

TEST(a_morning, names_collapse_key_tag_and_channel_to_fcm) {
  for (const char* role : {"reader 2", "reader 4", "reader 6"}) {
    const auto& phone = seen().phones.at(role);
    const auto push = got(role).at(0);
    EXPECT_EQ(push.collapse_id, "paperboy_digest");
    EXPECT_EQ(push.channel, "paperboy_digest");
    EXPECT_EQ(push.tag,
              "digest-" + to_text(zone::named(phone.time_zone).value().at(seen().slot).date));
    EXPECT_EQ(push.priority, "NORMAL");
  }
}

TEST(a_morning, opens_as_the_items_of_the_digest_in_their_order) {
  for (const auto& role : readers()) {
    ASSERT_TRUE(seen().opened.contains(role)) << role;
    EXPECT_EQ(seen().opened.at(role), seen().promised.at(role).items) << role;
  }
  EXPECT_EQ(seen().promised.at("reader 1").items.size(), 2U);
  EXPECT_EQ(seen().promised.at("reader 5").items.size(), 5U);
}

TEST(a_morning, balances_its_ledger_at_every_look) {
  EXPECT_EQ(seen().wrong_looks, std::vector<std::string>{});
  EXPECT_EQ(seen().second_wrong_looks, std::vector<std::string>{});
  EXPECT_GE(seen().looks, 1U);
}

TEST(a_morning, counts_what_the_gateways_saw) {
  const auto& run = seen().run;
  EXPECT_EQ(run.state, "done") << run.text();
  EXPECT_EQ(run.eligible, 16U) << run.text();
  EXPECT_EQ(run.accepted, taken(seen().pushes)) << run.text();
  EXPECT_EQ(run.accepted, 11U) << run.text();
  EXPECT_EQ(run.rejected, 2U) << run.text();
  EXPECT_EQ(run.retries, 2U) << run.text();
  EXPECT_EQ(run.accepted + run.rejected + run.retries, seen().pushes.size()) << run.text();
  EXPECT_EQ(run.expired, 0U);
  EXPECT_EQ(run.pending, 0U);
}

TEST(a_morning, brings_nothing_to_whoever_left_opted_out_paused_or_muted) {
  for (const char* role : {"deleted", "opted out", "topics off", "paused", "muted"}) {
    EXPECT_TRUE(got(role).empty()) << role;
  }
}

TEST(a_morning, says_why_nothing_was_sent) {
  const std::map<std::string, std::uint64_t> reasons{{"muted", 1}, {"no_topics", 1}, {"paused", 1}};
  EXPECT_EQ(seen().run.skipped, reasons);
  EXPECT_EQ(seen().reports.at("paused"), "skipped, paused");
  EXPECT_EQ(seen().reports.at("muted"), "skipped, muted");
  EXPECT_EQ(seen().reports.at("topics off"), "skipped, no_topics");
  // Not due at all: no slot of theirs, and none of the run's devices.
  EXPECT_EQ(seen().reports.at("opted out"), "");
  EXPECT_EQ(seen().reports.at("reader 1"), "sent");
}

TEST(a_morning, keeps_subscriber_and_preferences_of_a_device_that_returns) {
  const auto& before = seen().phones.at("returned before");
  const auto& after = seen().phones.at("returned");
  EXPECT_EQ(after.subscriber_id, before.subscriber_id);
  EXPECT_EQ(after.device_id, before.device_id);
  EXPECT_NE(seen().returned_preferences_before, "");
  EXPECT_EQ(seen().returned_preferences, seen().returned_preferences_before);
  EXPECT_EQ(seen().credential.at("returned before"), 401U);
  EXPECT_EQ(seen().credential.at("returned"), 200U);
  EXPECT_TRUE(got("returned before").empty());
  EXPECT_EQ(got("returned").size(), 1U);
}

TEST(a_morning, gives_a_token_to_whoever_registered_it_last) {
  EXPECT_NE(seen().phones.at("latter").subscriber_id, seen().phones.at("former").subscriber_id);
  EXPECT_EQ(seen().credential.at("former"), 401U);
  EXPECT_EQ(seen().credential.at("latter"), 200U);
  EXPECT_EQ(got("latter").size(), 1U);
  EXPECT_EQ(seen().reports.at("latter"), "sent");
}

TEST(a_morning, forgets_devices_that_a_gateway_declares_dead) {
  EXPECT_TRUE(seen().dead_were_forgotten);
  EXPECT_EQ(seen().run.devices_removed, 2U) << seen().run.text();
  for (const char* role : {"dead ios", "dead android"}) {
    ASSERT_EQ(got(role).size(), 1U) << role;
    EXPECT_FALSE(got(role)[0].taken) << role;
    EXPECT_EQ(seen().reports.at(role), "rejected") << role;
  }
}

TEST(a_morning, revives_a_dead_device_by_its_previous_credential) {
  for (const char* role : {"dead ios", "dead android"}) {
    EXPECT_EQ(seen().revived.at(role), seen().phones.at(role).subscriber_id) << role;
    EXPECT_EQ(seen().revived_frequency.at(role), "digest") << role;
  }
}

TEST(a_morning, tries_again_after_a_503_as_late_as_it_asks) {
  for (const char* role : {"busy 1", "busy 2"}) {
    const auto pushes = got(role);
    ASSERT_EQ(pushes.size(), 2U) << role;
    EXPECT_EQ(pushes[0].status, 503U) << role;
    EXPECT_TRUE(pushes[1].taken) << role;
    EXPECT_GE(pushes[1].at - pushes[0].at, std::chrono::seconds{1}) << role;
    EXPECT_EQ(seen().reports.at(role), "sent") << role;
  }
}

TEST(a_morning, sends_no_second_digest_of_a_date_to_whoever_moves_the_hour) {
  const auto of_both = [](const char* role) {
    return pushes_to(seen().second_pushes, seen().phones.at(role).token).size();
  };
  EXPECT_EQ(of_both("mover"), 1U);
  EXPECT_EQ(of_both("witness"), 1U);
  EXPECT_GT(seen().mover_next_slot, seen().mover_date);
  EXPECT_EQ(seen().second_run.state, "done");
  EXPECT_EQ(seen().second_run.accepted, 1U) << seen().second_run.text();
}

}  // namespace
}  // namespace paperboy::service

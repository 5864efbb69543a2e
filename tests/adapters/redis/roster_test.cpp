#include <gtest/gtest.h>

#include <string>

#include "adapters/redis/record.hpp"
#include "tests/adapters/redis/roster_fixture.hpp"

namespace paperboy::redis {
namespace {

using namespace std::chrono_literals;
using testing::roster_test;

TEST_F(roster_test, new_subscriber_lies_in_the_shard_of_its_token) {
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    const auto e = enrol(token_in(shard));
    EXPECT_EQ(e.subscriber.place.shard, shard);
    EXPECT_TRUE(e.new_subscriber);
    EXPECT_EQ(e.device_number, 0);
    EXPECT_EQ(to_text(e.subscriber.place.cohort), "anewz:Asia/Baku:480");
  }
  expect_consistent();
}

TEST_F(roster_test, somebody_new_with_a_new_token_is_one_call) {
  enrol("one");  // brings the script
  const auto before = redis.statistics().commands;
  enrol("two");
  EXPECT_EQ(redis.statistics().commands, before + 1);
}

TEST_F(roster_test, finds_what_was_enrolled) {
  const auto e = enrol("one");
  const auto found = read(e.subscriber);
  EXPECT_EQ(found.record, e.subscriber.record);
  EXPECT_EQ(found.value.devices, e.subscriber.value.devices);
  EXPECT_EQ(found.value.wishes, request("").wishes);
  EXPECT_EQ(found.value.devices[0].registered_at, std::chrono::floor<std::chrono::seconds>(now));
  EXPECT_EQ(found.mark, local_date{});
  EXPECT_EQ(found.value.joined, 1U);
}

TEST_F(roster_test, finds_nobody_of_another_app) {
  const auto e = enrol("one");
  EXPECT_EQ(error_of(roster.find("other", e.subscriber.value.id)), errc::not_found);
  EXPECT_EQ(error_of(roster.find("anewz", subscriber_id{})), errc::not_found);
  EXPECT_FALSE(error_of(roster.find("", e.subscriber.value.id)));
}

TEST_F(roster_test, id_that_differs_where_no_key_looks_finds_nobody) {
  const auto e = enrol("one");
  for (std::size_t i = 0; i < 16; ++i) {
    subscriber_id other = e.subscriber.value.id;
    other.bytes[i] ^= 0x40;
    EXPECT_EQ(error_of(roster.find("anewz", other)), errc::not_found) << i;
  }
}

TEST_F(roster_test, first_of_a_cohort_sets_its_next_slot_and_later_ones_leave_it) {
  const auto e = enrol(token_in(0, 1));
  const auto due = shard_key(0, "due"), dates = shard_key(0, "due:date");
  const std::string home = "anewz:Asia/Baku:480";
  const auto at = *parse_instant("2026-11-25T04:00:00Z");
  EXPECT_EQ(number(command{"ZSCORE", due, home}), at.time_since_epoch().count());
  EXPECT_EQ(number(command{"HGET", dates, home}), parse_local_date("2026-11-25")->days);
  ask(command{"ZADD", due, 77, home});
  enrol(token_in(0, 2));
  EXPECT_EQ(number(command{"ZSCORE", due, home}), 77);
}

TEST_F(roster_test, token_registered_again_moves_and_reads_nothing_of_before) {
  const auto first = enrol("phone");
  now += 1h;
  const auto second = enrol("phone", "Europe/Berlin");
  EXPECT_NE(second.subscriber.value.id, first.subscriber.value.id);
  const auto before = read(first.subscriber);
  EXPECT_EQ(before.value.devices[0].state, device_state::moved);
  EXPECT_EQ(before.value.devices[0].token, "");
  EXPECT_EQ(before.value.devices[0].lost_at, std::chrono::floor<std::chrono::seconds>(now));
  expect_consistent();
}

TEST_F(roster_test, previous_credential_keeps_device_subscriber_and_preferences) {
  const auto first = enrol("old");
  auto again = request("new");
  again.wishes = {};
  again.previous = device_id{first.subscriber.value.id, 0};
  again.previous_generation = first.subscriber.value.devices[0].generation;
  const auto second = must(roster.enrol(again));
  EXPECT_FALSE(second.new_subscriber);
  EXPECT_EQ(second.subscriber.value.id, first.subscriber.value.id);
  EXPECT_EQ(second.subscriber.value.wishes, first.subscriber.value.wishes);
  ASSERT_EQ(second.subscriber.value.devices.size(), 1U);
  EXPECT_NE(second.subscriber.value.devices[0].generation,
            first.subscriber.value.devices[0].generation);
  EXPECT_EQ(entry("old"), "");
  expect_consistent();
}

TEST_F(roster_test, registration_repeated_because_its_answer_was_lost_is_the_same_registration) {
  const auto first = enrol("old");
  auto again = request("new");
  again.previous = device_id{first.subscriber.value.id, 0};
  again.previous_generation = first.subscriber.value.devices[0].generation;
  const auto lost = must(roster.enrol(again));
  const auto repeated = must(roster.enrol(again));
  EXPECT_FALSE(repeated.new_subscriber);
  EXPECT_EQ(repeated.subscriber.value.id, first.subscriber.value.id);
  EXPECT_EQ(repeated.subscriber.value.devices, lost.subscriber.value.devices);
  again.device.token = request("third").device.token;  // not the token of the lost answer
  EXPECT_TRUE(must(roster.enrol(again)).new_subscriber);
  expect_consistent();
}

TEST_F(roster_test, previous_credential_of_another_generation_or_app_counts_as_none) {
  const auto first = enrol("old");
  auto again = request("new");
  again.previous = device_id{first.subscriber.value.id, 0};
  again.previous_generation = first.subscriber.value.devices[0].generation + 1;
  EXPECT_TRUE(must(roster.enrol(again)).new_subscriber);
  again.previous_generation -= 1;
  again.app = "other";
  EXPECT_TRUE(must(roster.enrol(again)).new_subscriber);
  again.app = "anewz";
  again.previous->number = 1;
  EXPECT_TRUE(must(roster.enrol(again)).new_subscriber);
}

TEST_F(roster_test, moved_device_comes_back_with_its_credential_for_ninety_days) {
  const auto victim = enrol("phone");
  enrol("phone");
  auto back = request("phone");
  back.previous = device_id{victim.subscriber.value.id, 0};
  back.previous_generation = victim.subscriber.value.devices[0].generation;
  now += std::chrono::days{90};
  back.now = std::chrono::floor<std::chrono::seconds>(now);
  const auto whole = must(roster.enrol(back));
  EXPECT_EQ(whole.subscriber.value.id, victim.subscriber.value.id);
  EXPECT_EQ(whole.subscriber.value.wishes, victim.subscriber.value.wishes);
  EXPECT_EQ(whole.subscriber.value.live_devices(), 1U);
  expect_consistent();

  enrol("phone");
  now += std::chrono::days{90} + 1s;
  back.previous_generation = whole.subscriber.value.devices[0].generation;
  back.now = std::chrono::floor<std::chrono::seconds>(now);
  EXPECT_TRUE(must(roster.enrol(back)).new_subscriber);
}

TEST_F(roster_test, change_in_place_keeps_place_mark_and_joined) {
  const auto e = enrol("one");
  ask(command{"SETRANGE", marks_key(e.subscriber.place.shard, "anewz:Asia/Baku:480", 0), 0,
              std::string("\x01\x50", 2)});
  ask(command{"INCR", shard_key(e.subscriber.place.shard, "seq")});
  const auto after = change(e.subscriber, [](subscriber& s) {
    s.version++;
    choose_frequency(s.wishes.topics, 9, frequency::both);
  });
  EXPECT_EQ(after.place.slot, e.subscriber.place.slot);
  EXPECT_EQ(after.mark, local_date{0x5001});
  EXPECT_EQ(after.value.joined, 1U);
  EXPECT_EQ(read(after).record, after.record);
  expect_consistent();
}

TEST_F(roster_test, change_of_what_somebody_else_changed_is_a_conflict_and_changes_nothing) {
  const auto e = enrol("one");
  const auto other = change(e.subscriber, [](subscriber& s) { s.version = 2; });
  subscriber mine = e.subscriber.value;
  mine.version = 3;
  EXPECT_EQ(error_of(roster.change(e.subscriber, mine, defaults)), errc::conflict);
  EXPECT_EQ(error_of(roster.erase(e.subscriber, defaults)), errc::conflict);
  EXPECT_EQ(read(other).value.version, 2U);
  expect_consistent();
}

TEST_F(roster_test, repeated_calls_answer_as_the_first_and_change_nothing) {
  const auto e = enrol("one");
  subscriber moved = e.subscriber.value;
  moved.wishes.digest_time = 600min;
  moved.devices[0].token = std::string(32, 'n');
  const auto first = must(roster.change(e.subscriber, moved, defaults));
  const auto state = everything();
  const auto second = must(roster.change(e.subscriber, moved, defaults));
  EXPECT_EQ(second.record, first.record);
  EXPECT_EQ(second.place.slot, first.place.slot);
  EXPECT_EQ(everything(), state);
  must(roster.erase(second, defaults));
  const auto empty = everything();
  must(roster.erase(second, defaults));
  EXPECT_EQ(everything(), empty);
}

TEST_F(roster_test, several_devices_share_one_subscriber) {
  const auto e = enrol("one");
  const auto both = change(e.subscriber, [](subscriber& s) {
    device d = s.devices[0];
    d.number = 1;
    d.platform = platform::android;
    d.token = "an FCM token";
    s.devices.push_back(d);
  });
  EXPECT_EQ(both.value.live_devices(), 2U);
  expect_consistent();
  const auto one = change(both, [](subscriber& s) { s.devices.erase(s.devices.begin()); });
  EXPECT_EQ(entry("one"), "");
  expect_consistent();
  must(roster.erase(one, defaults));
  expect_consistent();
}

TEST_F(roster_test, two_devices_of_one_subscriber_cannot_have_one_token) {
  const auto e = enrol("one");
  subscriber twice = e.subscriber.value;
  twice.devices.push_back(twice.devices[0]);
  twice.devices[1].number = 1;
  EXPECT_EQ(error_of(roster.change(e.subscriber, twice, defaults)), errc::invalid);
}

TEST_F(roster_test, token_may_pass_between_two_devices_of_one_subscriber) {
  const auto e = enrol("one");
  const auto after = change(e.subscriber, [](subscriber& s) {
    device d = s.devices[0];
    d.number = 1;
    s.devices[0].state = device_state::moved;
    s.devices[0].token.clear();
    s.devices.push_back(d);
  });
  EXPECT_EQ(after.value.live_devices(), 1U);
  expect_consistent();
}

TEST_F(roster_test, dead_token_leaves_the_index_and_one_that_changed_meanwhile_stays) {
  const auto e = enrol("one");
  subscriber dead = e.subscriber.value;
  dead.devices[0].state = device_state::dead;
  dead.devices[0].token.clear();
  dead.devices[0].lost_at = std::chrono::floor<std::chrono::seconds>(now);
  const auto renewed =
      change(e.subscriber, [](subscriber& s) { s.devices[0].token = std::string(32, 'n'); });
  EXPECT_EQ(error_of(roster.change(e.subscriber, dead, defaults)), errc::conflict);
  expect_consistent();
  must(roster.change(renewed, dead, defaults));
  EXPECT_EQ(entry(std::string(32, 'n')), "");
  expect_consistent();
}

TEST_F(roster_test, devices_lost_for_ninety_days_go_with_the_next_write) {
  const auto e = enrol("one");
  enrol("one");
  now += std::chrono::days{91};
  const auto after = change(read(e.subscriber), [](subscriber& s) { s.version++; });
  EXPECT_TRUE(after.value.devices.empty());
}

TEST_F(roster_test, erase_leaves_nothing) {
  const auto before = everything();
  const auto e = enrol("one");
  const auto many = change(e.subscriber, [](subscriber& s) {
    for (std::uint8_t n = 1; n < 10; ++n) {
      device d = s.devices[0];
      d.number = n;
      d.token = std::string(163, static_cast<char>('a' + n));
      s.devices.push_back(d);
    }
  });
  EXPECT_GT(many.record.size(), longest_head);
  EXPECT_EQ(read(many).value.devices, many.value.devices);
  expect_consistent();
  must(roster.erase(many, defaults));
  auto left = everything();
  for (std::uint32_t s = 0; s < shards; ++s) left.erase(shard_key(s, "cn"));
  EXPECT_EQ(left, before);
  EXPECT_EQ(error_of(roster.find("anewz", many.value.id)), errc::not_found);
}

TEST_F(roster_test, record_too_long_for_its_block_spills_and_comes_back) {
  const auto e = enrol("one");
  const auto wordy = change(e.subscriber, [](subscriber& s) {
    for (topic_number n = 100; n < 700; ++n) choose_frequency(s.wishes.topics, n, frequency::both);
  });
  EXPECT_TRUE(ask(command{"EXISTS", spill_key(wordy.place.shard, wordy.value.id)}).as_int() == 1);
  const auto changed = change(read(wordy), [](subscriber& s) { s.version = 9; });
  EXPECT_EQ(read(changed).value.wishes.topics.size(), 602U);
  const auto moved = change(changed, [](subscriber& s) { s.wishes.time_zone = "UTC"; });
  EXPECT_EQ(read(moved).value.version, 9U);
  const auto brief = change(moved, [](subscriber& s) { s.wishes.topics.clear(); });
  EXPECT_EQ(ask(command{"EXISTS", spill_key(wordy.place.shard, wordy.value.id)}).as_int(), 0);
  EXPECT_EQ(read(brief).value.wishes.topics.size(), 0U);
  expect_consistent();
}

TEST_F(roster_test, record_of_a_newer_version_is_an_error_and_is_not_touched) {
  const auto e = enrol("one");
  const auto key = records_key(e.subscriber.place.shard, "anewz:Asia/Baku:480", 0);
  std::string newer = e.subscriber.record;
  newer[0] = 2;
  ask(command{"HSET", key, 0, newer});
  EXPECT_EQ(error_of(roster.find("anewz", e.subscriber.value.id)), errc::protocol);
  EXPECT_EQ(error_of(roster.enrol(request("one"))), errc::protocol);
  EXPECT_EQ(text(command{"HGET", key, 0}), newer);
}

TEST_F(roster_test, locator_that_leads_nowhere_is_a_regressed_shard) {
  const auto e = enrol("one");
  ask(command{"DEL", records_key(e.subscriber.place.shard, "anewz:Asia/Baku:480", 0)});
  EXPECT_EQ(error_of(roster.find("anewz", e.subscriber.value.id)), errc::shard_regressed);
}

TEST_F(roster_test, shard_without_its_seq_is_regressed_and_takes_nobody) {
  ask(command{"FLUSHALL"});
  EXPECT_EQ(error_of(roster.enrol(request("one"))), errc::shard_regressed);
  EXPECT_TRUE(keys().empty());
}

TEST_F(roster_test, unknown_zone_is_invalid_and_changes_nothing) {
  const auto before = everything();
  EXPECT_EQ(error_of(roster.enrol(request("one", "Mars/Olympus"))), errc::invalid);
  EXPECT_EQ(everything(), before);
}

}  // namespace
}  // namespace paperboy::redis

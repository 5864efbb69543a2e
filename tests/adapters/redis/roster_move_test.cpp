#include <gtest/gtest.h>

#include <string>

#include "adapters/redis/commit_packing.hpp"
#include "tests/adapters/redis/roster_fixture.hpp"

namespace paperboy::redis {
namespace {

using namespace std::chrono_literals;

constexpr local_date today{20'781};  // 2026-11-24, a Tuesday
const std::string baku = "anewz:Asia/Baku:480";
const std::string run = "digest-20261124T0400Z";

class roster_move_test : public testing::roster_test {
 protected:
  roster_move_test() {
    mover = enrol("mover").subscriber;
    shard = mover.place.shard;
  }
  std::string key(std::string_view rest) const { return shard_key(shard, rest); }
  std::string part(const std::string& field) {
    return text(command{"HGET", key("p:" + run + '|' + baku), field});
  }
  void set_bit(unsigned slot) {
    std::string bits(32, '\0');
    bits[slot / 8] = static_cast<char>(1U << slot % 8);
    ask(command{"HSET", key("p:" + run + '|' + baku), "b0", bits});
  }
  bool bit(unsigned slot) {
    const auto bits = part("b" + std::to_string(slot / 256));
    return !bits.empty() && (static_cast<unsigned>(bits[slot % 256 / 8]) >> slot % 8 & 1U) != 0;
  }
  void set_mark(const stored_subscriber& s, local_date date) {
    const char bytes[] = {static_cast<char>(date.days & 0xFF), static_cast<char>(date.days >> 8)};
    ask(command{"SETRANGE", marks_key(shard, to_text(s.place.cohort), s.place.block()),
                s.place.slot_in_block() * 2, std::string_view(bytes, 2)});
  }
  std::string retry_of(const stored_subscriber& s) {
    return text(command{"HGET", key("rt:" + run), to_text(s.value.id)});
  }
  stored_subscriber move(const stored_subscriber& s) {
    return change(s, [](subscriber& after) { after.wishes.digest_time = 600min; });
  }
  // Whoever makes a subscriber due on days it was not must not be met by parts opened before.
  stored_subscriber due_on(const stored_subscriber& s, std::uint8_t days) {
    return change(
        s, [days](subscriber& after) { after.wishes.digest_days = weekdays::from_bits(days); });
  }

  stored_subscriber mover;
  std::uint32_t shard = 0;
};

TEST_F(roster_move_test, another_hour_is_another_place_with_the_same_mark_and_a_new_joined) {
  enrol(token_in(shard));
  set_mark(mover, {20'000});
  ask(command{"INCR", key("seq")});
  const auto moved = move(read(mover));
  EXPECT_EQ(to_text(moved.place.cohort), "anewz:Asia/Baku:600");
  EXPECT_EQ(moved.mark, local_date{20'000});
  EXPECT_EQ(moved.value.joined, 2U);
  EXPECT_EQ(read(moved).mark, local_date{20'000});
  EXPECT_EQ(read(moved).value.devices[0].joined, 2U);
  EXPECT_EQ(text(command{"GETRANGE", marks_key(shard, baku, 0), 0, 1}), std::string(2, '\0'));
  EXPECT_EQ(number(command{"ZSCORE", key("free:" + baku), mover.place.slot}), 2);
  expect_consistent();
}

TEST_F(roster_move_test, takes_along_what_an_open_part_owes) {
  set_mark(mover, {20'000});
  open_part(shard, baku, run, today);
  const auto moved = move(read(mover));
  EXPECT_TRUE(bit(mover.place.slot));
  EXPECT_EQ(part("retry"), "1");
  EXPECT_EQ(moved.mark, today);
  EXPECT_EQ(moved.value.joined, 2U);
  retry_entry entry;
  ASSERT_TRUE(unpack_retry_entry(retry_of(mover), entry));
  EXPECT_EQ(entry.devices, 1U);
  EXPECT_EQ(entry.attempt, 0);
  EXPECT_TRUE(entry.moved);
  EXPECT_FALSE(entry.ambiguous);
  EXPECT_EQ(entry.mark_before, local_date{20'000});
  EXPECT_EQ(entry.slot, mover.place.slot);
  EXPECT_EQ(entry.cohort, baku);
  // Nobody holds the block: due at once.
  const auto due = number(command{"ZSCORE", key("rt"), run + '|' + to_text(mover.value.id)});
  const reply now_on_redis = ask(command{"TIME"});
  EXPECT_LE(due, now_on_redis[0].as_int() * 1000 + 1000);
  EXPECT_GT(due, 1'000'000'000'000);
  expect_consistent();
}

TEST_F(roster_move_test, duty_in_a_leased_block_is_due_when_the_lease_ends) {
  open_part(shard, baku, run, today);
  ask(command{"ZADD", key("ls"), 4'000'000'000'000, run + '|' + baku + "|0"});
  move(mover);
  EXPECT_EQ(number(command{"ZSCORE", key("rt"), run + '|' + to_text(mover.value.id)}),
            4'000'000'000'000);
  // Its holder may have sent it already: what comes then is a copy.
  retry_entry entry;
  ASSERT_TRUE(unpack_retry_entry(retry_of(mover), entry));
  EXPECT_TRUE(entry.moved);
  EXPECT_TRUE(entry.ambiguous);
}

TEST_F(roster_move_test, repeated_move_takes_its_duty_along_once) {
  open_part(shard, baku, run, today);
  subscriber after = mover.value;
  after.wishes.digest_time = 600min;
  must(roster.change(mover, after, defaults));
  const auto state = everything();
  must(roster.change(mover, after, defaults));
  EXPECT_EQ(everything(), state);
  EXPECT_EQ(part("retry"), "1");
}

TEST_F(roster_move_test, takes_nothing_along_that_is_settled) {
  open_part(shard, baku, run, today);
  set_bit(mover.place.slot);
  set_mark(mover, today);
  const auto moved = move(read(mover));
  EXPECT_EQ(retry_of(mover), "");
  EXPECT_EQ(part("retry"), "0");
  EXPECT_EQ(moved.mark, today);
}

TEST_F(roster_move_test, skipped_digest_leaves_the_mark_as_it_was) {
  open_part(shard, baku, run, today);
  set_bit(mover.place.slot);
  EXPECT_EQ(move(mover).mark, local_date{});
}

TEST_F(roster_move_test, digest_being_tried_again_keeps_its_entry_and_the_mark_takes_its_date) {
  open_part(shard, baku, run, today);
  set_bit(mover.place.slot);
  ask(command{"HSET", key("rt:" + run), to_text(mover.value.id), "as it was"});
  EXPECT_EQ(move(mover).mark, today);
  EXPECT_EQ(retry_of(mover), "as it was");
  EXPECT_EQ(part("retry"), "0");
}

TEST_F(roster_move_test, newcomer_is_owed_nothing_by_parts_opened_before) {
  open_part(shard, baku, run, today);
  const auto newcomer = enrol(token_in(shard)).subscriber;
  EXPECT_EQ(newcomer.value.joined, 2U);
  const auto moved = move(newcomer);
  EXPECT_EQ(retry_of(newcomer), "");
  EXPECT_EQ(moved.mark, local_date{});
}

TEST_F(roster_move_test, device_that_came_after_opening_is_not_tried) {
  open_part(shard, baku, run, today);
  const auto two = change(mover, [](subscriber& s) {
    device d = s.devices[0];
    d.number = 3;
    d.token = std::string(32, 'z');
    s.devices.push_back(d);
  });
  EXPECT_EQ(two.value.joined, 1U);
  EXPECT_EQ(two.value.devices[1].joined, 2U);
  EXPECT_EQ(read(two).value.devices[1].joined, 2U);
  move(two);
  retry_entry entry;
  ASSERT_TRUE(unpack_retry_entry(retry_of(mover), entry));
  EXPECT_EQ(entry.devices, 1U);
  expect_consistent();
}

TEST_F(roster_move_test, part_of_another_weekday_or_date_owes_nothing) {
  const auto only_monday = due_on(mover, 0b1);
  open_part(shard, baku, run, today);
  const auto moved = move(only_monday);
  EXPECT_EQ(retry_of(mover), "");
  EXPECT_EQ(moved.mark, local_date{});
}

TEST_F(roster_move_test, digest_of_the_date_already_accepted_is_not_owed_again) {
  set_mark(mover, today);
  open_part(shard, baku, run, today);
  move(read(mover));
  EXPECT_FALSE(bit(mover.place.slot));
  EXPECT_EQ(retry_of(mover), "");
}

TEST_F(roster_move_test, subscriber_without_a_live_device_is_owed_nothing) {
  const auto silent = change(mover, [this](subscriber& s) {
    s.devices[0].state = device_state::dead;
    s.devices[0].token.clear();
    s.devices[0].lost_at = std::chrono::floor<std::chrono::seconds>(now);
  });
  open_part(shard, baku, run, today);
  move(silent);
  EXPECT_EQ(retry_of(mover), "");
  expect_consistent();
}

TEST_F(roster_move_test, due_on_more_days_it_is_passed_over_by_parts_opened_before) {
  const auto wednesday = due_on(mover, 0b100);
  EXPECT_EQ(wednesday.value.joined, 1U);
  const auto seq = open_part(shard, baku, run, today);
  const auto daily = due_on(wednesday, 0x7F);
  EXPECT_EQ(daily.value.joined, seq);
  EXPECT_EQ(daily.place.slot, mover.place.slot);
  EXPECT_EQ(retry_of(mover), "");
  expect_consistent();
}

TEST_F(roster_move_test, due_on_more_days_it_still_gets_what_a_part_owed) {
  const auto tuesday = due_on(mover, 0b10);
  const auto seq = open_part(shard, baku, run, today);
  const auto daily = due_on(tuesday, 0x7F);
  EXPECT_EQ(daily.value.joined, seq);
  EXPECT_EQ(daily.mark, local_date{});
  EXPECT_TRUE(bit(mover.place.slot));
  EXPECT_NE(retry_of(mover), "");
  EXPECT_EQ(part("retry"), "1");
}

TEST_F(roster_move_test, disabled_digest_counts_on_no_day) {
  const auto off = change(mover, [](subscriber& s) { s.wishes.digest_enabled = false; });
  EXPECT_EQ(number(command{"HGET", key("co:" + baku), "d1"}), 0);
  const auto seq = open_part(shard, baku, run, today);
  const auto on = change(off, [](subscriber& s) { s.wishes.digest_enabled.reset(); });
  EXPECT_EQ(on.value.joined, seq);
  EXPECT_EQ(number(command{"HGET", key("co:" + baku), "d1"}), 1);
  EXPECT_EQ(retry_of(mover), "");
}

TEST_F(roster_move_test, device_registered_again_while_live_keeps_what_it_is_owed) {
  open_part(shard, baku, run, today);
  auto again = request("mover's new token");
  again.previous = device_id{mover.value.id, 0};
  again.previous_generation = mover.value.devices[0].generation;
  EXPECT_EQ(must(roster.enrol(again)).subscriber.value.devices[0].joined, 1U);
  expect_consistent();
}

TEST_F(roster_move_test, device_that_comes_alive_again_waits_for_the_next_part) {
  enrol("mover");
  const auto seq = open_part(shard, baku, run, today);
  auto back = request("mover");
  back.previous = device_id{mover.value.id, 0};
  back.previous_generation = mover.value.devices[0].generation;
  const auto alive = must(roster.enrol(back)).subscriber;
  EXPECT_EQ(alive.value.joined, 1U);
  EXPECT_EQ(alive.value.devices[0].joined, seq);
}

TEST_F(roster_move_test, freed_slot_is_not_given_again_while_a_part_opened_before_is_open) {
  enrol(token_in(shard, 1));
  open_part(shard, baku, run, today);
  must(roster.erase(mover, defaults));
  EXPECT_NE(enrol(token_in(shard, 2)).subscriber.place.slot, mover.place.slot);
  // The holder of the block had sent before it was erased, and commits late.
  set_mark(mover, today);
  close_part(shard, baku, run);
  const auto newcomer = enrol(token_in(shard, 3)).subscriber;
  EXPECT_EQ(newcomer.place.slot, mover.place.slot);
  EXPECT_EQ(newcomer.mark, local_date{});
  EXPECT_EQ(read(newcomer).mark, local_date{});
  expect_consistent();
}

TEST_F(roster_move_test, slot_freed_before_a_part_was_opened_may_be_given_again) {
  enrol(token_in(shard, 1));
  must(roster.erase(mover, defaults));
  const auto seq = open_part(shard, baku, run, today);
  const auto newcomer = enrol(token_in(shard, 2)).subscriber;
  EXPECT_EQ(newcomer.place.slot, mover.place.slot);
  EXPECT_EQ(newcomer.value.joined, seq);
}

TEST_F(roster_move_test, empty_cohort_leaves_nothing_unless_a_part_of_it_is_open) {
  const auto moved = move(mover);
  for (const auto& k : keys()) EXPECT_EQ(k.find(baku), std::string::npos) << k;
  EXPECT_EQ(number(command{"HLEN", key("cn")}), 3);
  EXPECT_EQ(number(command{"ZCARD", key("due")}), 1);
  const std::string there = to_text(moved.place.cohort);
  open_part(shard, there, run, today);
  must(roster.erase(moved, defaults));
  EXPECT_EQ(number(command{"HGET", key("co:" + there), "subs"}), 0);
  close_part(shard, there, run);
  const auto again = enrol(token_in(shard, 1)).subscriber;
  EXPECT_EQ(to_text(again.place.cohort), baku);
  expect_consistent();
}

TEST_F(roster_move_test, cohort_that_emptied_and_came_again_has_another_number) {
  const auto old = read(mover);
  must(roster.erase(old, defaults));
  const auto again = enrol(token_in(shard, 1)).subscriber;
  EXPECT_EQ(text(command{"HGET", key("cn"), "2"}), baku);
  EXPECT_EQ(read(again).place.slot, again.place.slot);
}

TEST_F(roster_move_test, erased_subscriber_leaves_its_retry_entry_to_the_worker) {
  open_part(shard, baku, run, today);
  const auto moved = move(mover);
  must(roster.erase(moved, defaults));
  EXPECT_NE(retry_of(mover), "");
  EXPECT_EQ(error_of(roster.find("anewz", mover.value.id)), errc::not_found);
}

TEST_F(roster_move_test, block_holds_256_slots_and_stays_a_listpack) {
  for (int i = 0; i < 300; ++i) enrol(token_in(shard, i));
  EXPECT_EQ(number(command{"HLEN", key("r:" + baku + ":0")}), 256);
  EXPECT_EQ(number(command{"HLEN", key("r:" + baku + ":1")}), 45);
  expect_consistent();
}

}  // namespace
}  // namespace paperboy::redis

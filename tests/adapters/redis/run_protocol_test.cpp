#include <gtest/gtest.h>

#include "adapters/redis/blame.hpp"
#include "adapters/redis/clock.hpp"
#include "adapters/redis/notification_store.hpp"
#include "adapters/redis/run_book_store.hpp"
#include "adapters/redis/walk_store.hpp"
#include "tests/adapters/redis/roster_fixture.hpp"
#include "tests/core/fakes/ends.hpp"

namespace paperboy::redis::testing {
namespace {

using namespace std::chrono_literals;
using paperboy::testing::accepted;
using paperboy::testing::to_be_tried_again;

// Runs over a real Redis: open, claim, commit, retry, finish, release, each called twice where the
// answer of the first may have been lost.
class run_protocol_test : public roster_test {
 protected:
  run_protocol_test() {
    at = std::chrono::floor<std::chrono::minutes>(must(time(redis)));
    run_id = digest_run_id("anewz", at);
    with.shards = shards;
    with.worker = "one";
    with.days["anewz"] = weekdays::all();
  }

  // Everybody of the cohort falls due at `at`, which has come.
  void fall_due(const stored_subscriber& s) {
    const std::string cohort = to_text(s.place.cohort);
    ask(command{"ZADD", shard_key(s.place.shard, "due"), ms(at), cohort});
    ask(command{"HSET", shard_key(s.place.shard, "due:date"), cohort, date.days});
  }
  static std::int64_t ms(instant t) { return t.time_since_epoch().count(); }

  part_opening opening(const stored_subscriber& s) const {
    return {to_text(s.place.cohort), date, static_cast<std::uint8_t>(date.weekday()), at + 24h,
            date.plus(1)};
  }
  void open(std::uint32_t shard, std::vector<part_opening> parts) {
    must(book.start("anewz", run_id, at));
    must(book.open(shard, "anewz", run_id, at, at + 4h, at, parts));
  }
  stored_subscriber opened_with(const std::string& token) {
    const auto s = enrol(token).subscriber;
    fall_due(s);
    open(s.place.shard, {opening(s)});
    return s;
  }
  std::vector<claim> claims(walk_store& worker, std::uint32_t shard, std::uint64_t nonce) {
    return must(worker.claim_blocks(shard, send_lane::digest, nonce, 4, {}));
  }
  // With a lease that has run out by the time it is asked for again.
  std::vector<claim> taken_over(std::uint32_t shard) {
    walk_store::settings other = with;
    other.worker = "two";
    walk_store second(redis, other);
    for (std::uint64_t nonce = 1; nonce < 1000; ++nonce) {
      auto got = claims(second, shard, nonce);
      if (!got.empty()) return got;
    }
    return {};
  }
  // A commit renews the lease: that alone may differ.
  std::map<std::string, std::string> without_leases() {
    auto all = everything();
    for (std::uint32_t shard = 0; shard < shards; ++shard) all.erase(shard_key(shard, "ls"));
    return all;
  }
  ledger count() {
    const auto r = must(book.find("anewz", run_id));
    EXPECT_TRUE(r.count.balanced());
    return r.count;
  }
  std::string part_key(const stored_subscriber& s) const {
    return shard_key(s.place.shard, "p:" + run_id + '|' + to_text(s.place.cohort));
  }
  std::string part_field(const stored_subscriber& s, const std::string& field) {
    return text(command{"HGET", part_key(s), field});
  }

  instant at{};
  local_date date{20'781};
  std::string run_id;
  walk_store::settings with;
  run_book_store book{redis, {shards, 3600s}};
};

TEST_F(run_protocol_test, opening_counts_who_is_due_and_advances_the_cohort) {
  const auto s = opened_with("aa");
  EXPECT_EQ(part_field(s, "eligible"), "1");
  EXPECT_EQ(number(command{"ZSCORE", shard_key(s.place.shard, "due"), to_text(s.place.cohort)}),
            ms(at + 24h));
  const auto before = everything();
  must(book.open(s.place.shard, "anewz", run_id, at, at + 4h, at, std::vector{opening(s)}));
  EXPECT_EQ(everything(), before);
}

TEST_F(run_protocol_test, nothing_opens_before_its_instant_on_the_clock_of_redis) {
  const auto s = enrol("aa").subscriber;
  at += 10min;
  fall_due(s);
  open(s.place.shard, {opening(s)});
  EXPECT_FALSE(number(command{"EXISTS", part_key(s)}) == 1);
}

TEST_F(run_protocol_test, a_shard_is_not_done_while_a_cohort_due_at_the_same_instant_is_unopened) {
  const auto s = enrol("aa").subscriber;
  fall_due(s);
  open(s.place.shard, {});
  EXPECT_EQ(number(command{"HEXISTS", app_key("anewz", "run:" + run_id),
                           "o:" + std::to_string(s.place.shard)}),
            0);
  open(s.place.shard, {opening(s)});
  EXPECT_EQ(part_field(s, "state"), "open");
}

TEST_F(run_protocol_test, a_shard_that_is_done_with_a_run_opens_nothing_more_for_it) {
  const auto s = enrol("aa").subscriber;
  open(s.place.shard, {});  // nobody is due yet: done
  fall_due(s);
  open(s.place.shard, {opening(s)});
  EXPECT_EQ(number(command{"EXISTS", part_key(s)}), 0);
  EXPECT_EQ(number(command{"ZSCORE", shard_key(s.place.shard, "due"), to_text(s.place.cohort)}),
            ms(at + 24h));
}

TEST_F(run_protocol_test, two_apps_that_are_due_at_one_instant_have_a_run_each) {
  auto theirs = request("bb");
  theirs.app = "other";
  const auto s = must(roster.enrol(theirs)).subscriber;
  fall_due(s);
  open(s.place.shard, {});  // of "anewz", which has nobody in this shard
  const auto other = digest_run_id("other", at);
  must(book.start("other", other, at));
  must(book.open(s.place.shard, "other", other, at, at + 4h, at, std::vector{opening(s)}));
  EXPECT_EQ(must(book.find("other", other)).count.eligible, 1U);
  walk_store one(redis, with);
  EXPECT_EQ(claims(one, s.place.shard, 1).size(), 1U);
}

TEST_F(run_protocol_test, the_same_nonce_gets_the_same_block_and_another_gets_none) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  const auto first = claims(one, s.place.shard, 7);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].epoch, 1U);
  EXPECT_EQ(first[0].date, date);
  const auto again = claims(one, s.place.shard, 7);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].epoch, 1U);
  EXPECT_TRUE(claims(one, s.place.shard, 8).empty());
}

TEST_F(run_protocol_test, blocks_of_a_stopped_app_are_passed_over) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  const std::vector<std::string> stopped{"anewz"};
  EXPECT_TRUE(must(one.claim_blocks(s.place.shard, send_lane::digest, 1, 4, stopped)).empty());
  EXPECT_EQ(claims(one, s.place.shard, 2).size(), 1U);
}

TEST_F(run_protocol_test, a_stopped_app_still_gets_what_is_past_its_deadline) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  const std::vector<std::string> stopped{"anewz"};
  ask(command{"HSET", part_key(s), "deadline", ms(at)});
  EXPECT_EQ(must(one.claim_blocks(s.place.shard, send_lane::digest, 1, 4, stopped)).size(), 1U);
}

TEST_F(run_protocol_test, a_slot_is_noted_until_another_is_or_the_lease_is_lost) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  auto c = claims(one, s.place.shard, 1).at(0);
  EXPECT_EQ(must(one.note(c, 5)), 1U);
  EXPECT_EQ(must(one.note(c, 5)), 2U);
  EXPECT_EQ(must(one.note(c, 6)), 1U);
  c.epoch++;
  EXPECT_EQ(error_of(one.note(c, 6)), errc::conflict);
}

TEST_F(run_protocol_test, whoever_is_set_aside_is_listed_once_and_counted) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  slot_end dead;
  dead.slot = s.place.slot_in_block();
  dead.id = s.value.id;
  dead.skipped = 1;
  dead.reason = skip_reason::dead_letter;
  must(one.commit(c, std::vector{dead}, false));
  must(one.commit(c, std::vector{dead}, true));
  notification_store desk(redis, {shards, 3600s});
  const auto listed = must(desk.dead_letters("anewz", run_id));
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].subscriber, s.value.id);
  EXPECT_EQ(count().skipped_for(skip_reason::dead_letter), 1U);
  EXPECT_EQ(error_of(desk.dead_letters("anewz", "digest-20000101T0000Z")), errc::not_found);
}

TEST_F(run_protocol_test, whoever_is_set_aside_from_the_retry_set_is_listed_too) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  must(one.commit(c, std::vector{to_be_tried_again(s, at)}, true));
  const auto entry = must(one.claim_retries(s.place.shard, 8)).at(0);
  retry_end end;
  end.end.slot = s.place.slot_in_block();
  end.end.id = s.value.id;
  end.end.skipped = 1;
  end.end.reason = skip_reason::dead_letter;
  must(one.settle_retry(entry, end));
  notification_store desk(redis, {shards, 3600s});
  EXPECT_EQ(must(desk.dead_letters("anewz", run_id)).size(), 1U);
  EXPECT_EQ(count().skipped_for(skip_reason::dead_letter), 1U);
}

TEST_F(run_protocol_test, a_worker_names_somebody_once_however_often_it_says_it) {
  const auto s = opened_with("aa");
  const std::uint32_t shard = s.place.shard;
  walk_store one(redis, with);
  EXPECT_TRUE(must(one.suspects(shard, run_id)).empty());
  must(blame(redis, shard, run_id, s.value.id, "first", 3600s));
  must(blame(redis, shard, run_id, s.value.id, "first", 3600s));
  auto named = must(one.suspects(shard, run_id));
  ASSERT_EQ(named.size(), 1U);
  EXPECT_EQ(named[0].id, s.value.id);
  EXPECT_EQ(named[0].times, 1U);
  must(blame(redis, shard, run_id, s.value.id, "second", 3600s));
  EXPECT_EQ(must(one.suspects(shard, run_id)).at(0).times, 2U);
  EXPECT_TRUE(must(one.suspects(shard, "digest-anewz-20260102T0000Z")).empty());
}

TEST_F(run_protocol_test, a_block_reads_who_is_in_it) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  const auto block = must(one.read(c));
  ASSERT_EQ(block->members().size(), 1U);
  const member& m = block->members()[0];
  EXPECT_EQ(m.id, s.value.id);
  EXPECT_LT(m.joined, c.seq);
  ASSERT_EQ(m.devices.size(), 1U);
  EXPECT_EQ(m.devices[0].token, s.value.devices[0].token);
}

TEST_F(run_protocol_test, a_repeated_commit_counts_once_and_marks_only_the_accepted) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  const std::vector ends{accepted(s)};
  must(one.commit(c, ends, false));
  EXPECT_EQ(count().accepted, 1U);
  const auto before = without_leases();
  const auto repeated = must(one.commit(c, ends, false));
  EXPECT_TRUE(repeated.settled_before.test(s.place.slot_in_block()));
  EXPECT_EQ(without_leases(), before);
  EXPECT_EQ(read(s).mark, date);
  must(one.commit(c, {}, true));
  EXPECT_EQ(part_field(s, "state"), "done");
  EXPECT_EQ(part_field(s, "pending"), "0");
}

TEST_F(run_protocol_test, a_commit_marks_the_slots_given_and_none_between_them) {
  const auto s = opened_with("aa");
  const std::uint8_t first = s.place.slot_in_block();
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  const auto mark_of = [&](unsigned slot) {
    return text(command{"GETRANGE", marks_key(c.shard, c.cohort, c.block), slot * 2, slot * 2 + 1});
  };
  const auto given = [&](std::initializer_list<unsigned> slots) {
    std::vector<slot_end> ends;
    for (const unsigned slot : slots) {
      ends.push_back(accepted(s));
      ends.back().slot = static_cast<std::uint8_t>(slot);
    }
    return ends;
  };
  const auto mark_by_another = [&](unsigned slot) {
    ask(command{"SETRANGE", marks_key(c.shard, c.cohort, c.block), slot * 2, "zz"});
  };
  mark_by_another(first + 2U);
  must(one.commit(c, given({first + 1U, first + 3U}), false));
  const std::string today = mark_of(first + 1U);
  EXPECT_EQ(today.size(), 2U);
  EXPECT_NE(today, std::string(2, '\0'));
  EXPECT_EQ(mark_of(first), std::string(2, '\0'));
  EXPECT_EQ(mark_of(first + 2U), "zz");
  EXPECT_EQ(mark_of(first + 3U), today);
  // One of them was settled by somebody else, and has had another mark since.
  mark_by_another(first + 1U);
  must(one.commit(c, given({first + 1U, first + 4U, first + 6U}), false));
  EXPECT_EQ(mark_of(first + 1U), "zz");
  EXPECT_EQ(mark_of(first + 4U), today);
  EXPECT_EQ(mark_of(first + 5U), std::string(2, '\0'));
  EXPECT_EQ(mark_of(first + 6U), today);
}

TEST_F(run_protocol_test, a_skip_is_counted_with_its_reason_and_sets_no_mark) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  slot_end skipped;
  skipped.slot = s.place.slot_in_block();
  skipped.id = s.value.id;
  skipped.skipped = 1;
  skipped.reason = skip_reason::empty;
  must(one.commit(c, std::vector{skipped}, true));
  EXPECT_EQ(count().skipped_for(skip_reason::empty), 1U);
  EXPECT_EQ(read(s).mark.days, 0);
}

TEST_F(run_protocol_test, a_final_commit_executed_twice_does_not_finish_another_block) {
  const auto s = enrol("aa").subscriber;
  ask(command{"HSET", shard_key(s.place.shard, "co:" + to_text(s.place.cohort)), "next", 512});
  fall_due(s);
  open(s.place.shard, {opening(s)});
  walk_store one(redis, with);
  const auto both = claims(one, s.place.shard, 1);
  ASSERT_EQ(both.size(), 2U);
  must(one.commit(both[1], {}, true));
  must(one.commit(both[1], {}, true));
  EXPECT_EQ(part_field(s, "done"), "1");
  EXPECT_EQ(part_field(s, "state"), "open");
  must(one.commit(both[0], std::vector{accepted(s)}, true));
  EXPECT_EQ(part_field(s, "state"), "done");
}

TEST_F(run_protocol_test, the_truth_of_a_stale_holder_is_taken_once_and_its_lease_is_not_its_own) {
  const auto s = opened_with("aa");
  with.lease = 1ms;
  walk_store one(redis, with);
  const auto stale = claims(one, s.place.shard, 1).at(0);
  with.lease = 30s;
  const auto fresh = taken_over(s.place.shard);
  ASSERT_EQ(fresh.size(), 1U);
  EXPECT_EQ(fresh[0].epoch, 2U);
  EXPECT_TRUE(fresh[0].in_doubt);
  EXPECT_TRUE(must(one.commit(stale, std::vector{accepted(s)}, true)).lease_lost);
  EXPECT_EQ(part_field(s, "state"), "open");
  walk_store two(redis, with);
  must(two.commit(fresh[0], std::vector{accepted(s)}, true));
  EXPECT_EQ(count().accepted, 1U);
  EXPECT_EQ(part_field(s, "state"), "done");
}

TEST_F(run_protocol_test, a_released_block_is_claimed_again_at_once) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  must(one.release(c, {}));
  must(one.release(c, {}));
  const auto again = taken_over(s.place.shard);
  EXPECT_EQ(again.at(0).epoch, 2U);
  EXPECT_FALSE(again.at(0).in_doubt);
}

TEST_F(run_protocol_test, a_block_that_rests_is_nobodys_until_then_and_leaves_nothing_in_doubt) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  must(one.release(c, 1h));  // at most a lease
  must(one.release(c, 1h));
  const std::string member = run_id + '|' + to_text(s.place.cohort) + "|0";
  const std::string leases = shard_key(s.place.shard, "ls");
  EXPECT_TRUE(claims(one, s.place.shard, 2).empty());
  EXPECT_FALSE(must(book.look())[s.place.shard].blocks[0]);
  ask(command{"ZINCRBY", leases, -30'000, member});
  const auto again = claims(one, s.place.shard, 3);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].epoch, 2U);
  EXPECT_FALSE(again[0].in_doubt);
}

TEST_F(run_protocol_test, a_block_does_not_rest_beyond_its_deadline) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  const auto now = must(time(redis));
  ask(command{"HSET", part_key(s), "deadline", ms(now)});
  must(one.release(c, 30s));
  EXPECT_EQ(taken_over(s.place.shard).size(), 1U);
}

TEST_F(run_protocol_test, a_retry_that_is_put_off_is_no_attempt) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  slot_end later;
  later.slot = s.place.slot_in_block();
  later.id = s.value.id;
  later.retry_devices = 1;
  later.retry_at = must(time(redis));
  must(one.commit(c, std::vector{later}, true));
  const auto entries = must(one.claim_retries(s.place.shard, 8));
  ASSERT_EQ(entries.size(), 1U);
  retry_end end;
  end.end = later;
  end.put_off = true;
  must(one.settle_retry(entries[0], end));
  const auto again = must(one.claim_retries(s.place.shard, 8));
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].attempt, entries[0].attempt);
  EXPECT_EQ(count().retries, 1U);
  EXPECT_EQ(count().pending, 1U);
}

TEST_F(run_protocol_test, a_lease_further_ahead_than_a_lease_counts_as_run_out) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  claims(one, s.place.shard, 1);
  const std::string member = run_id + '|' + to_text(s.place.cohort) + "|0";
  ask(command{"ZADD", shard_key(s.place.shard, "ls"), ms(at + 2h), member});
  EXPECT_EQ(taken_over(s.place.shard).at(0).epoch, 2U);
}

TEST_F(run_protocol_test, a_part_is_not_done_while_somebody_is_to_be_tried_again) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  must(one.commit(c, std::vector{to_be_tried_again(s, at)}, true));
  EXPECT_EQ(part_field(s, "state"), "open");
  EXPECT_EQ(count().pending, 1U);
  EXPECT_EQ(count().retries, 1U);

  const auto entries = must(one.claim_retries(s.place.shard, 8));
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].attempt, 1);
  EXPECT_TRUE(must(one.claim_retries(s.place.shard, 8)).empty());  // put off by a lease
  retry_end end;
  end.end = accepted(s);
  end.at_place = true;
  end.date = date;
  must(one.settle_retry(entries[0], end));
  must(one.settle_retry(entries[0], end));
  EXPECT_EQ(count().accepted, 1U);
  EXPECT_EQ(part_field(s, "state"), "done");
  EXPECT_EQ(read(s).mark, date);
}

TEST_F(run_protocol_test, who_was_erased_after_the_opening_is_counted_as_gone) {
  const auto s = opened_with("aa");
  must(roster.erase(s, defaults));
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  EXPECT_TRUE(must(one.read(c))->members().empty());
  must(one.commit(c, {}, true));
  EXPECT_EQ(count().skipped_for(skip_reason::gone), 1U);
  EXPECT_EQ(part_field(s, "state"), "done");
}

TEST_F(run_protocol_test, who_registers_after_the_opening_is_not_concerned) {
  const auto s = opened_with(token_in(1));
  const auto late = enrol(token_in(1, 1)).subscriber;
  ASSERT_EQ(to_text(late.place.cohort), to_text(s.place.cohort));
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  const auto block = must(one.read(c));
  ASSERT_EQ(block->members().size(), 2U);
  for (const member& m : block->members()) {
    EXPECT_EQ(m.joined < c.seq, m.id == s.value.id);
  }
}

TEST_F(run_protocol_test, who_moves_away_takes_the_duty_along_and_gets_one_digest_of_the_date) {
  const auto s = opened_with("aa");
  const auto moved = change(s, [](subscriber& to) { to.wishes.digest_time = 9h; });
  EXPECT_EQ(moved.mark, date);
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  EXPECT_TRUE(c.settled.test(s.place.slot_in_block()));
  must(one.commit(c, {}, true));
  EXPECT_EQ(count().pending, 1U);
  const auto entries = must(one.claim_retries(s.place.shard, 8));
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_TRUE(entries[0].moved);
  retry_end end;
  end.end = accepted(s);
  must(one.settle_retry(entries[0], end));
  EXPECT_EQ(count().accepted, 1U);
  EXPECT_EQ(part_field(s, "state"), "done");
}

TEST_F(run_protocol_test, a_missing_part_is_an_error_and_never_nothing_to_do) {
  const auto s = opened_with("aa");
  ask(command{"DEL", part_key(s)});
  walk_store one(redis, with);
  EXPECT_EQ(error_of(one.claim_blocks(s.place.shard, send_lane::digest, 1, 4, {})), errc::shard_regressed);
}

TEST_F(run_protocol_test, nothing_is_claimed_beside_a_missing_part) {
  const auto s = enrol("aa").subscriber;
  const auto other = enrol(token_in(s.place.shard), "Asia/Tbilisi").subscriber;
  fall_due(s);
  fall_due(other);
  open(s.place.shard, {opening(s), opening(other)});
  for (const auto& missing : {s, other}) {
    ask(command{"RENAME", part_key(missing), "elsewhere"});
    const auto before = everything();
    walk_store one(redis, with);
    EXPECT_EQ(error_of(one.claim_blocks(s.place.shard, send_lane::digest, 1, 4, {})),
              errc::shard_regressed);
    EXPECT_EQ(everything(), before);
    ask(command{"RENAME", "elsewhere", part_key(missing)});
  }
  walk_store one(redis, with);
  EXPECT_EQ(claims(one, s.place.shard, 2).size(), 2U);
}

TEST_F(run_protocol_test, a_run_is_done_when_every_shard_has_reported_and_not_before) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  must(one.commit(c, std::vector{accepted(s)}, true));
  auto r = must(book.find("anewz", run_id));
  EXPECT_EQ(r.state, run_state::running);
  EXPECT_GE(r.count.pending, 1U);  // other shards have not opened
  EXPECT_TRUE(r.count.balanced());
  must(book.reconcile("anewz"));
  must(book.reconcile("anewz"));
  r = must(book.find("anewz", run_id));
  EXPECT_EQ(r.state, run_state::done);
  EXPECT_EQ(r.count.accepted, 1U);
  EXPECT_EQ(r.count.pending, 0U);
  EXPECT_TRUE(r.finished_at.has_value());
}

TEST_F(run_protocol_test, an_opened_shard_that_lost_its_run_is_an_error) {
  const auto s = opened_with("aa");
  ask(command{"DEL", shard_key(s.place.shard, "run:" + run_id)});
  EXPECT_EQ(error_of(book.reconcile("anewz")), errc::shard_regressed);
}

TEST_F(run_protocol_test, a_slot_says_why_nothing_came) {
  const auto s = opened_with("aa");
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  slot_end skipped;
  skipped.slot = s.place.slot_in_block();
  skipped.id = s.value.id;
  skipped.skipped = 1;
  skipped.reason = skip_reason::muted;
  must(one.commit(c, std::vector{skipped}, true));
  EXPECT_EQ(part_field(s, "w0"),
            std::string({static_cast<char>(s.place.slot_in_block()),
                         static_cast<char>(skip_reason::muted)}));
}

}  // namespace
}  // namespace paperboy::redis::testing

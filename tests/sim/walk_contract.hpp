#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/ports/roster.hpp"
#include "core/ports/run_book.hpp"
#include "core/ports/walk.hpp"
#include "tests/core/fakes/ends.hpp"

// The rules of the run protocol, for any store that says it keeps them: the model in memory and
// Redis. A world has: worker(name, lease), book(), wait(task), enrol(token), erase(s), move(s),
// mark_of(s), fall_due(s, at, date), give_out_slots(s, n), make_retry_due(s, run, at), clock().
namespace paperboy::sim {

using namespace std::chrono_literals;

template <class World>
class walk_contract : public ::testing::Test {
 protected:
  template <class T>
  T must(task<result<T>> work) {
    auto outcome = world.wait(std::move(work));
    if (!outcome) throw std::runtime_error(outcome.error().message());
    if constexpr (!std::is_void_v<T>) return std::move(*outcome);
  }
  stored_subscriber opened_with(const std::string& token) {
    const auto s = world.enrol(token);
    open(s);
    return s;
  }
  // In the first of two blocks.
  stored_subscriber opened_with_two_blocks(const std::string& token) {
    const auto s = world.enrol(token);
    world.give_out_slots(s, 512);
    open(s);
    return s;
  }
  void open(const stored_subscriber& s) {
    at = std::chrono::floor<std::chrono::minutes>(world.clock());
    run_id = digest_run_id("anewz", at);
    world.fall_due(s, at, date);
    const std::vector<part_opening> parts{{to_text(s.place.cohort), date,
                                           static_cast<std::uint8_t>(date.weekday()), at + 24h,
                                           date.plus(1)}};
    must(world.book().start("anewz", run_id, at));
    must(world.book().open(s.place.shard, "anewz", run_id, at, at + 4h, at, parts));
  }
  std::vector<claim> claims(walk& by, const stored_subscriber& s, std::uint64_t nonce) {
    return must(by.claim_blocks(s.place.shard, send_lane::digest, nonce, 4, {}));
  }
  // Both blocks of opened_with_two_blocks().
  std::array<claim, 2> both_claimed(walk& by, const stored_subscriber& s) {
    auto both = claims(by, s, 1);
    if (both.size() != 2) throw std::runtime_error("not two blocks");
    return {std::move(both[0]), std::move(both[1])};
  }
  // As soon as the lease of whoever holds it has run out.
  claim taken_over(walk& by, const stored_subscriber& s) {
    for (std::uint64_t nonce = 1; nonce < 100'000; ++nonce) {
      auto got = claims(by, s, nonce);
      if (!got.empty()) return got[0];
    }
    throw std::runtime_error("the lease does not run out");
  }
  // As when its time has come.
  retry_entry claimed_when_due(walk& by, const stored_subscriber& s) {
    world.make_retry_due(s, run_id, at);
    return must(by.claim_retries(s.place.shard, 8)).at(0);
  }
  ledger count() {
    const auto r = must(world.book().find("anewz", run_id));
    EXPECT_TRUE(r.count.balanced());
    return r.count;
  }

  World world;
  instant at{};
  local_date date{20'781};
  std::string run_id;
};

TYPED_TEST_SUITE_P(walk_contract);

TYPED_TEST_P(walk_contract, the_same_nonce_gets_the_same_block_and_another_gets_none) {
  const auto s = this->opened_with("aa");
  const auto one = this->world.worker("one", 30s);
  EXPECT_EQ(this->claims(*one, s, 7).at(0).epoch, 1U);
  EXPECT_EQ(this->claims(*one, s, 7).at(0).epoch, 1U);
  EXPECT_TRUE(this->claims(*one, s, 8).empty());
}

TYPED_TEST_P(walk_contract, a_repeated_commit_counts_once_and_marks_the_accepted) {
  const auto s = this->opened_with("aa");
  const auto one = this->world.worker("one", 30s);
  const auto c = this->claims(*one, s, 1).at(0);
  const std::vector ends{testing::accepted(s)};
  EXPECT_FALSE(this->must(one->commit(c, ends, false)).settled_before.test(ends[0].slot));
  EXPECT_TRUE(this->must(one->commit(c, ends, false)).settled_before.test(ends[0].slot));
  EXPECT_EQ(this->count().accepted, 1U);
  EXPECT_EQ(this->world.mark_of(s), this->date);
}

TYPED_TEST_P(walk_contract, a_final_commit_executed_twice_does_not_finish_another_block) {
  const auto s = this->opened_with_two_blocks("aa");
  const auto one = this->world.worker("one", 30s);
  const auto both = this->both_claimed(*one, s);
  this->must(one->commit(both[1], {}, true));
  this->must(one->commit(both[1], {}, true));
  EXPECT_EQ(this->count().pending, 1U);
  this->must(one->commit(both[0], std::vector{testing::accepted(s)}, true));
  EXPECT_EQ(this->count().accepted, 1U);
}

TYPED_TEST_P(walk_contract, blocks_committed_in_one_call_count_and_end_as_each_alone) {
  const auto s = this->opened_with_two_blocks("aa");
  const auto one = this->world.worker("one", 30s);
  const auto both = this->both_claimed(*one, s);
  const std::vector ends{testing::accepted(s)};
  const std::vector<block_commit> commits{{&both[1], {}, true}, {&both[0], ends, true}};
  const auto answers = this->must(one->commit_all(commits));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_TRUE(answers[0].settled.none());
  EXPECT_TRUE(answers[1].settled.test(ends[0].slot));
  EXPECT_FALSE(answers[0].lease_lost || answers[1].lease_lost);
  EXPECT_EQ(this->count().accepted, 1U);
  EXPECT_EQ(this->world.mark_of(s), this->date);
  // Once more, as when its answer was lost: the part is done, and says nothing of its slots.
  const auto again = this->must(one->commit_all(commits));
  ASSERT_EQ(again.size(), 2U);
  EXPECT_TRUE(again[1].settled.none());
  EXPECT_EQ(this->count().accepted, 1U);
}

TYPED_TEST_P(walk_contract, one_call_keeps_the_retries_of_each_block) {
  const auto s = this->opened_with_two_blocks("aa");
  const auto one = this->world.worker("one", 30s);
  const auto both = this->both_claimed(*one, s);
  const std::vector ends{testing::to_be_tried_again(s, this->at)};
  const std::vector<block_commit> commits{{&both[0], ends, true}, {&both[1], {}, true}};
  const auto answers = this->must(one->commit_all(commits));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_TRUE(answers[0].settled.test(ends[0].slot));
  EXPECT_TRUE(answers[1].settled.none());
  EXPECT_EQ(this->count().pending, 1U);
  retry_end end;
  end.end = testing::accepted(s);
  this->must(one->settle_retry(this->claimed_when_due(*one, s), end));
  EXPECT_EQ(this->count().accepted, 1U);
}

TYPED_TEST_P(walk_contract, one_call_tells_each_block_whether_it_is_lost) {
  const auto s = this->opened_with_two_blocks("aa");
  const auto one = this->world.worker("one", 30s);
  const auto both = this->both_claimed(*one, s);
  this->must(one->release(both[0], 0ms));
  const auto two = this->world.worker("two", 30s);
  ASSERT_EQ(this->claims(*two, s, 1).size(), 1U);
  const std::vector<block_commit> commits{{&both[0], {}, false}, {&both[1], {}, false}};
  const auto answers = this->must(one->commit_all(commits));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_TRUE(answers[0].lease_lost);
  EXPECT_FALSE(answers[1].lease_lost);
}

TYPED_TEST_P(walk_contract, a_block_that_stands_in_a_call_twice_counts_once) {
  const auto s = this->opened_with("aa");
  const auto one = this->world.worker("one", 30s);
  const auto c = this->claims(*one, s, 1).at(0);
  const std::vector ends{testing::accepted(s)};
  const std::vector<block_commit> commits{{&c, ends, false}, {&c, {}, false}, {&c, ends, false}};
  const auto answers = this->must(one->commit_all(commits));
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_TRUE(answers[2].settled.test(ends[0].slot));
  EXPECT_TRUE(answers[2].settled_before.test(ends[0].slot));
  EXPECT_EQ(this->count().accepted, 1U);
  EXPECT_TRUE(this->must(one->commit(c, {}, false)).settled.test(ends[0].slot));
}

TYPED_TEST_P(walk_contract, a_stale_holders_truth_is_taken_once_and_its_lease_is_not_its_own) {
  const auto s = this->opened_with("aa");
  const auto one = this->world.worker("one", 1ms);
  const auto stale = this->claims(*one, s, 1).at(0);
  const auto two = this->world.worker("two", 30s);
  const auto fresh = this->taken_over(*two, s);
  EXPECT_EQ(fresh.epoch, 2U);
  EXPECT_TRUE(fresh.in_doubt);
  EXPECT_TRUE(this->must(one->commit(stale, std::vector{testing::accepted(s)}, true)).lease_lost);
  EXPECT_FALSE(this->must(two->commit(fresh, std::vector{testing::accepted(s)}, true)).lease_lost);
  EXPECT_EQ(this->count().accepted, 1U);
  EXPECT_GE(this->count().eligible, 1U);
}

TYPED_TEST_P(walk_contract, a_late_commit_to_a_part_that_is_done_changes_nothing) {
  const auto s = this->opened_with("aa");
  const auto one = this->world.worker("one", 1ms);
  const auto stale = this->claims(*one, s, 1).at(0);
  this->world.erase(s);
  const auto two = this->world.worker("two", 30s);
  this->must(two->commit(this->taken_over(*two, s), {}, true));
  const ledger before = this->count();
  EXPECT_EQ(before.skipped_for(skip_reason::gone), 1U);
  EXPECT_TRUE(this->must(one->commit(stale, std::vector{testing::accepted(s)}, true)).lease_lost);
  EXPECT_EQ(this->count(), before);
}

TYPED_TEST_P(walk_contract, a_block_that_was_given_back_is_claimed_at_once_and_not_in_doubt) {
  const auto s = this->opened_with("aa");
  const auto one = this->world.worker("one", 30s);
  const auto c = this->claims(*one, s, 1).at(0);
  this->must(one->release(c, 0ms));
  this->must(one->release(c, 0ms));
  const auto again = this->claims(*one, s, 2).at(0);
  EXPECT_EQ(again.epoch, 2U);
  EXPECT_FALSE(again.in_doubt);
}

TYPED_TEST_P(walk_contract, a_note_that_is_withdrawn_leaves_those_of_others_and_of_other_slots) {
  const auto s = this->opened_with("aa");
  const auto one = this->world.worker("one", 1ms);
  const auto stale = this->claims(*one, s, 1).at(0);
  EXPECT_EQ(this->must(one->note(stale, 5)), 1U);
  const auto two = this->world.worker("two", 30s);
  const auto fresh = this->taken_over(*two, s);
  EXPECT_EQ(this->must(two->note(fresh, 5)), 2U);
  this->must(one->withdraw_note(stale, 5));
  EXPECT_EQ(this->must(two->note(fresh, 5)), 2U);
  EXPECT_EQ(this->must(two->note(fresh, 6)), 1U);
  this->must(one->withdraw_note(stale, 5));
  EXPECT_EQ(this->must(two->note(fresh, 6)), 2U);
  for (int i = 0; i < 3; ++i) this->must(two->withdraw_note(fresh, 6));
  EXPECT_EQ(this->must(two->note(fresh, 6)), 1U);
}

TYPED_TEST_P(walk_contract, whoever_is_to_be_tried_again_is_owed_until_it_is_settled_once) {
  const auto s = this->opened_with("aa");
  const auto one = this->world.worker("one", 30s);
  const auto c = this->claims(*one, s, 1).at(0);
  this->must(one->commit(c, std::vector{testing::to_be_tried_again(s, this->at)}, true));
  EXPECT_EQ(this->count().pending, 1U);
  const auto entry = this->must(one->claim_retries(s.place.shard, 8)).at(0);
  EXPECT_EQ(entry.attempt, 1);
  EXPECT_FALSE(entry.ambiguous);
  EXPECT_TRUE(this->must(one->claim_retries(s.place.shard, 8)).empty());
  retry_end end;
  end.end = testing::accepted(s);
  end.at_place = true;
  end.date = this->date;
  this->must(one->settle_retry(entry, end));
  this->must(one->settle_retry(entry, end));
  EXPECT_EQ(this->count().accepted, 1U);
  EXPECT_EQ(this->world.mark_of(s), this->date);
}

TYPED_TEST_P(walk_contract, an_entry_that_was_claimed_and_not_settled_goes_quietly) {
  const auto s = this->opened_with("aa");
  const auto one = this->world.worker("one", 1ms);
  const auto c = this->taken_over(*one, s);
  this->must(one->commit(c, std::vector{testing::to_be_tried_again(s, this->at)}, true));
  const auto lost = this->claimed_when_due(*one, s);
  EXPECT_FALSE(lost.ambiguous);
  const auto again = this->claimed_when_due(*one, s);
  EXPECT_TRUE(again.ambiguous);
  retry_end end;
  end.end = testing::accepted(s);
  this->must(one->settle_retry(lost, end));  // no longer its own
  EXPECT_EQ(this->count().accepted, 0U);
  this->must(one->settle_retry(again, end));
  EXPECT_EQ(this->count().accepted, 1U);
}

TYPED_TEST_P(walk_contract, a_settlement_is_repeated_in_vain_when_the_entry_was_claimed_again) {
  const auto s = this->opened_with("aa");
  const auto one = this->world.worker("one", 30s);
  const auto c = this->claims(*one, s, 1).at(0);
  this->must(one->commit(c, std::vector{testing::to_be_tried_again(s, this->at)}, true));
  const auto first = this->claimed_when_due(*one, s);
  retry_end put_off;
  put_off.end = testing::to_be_tried_again(s, this->at);
  put_off.put_off = true;
  this->must(one->settle_retry(first, put_off));
  const auto second = this->claimed_when_due(*one, s);
  EXPECT_FALSE(second.ambiguous);
  this->must(one->settle_retry(first, put_off));
  EXPECT_TRUE(this->must(one->claim_retries(s.place.shard, 8)).empty());
  retry_end end;
  end.end = testing::accepted(s);
  this->must(one->settle_retry(second, end));
  EXPECT_EQ(this->count().accepted, 1U);
}

TYPED_TEST_P(walk_contract, who_moves_away_takes_the_duty_along) {
  const auto s = this->opened_with("aa");
  EXPECT_EQ(this->world.move(s).mark, this->date);
  const auto one = this->world.worker("one", 30s);
  const auto c = this->claims(*one, s, 1).at(0);
  EXPECT_TRUE(c.settled.test(s.place.slot_in_block()));
  this->must(one->commit(c, {}, true));
  EXPECT_EQ(this->count().pending, 1U);
  const auto entry = this->must(one->claim_retries(s.place.shard, 8)).at(0);
  EXPECT_TRUE(entry.moved);
  retry_end end;
  end.end = testing::accepted(s);
  this->must(one->settle_retry(entry, end));
  EXPECT_EQ(this->count().accepted, 1U);
}

TYPED_TEST_P(walk_contract, a_holder_is_told_at_its_next_commit_who_moved_away) {
  const auto s = this->opened_with("aa");
  const auto one = this->world.worker("one", 30s);
  const auto c = this->claims(*one, s, 1).at(0);
  EXPECT_FALSE(this->must(one->commit(c, {}, false)).settled.test(s.place.slot_in_block()));
  this->world.move(s);
  EXPECT_TRUE(this->must(one->commit(c, {}, false)).settled.test(s.place.slot_in_block()));
}

TYPED_TEST_P(walk_contract, a_stale_holders_retry_waits_for_the_lease_and_goes_quietly) {
  const auto s = this->opened_with("aa");
  const auto one = this->world.worker("one", 1ms);
  const auto stale = this->claims(*one, s, 1).at(0);
  const auto two = this->world.worker("two", 30s);
  const auto fresh = this->taken_over(*two, s);
  this->must(one->commit(stale, std::vector{testing::to_be_tried_again(s, this->at)}, true));
  EXPECT_TRUE(this->must(two->claim_retries(s.place.shard, 8)).empty());
  EXPECT_TRUE(this->claimed_when_due(*two, s).ambiguous);
  EXPECT_TRUE(this->must(two->commit(fresh, {}, true)).settled.test(s.place.slot_in_block()));
}

TYPED_TEST_P(walk_contract, a_run_ends_where_whoever_was_to_be_opened_yet_has_left) {
  const auto s = this->world.enrol("aa");
  this->at = std::chrono::floor<std::chrono::minutes>(this->world.clock());
  this->run_id = digest_run_id("anewz", this->at);
  this->world.fall_due(s, this->at, this->date);
  auto& book = this->world.book();
  this->must(book.start("anewz", this->run_id, this->at));
  // By a worker that looked before they fell due.
  this->must(book.open(s.place.shard, "anewz", this->run_id, this->at, this->at, this->at, {}));
  this->must(book.reconcile("anewz"));
  EXPECT_EQ(this->must(book.find("anewz", this->run_id)).state, run_state::running);
  this->world.erase(s);
  this->must(book.reconcile("anewz"));
  this->must(book.reconcile("anewz"));
  EXPECT_TRUE(this->must(book.find("anewz", this->run_id)).finished_at.has_value());
}

REGISTER_TYPED_TEST_SUITE_P(walk_contract,
                            the_same_nonce_gets_the_same_block_and_another_gets_none,
                            a_repeated_commit_counts_once_and_marks_the_accepted,
                            a_final_commit_executed_twice_does_not_finish_another_block,
                            blocks_committed_in_one_call_count_and_end_as_each_alone,
                            one_call_keeps_the_retries_of_each_block,
                            one_call_tells_each_block_whether_it_is_lost,
                            a_block_that_stands_in_a_call_twice_counts_once,
                            a_stale_holders_truth_is_taken_once_and_its_lease_is_not_its_own,
                            a_late_commit_to_a_part_that_is_done_changes_nothing,
                            a_block_that_was_given_back_is_claimed_at_once_and_not_in_doubt,
                            a_note_that_is_withdrawn_leaves_those_of_others_and_of_other_slots,
                            whoever_is_to_be_tried_again_is_owed_until_it_is_settled_once,
                            an_entry_that_was_claimed_and_not_settled_goes_quietly,
                            a_settlement_is_repeated_in_vain_when_the_entry_was_claimed_again,
                            who_moves_away_takes_the_duty_along,
                            a_holder_is_told_at_its_next_commit_who_moved_away,
                            a_stale_holders_retry_waits_for_the_lease_and_goes_quietly,
                            a_run_ends_where_whoever_was_to_be_opened_yet_has_left);

}  // namespace paperboy::sim

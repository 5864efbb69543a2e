#include <gtest/gtest.h>

#include "adapters/redis/clock.hpp"
#include "adapters/redis/notification_store.hpp"
#include "adapters/redis/run_book_store.hpp"
#include "adapters/redis/scripts.hpp"
#include "adapters/redis/walk_store.hpp"
#include "core/ports/run_book.hpp"
#include "tests/adapters/redis/roster_fixture.hpp"

namespace paperboy::redis::testing {
namespace {

using namespace std::chrono_literals;

// Notification runs over a real Redis, from the request to the end; each step called twice where the
// answer of the first may have been lost.
class notification_protocol_test : public roster_test {
 protected:
  notification_protocol_test() {
    at = std::chrono::floor<std::chrono::seconds>(must(time(redis)));
    run = notification_run_id(at, 7);
    with.shards = shards;
    with.worker = "one";
    with.days["anewz"] = weekdays::all();
    order.audience.topics = {"breaking"};
    order.news.title = {{"en", "Quake"}, {"az", "Zəlzələ"}};
    order.news.url = "https://anewz.tv/quake";
    order.item_id = "quake";
    order.time_to_live = 1h;
  }

  order_answer enter(const std::string& id, instant due, const std::string& key = "k1",
                     const std::string& body = "b1") {
    return must(notes.enter("anewz", id, due, order, {key, body}));
  }
  void open(std::uint32_t shard, const shard_audience& whom) {
    must(notes.open(shard, "anewz", run, at, at + 1h, whom));
  }
  static frozen_member frozen(const stored_subscriber& s) {
    return {s.value.id, 1, to_text(s.place.cohort), s.place.slot};
  }
  // A run with one list part, of these.
  void open_list(std::uint32_t shard, const std::vector<stored_subscriber>& people) {
    enter(run, at);
    must(notes.due("anewz"));
    shard_audience whom;
    for (const auto& s : people) whom.members.push_back(frozen(s));
    open(shard, whom);
  }
  // Every shard opened: the others for nobody.
  void open_everywhere(std::uint32_t shard, const std::vector<stored_subscriber>& people) {
    open_list(shard, people);
    for (std::uint32_t other = 0; other < shards; ++other) {
      if (other != shard) open(other, {});
    }
    must(notes.opened("anewz", run));
  }
  std::vector<claim> claims(walk_store& worker, std::uint32_t shard, std::uint64_t nonce,
                            send_lane lane = send_lane::instant) {
    return must(worker.claim_blocks(shard, lane, nonce, 4, {}));
  }
  static slot_end end_of(const claim& c, const member& m) {
    (void)c;
    slot_end e;
    e.slot = m.slot;
    e.id = m.id;
    e.remember = true;
    e.home = m.cohort;
    e.home_slot = m.home_slot;
    return e;
  }
  // The first member of the first block has it, and the block is finished.
  void reach_the_first(std::uint32_t shard) {
    walk_store one(redis, with);
    const auto c = claims(one, shard, 1).at(0);
    const auto block = must(one.read(c));
    must(one.commit(c, std::vector{accepted(c, block->members()[0])}, true));
  }
  static slot_end accepted(const claim& c, const member& m) {
    auto e = end_of(c, m);
    e.accepted = 1;
    return e;
  }
  ledger count() {
    must(book.reconcile("anewz"));
    const auto r = must(book.find("anewz", run));
    EXPECT_TRUE(r.count.balanced());
    return r.count;
  }
  run_state state() { return must(book.find("anewz", run)).state; }

  instant at{};
  std::string run;
  notification_order order;
  walk_store::settings with;
  run_book_store book{redis, {shards, 3600s}};
  notification_store notes{redis, {shards, 3600s}};
};

TEST_F(notification_protocol_test, the_same_request_is_told_the_run_it_made) {
  EXPECT_EQ(enter(run, at).end, order_end::entered);
  const auto before = everything();
  const auto again = enter(notification_run_id(at, 8), at);
  EXPECT_EQ(again.end, order_end::repeated);
  EXPECT_EQ(again.run, run);
  EXPECT_EQ(everything(), before);
}

TEST_F(notification_protocol_test, another_request_under_the_same_key_changes_nothing) {
  enter(run, at);
  const auto before = everything();
  EXPECT_EQ(enter(notification_run_id(at, 8), at, "k1", "b2").end, order_end::other_body);
  EXPECT_EQ(everything(), before);
}

TEST_F(notification_protocol_test, a_request_is_recalled_without_being_made) {
  EXPECT_FALSE(must(notes.recall("anewz", {"k1", "b1"})));
  enter(run, at);
  EXPECT_EQ(must(notes.recall("anewz", {"k1", "b1"}))->end, order_end::repeated);
  EXPECT_EQ(must(notes.recall("anewz", {"k1", "b1"}))->run, run);
  EXPECT_EQ(must(notes.recall("anewz", {"k1", "b2"}))->end, order_end::other_body);
}

TEST_F(notification_protocol_test, an_order_is_read_as_it_was_written) {
  order.audience.match = topic_match::all;
  order.news.body = {{"en", "Near the coast"}};
  order.news.image_url = "https://anewz.tv/q.jpg";
  order.news.collapse_key = "quake-1";
  order.critical = true;
  order.send_at = at;
  enter(run, at);
  EXPECT_EQ(must(notes.order_of("anewz", run)), order);
}

TEST_F(notification_protocol_test, a_run_is_due_at_its_instant_and_not_before) {
  enter(run, at);
  const auto later = notification_run_id(at + 1h, 9);
  enter(later, at + 1h, "k2");
  const auto due = must(notes.due("anewz"));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].run, run);
  EXPECT_EQ(state(), run_state::running);
  EXPECT_EQ(must(book.find("anewz", later)).state, run_state::scheduled);
  EXPECT_EQ(must(book.find("anewz", later)).count, ledger{});
}

TEST_F(notification_protocol_test, is_not_done_before_every_shard_has_opened_it) {
  const auto s = enrol("aa").subscriber;
  open_list(s.place.shard, {s});
  reach_the_first(s.place.shard);
  EXPECT_EQ(count().pending, 1U);
  EXPECT_EQ(state(), run_state::running);
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    if (shard != s.place.shard) open(shard, {});
  }
  EXPECT_EQ(count().pending, 0U);
  EXPECT_EQ(state(), run_state::done);
}

TEST_F(notification_protocol_test, a_list_is_opened_once) {
  const auto s = enrol("aa").subscriber;
  open_list(s.place.shard, {s});
  const auto before = everything();
  shard_audience other;
  other.members = {frozen(s), frozen(s)};
  open(s.place.shard, other);
  EXPECT_EQ(everything(), before);
  EXPECT_EQ(count().eligible, 1U);
}

TEST_F(notification_protocol_test, the_lanes_keep_apart) {
  const auto s = enrol("aa").subscriber;
  open_list(s.place.shard, {s});
  walk_store one(redis, with);
  EXPECT_TRUE(claims(one, s.place.shard, 1, send_lane::digest).empty());
  EXPECT_EQ(claims(one, s.place.shard, 2).size(), 1U);
}

TEST_F(notification_protocol_test, a_look_tells_the_lanes_apart) {
  const auto s = enrol("aa").subscriber;
  open_list(s.place.shard, {s});
  const auto looks = must(book.look());
  EXPECT_FALSE(looks[s.place.shard].blocks[0]);
  EXPECT_TRUE(looks[s.place.shard].blocks[1]);
}

TEST_F(notification_protocol_test, a_member_is_found_where_its_record_lies_by_now) {
  const auto s = enrol("aa").subscriber;
  open_everywhere(s.place.shard, {s});
  const auto moved = change(s, [](subscriber& who) { who.wishes.time_zone = "Europe/London"; });
  ASSERT_NE(moved.place.cohort, s.place.cohort);
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  EXPECT_TRUE(c.listed());
  const auto block = must(one.read(c));
  ASSERT_EQ(block->members().size(), 1U);
  const member& m = block->members()[0];
  EXPECT_EQ(m.id, s.value.id);
  EXPECT_EQ(m.cohort, to_text(moved.place.cohort));
  EXPECT_EQ(m.home_slot, moved.place.slot);
}

TEST_F(notification_protocol_test, a_member_who_moved_since_is_still_meant) {
  const auto s = enrol("aa").subscriber;
  open_everywhere(s.place.shard, {s});
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  change(s, [](subscriber& to) { to.wishes.digest_time = 9h; });
  const auto block = must(one.read(c));
  ASSERT_EQ(block->members().size(), 1U);
  EXPECT_LT(block->members()[0].joined, c.seq);
  ASSERT_EQ(block->members()[0].devices.size(), 1U);
  EXPECT_LT(block->members()[0].devices[0].joined, c.seq);
}

TEST_F(notification_protocol_test, a_newcomer_to_a_members_place_is_not_taken_for_it) {
  const auto s = enrol("aa").subscriber;
  open_everywhere(s.place.shard, {s});
  must(roster.erase(s, defaults));
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  EXPECT_TRUE(must(one.read(c))->members().empty());
  must(one.commit(c, {}, true));
  EXPECT_EQ(count().skipped_for(skip_reason::gone), 1U);
  EXPECT_EQ(state(), run_state::done);
}

TEST_F(notification_protocol_test, who_is_not_meant_after_all_is_taken_out_of_the_count) {
  const auto s = enrol("aa").subscriber;
  open_everywhere(s.place.shard, {s});
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  const auto block = must(one.read(c));
  auto e = end_of(c, block->members().front());
  e.excluded = 1;
  must(one.commit(c, std::vector{e}, false));
  const auto before = everything();
  EXPECT_EQ(count(), ledger{});
  must(one.commit(c, std::vector{e}, false));
  EXPECT_EQ(count(), ledger{});
  must(one.commit(c, {}, true));
  EXPECT_EQ(state(), run_state::done);
}

TEST_F(notification_protocol_test, an_accepted_item_is_known_to_the_readers_digests) {
  const auto s = enrol("aa").subscriber;
  open_everywhere(s.place.shard, {s});
  reach_the_first(s.place.shard);
  const auto had = must(notes.had_by(s));
  ASSERT_EQ(had.size(), 1U);
  EXPECT_EQ(had[0].run, run);
  EXPECT_FALSE(had[0].folded);
  const auto told = must(notes.told("anewz", at - 1h, at + 1s));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].item_id, "quake");
  EXPECT_EQ(read(s).mark, local_date{});
}

TEST_F(notification_protocol_test, an_item_that_was_put_off_is_known_as_such) {
  const auto s = enrol("aa").subscriber;
  open_everywhere(s.place.shard, {s});
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  const auto block = must(one.read(c));
  auto e = end_of(c, block->members()[0]);
  e.skipped = 1;
  e.reason = skip_reason::folded;
  must(one.commit(c, std::vector{e}, true));
  ASSERT_EQ(must(notes.had_by(s)).size(), 1U);
  EXPECT_TRUE(must(notes.had_by(s))[0].folded);
  EXPECT_EQ(count().skipped_for(skip_reason::folded), 1U);
}

TEST_F(notification_protocol_test, whoever_is_held_waits_without_having_been_tried) {
  const auto s = enrol("aa").subscriber;
  open_everywhere(s.place.shard, {s});
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  const auto block = must(one.read(c));
  auto e = end_of(c, block->members()[0]);
  e.retry_devices = 1;
  e.retry_at = at;
  e.held = true;
  must(one.commit(c, std::vector{e}, true));
  EXPECT_EQ(count().retries, 0U);
  EXPECT_EQ(count().pending, 1U);
  const auto entries = must(one.claim_retries(s.place.shard, 4));
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_TRUE(entries[0].held);
  EXPECT_EQ(entries[0].attempt, 0);
  retry_end end;
  end.end = accepted(c, block->members()[0]);
  must(one.settle_retry(entries[0], end));
  EXPECT_EQ(count().accepted, 1U);
  EXPECT_EQ(must(notes.had_by(s)).size(), 1U);
  EXPECT_EQ(state(), run_state::done);
}

TEST_F(notification_protocol_test, a_paused_run_gives_no_blocks_until_it_is_resumed) {
  const auto s = enrol("aa").subscriber;
  open_everywhere(s.place.shard, {s});
  EXPECT_EQ(must(notes.steer("anewz", run, steering::pause)), run_state::paused);
  walk_store one(redis, with);
  EXPECT_TRUE(claims(one, s.place.shard, 1).empty());
  EXPECT_EQ(state(), run_state::paused);
  EXPECT_EQ(must(notes.steer("anewz", run, steering::resume)), run_state::running);
  EXPECT_EQ(claims(one, s.place.shard, 2).size(), 1U);
}

TEST_F(notification_protocol_test, a_commit_tells_its_holder_what_was_ordered_meanwhile) {
  const auto s = enrol("aa").subscriber;
  open_everywhere(s.place.shard, {s});
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  must(notes.steer("anewz", run, steering::pause));
  EXPECT_EQ(must(one.commit(c, {}, false)).halt, run_halt::paused);
}

TEST_F(notification_protocol_test, a_cancelled_run_is_walked_to_its_end_and_stays_cancelled) {
  const auto s = enrol("aa").subscriber;
  open_everywhere(s.place.shard, {s});
  EXPECT_EQ(must(notes.steer("anewz", run, steering::cancel)), run_state::cancelled);
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  EXPECT_EQ(c.halt, run_halt::cancelled);
  const auto block = must(one.read(c));
  auto e = end_of(c, block->members()[0]);
  e.skipped = 1;
  e.reason = skip_reason::cancelled;
  must(one.commit(c, std::vector{e}, true));
  EXPECT_EQ(count().skipped_for(skip_reason::cancelled), 1U);
  const auto ended = must(book.find("anewz", run));
  EXPECT_EQ(ended.state, run_state::cancelled);
  EXPECT_TRUE(ended.finished_at);
  EXPECT_EQ(error_of(notes.steer("anewz", run, steering::resume)), errc::conflict);
}

TEST_F(notification_protocol_test, a_run_that_never_began_is_cancelled_at_once) {
  enter(run, at);
  must(notes.steer("anewz", run, steering::cancel));
  EXPECT_TRUE(must(notes.due("anewz")).empty());
  const auto ended = must(book.find("anewz", run));
  EXPECT_EQ(ended.state, run_state::cancelled);
  EXPECT_EQ(ended.count, ledger{});
}

TEST_F(notification_protocol_test, a_scheduled_run_that_is_paused_begins_when_it_is_resumed) {
  enter(run, at);
  must(notes.steer("anewz", run, steering::pause));
  EXPECT_TRUE(must(notes.due("anewz")).empty());
  EXPECT_EQ(must(notes.steer("anewz", run, steering::resume)), run_state::scheduled);
  EXPECT_EQ(must(notes.due("anewz")).size(), 1U);
}

TEST_F(notification_protocol_test, a_shard_that_opens_after_the_order_knows_of_it) {
  const auto s = enrol("aa").subscriber;
  enter(run, at);
  must(notes.due("anewz"));
  must(notes.steer("anewz", run, steering::pause));
  shard_audience whom;
  whom.members = {frozen(s)};
  open(s.place.shard, whom);
  walk_store one(redis, with);
  EXPECT_TRUE(claims(one, s.place.shard, 1).empty());
}

TEST_F(notification_protocol_test, a_shard_that_was_not_told_is_told_by_the_next_reconciliation) {
  const auto s = enrol("aa").subscriber;
  open_everywhere(s.place.shard, {s});
  ask(command{"HSET", app_key("anewz", "run:" + run), "state", "paused"});
  must(book.reconcile("anewz"));
  walk_store one(redis, with);
  EXPECT_TRUE(claims(one, s.place.shard, 1).empty());
}

TEST_F(notification_protocol_test, retries_of_a_paused_run_wait_but_not_past_their_deadline) {
  const auto s = enrol("aa").subscriber;
  open_everywhere(s.place.shard, {s});
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  const auto block = must(one.read(c));
  auto e = end_of(c, block->members()[0]);
  e.retry_devices = 1;
  e.retry_at = at;
  must(one.commit(c, std::vector{e}, true));
  must(notes.steer("anewz", run, steering::pause));
  EXPECT_TRUE(must(one.claim_retries(s.place.shard, 4)).empty());
  ask(command{"HSET", shard_key(s.place.shard, "p:" + run + "|anewz:#"), "deadline", 1});
  ask(command{"ZADD", shard_key(s.place.shard, "rt"), 1, run + '|' + to_text(s.value.id)});
  EXPECT_EQ(must(one.claim_retries(s.place.shard, 4)).size(), 1U);
}

TEST_F(notification_protocol_test, everybody_of_the_app_is_walked_by_cohort) {
  const auto s = enrol("aa").subscriber;
  const auto other = enrol("bb", "Europe/London").subscriber;
  enter(run, at);
  must(notes.due("anewz"));
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    open(shard, {true, {}});
    open(shard, {true, {}});
  }
  EXPECT_EQ(count().eligible, 2U);
  walk_store one(redis, with);
  const auto c = claims(one, s.place.shard, 1).at(0);
  EXPECT_FALSE(c.listed());
  const auto block = must(one.read(c));
  ASSERT_EQ(block->members().size(), 1U);
  EXPECT_EQ(block->members()[0].cohort, c.cohort);
}

TEST_F(notification_protocol_test, who_moves_during_a_walk_is_still_owed_the_news) {
  const auto s = enrol("aa").subscriber;
  enter(run, at);
  must(notes.due("anewz"));
  for (std::uint32_t shard = 0; shard < shards; ++shard) open(shard, {true, {}});
  const auto moved = change(s, [](subscriber& who) { who.wishes.time_zone = "Europe/London"; });
  ASSERT_NE(moved.place.cohort, s.place.cohort);
  walk_store one(redis, with);
  const auto entries = must(one.claim_retries(s.place.shard, 4));
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].run, run);
  EXPECT_EQ(entries[0].id, s.value.id);
  EXPECT_TRUE(entries[0].moved);
}

TEST_F(notification_protocol_test, what_a_reader_had_moves_along) {
  const auto s = enrol("aa").subscriber;
  open_everywhere(s.place.shard, {s});
  reach_the_first(s.place.shard);
  const auto moved = change(s, [](subscriber& who) { who.wishes.time_zone = "Europe/London"; });
  ASSERT_NE(moved.place.cohort, s.place.cohort);
  EXPECT_EQ(must(notes.had_by(moved)).size(), 1U);
  EXPECT_TRUE(must(notes.had_by(s)).empty());
}

TEST_F(notification_protocol_test, what_a_reader_had_goes_with_the_reader) {
  const auto s = enrol("aa").subscriber;
  open_everywhere(s.place.shard, {s});
  reach_the_first(s.place.shard);
  must(roster.erase(s, defaults));
  EXPECT_TRUE(must(notes.had_by(s)).empty());
}

TEST_F(notification_protocol_test, what_is_too_old_for_a_digest_is_forgotten_and_nothing_else) {
  const auto s = enrol("aa").subscriber;
  open_everywhere(s.place.shard, {s});
  reach_the_first(s.place.shard);
  const std::string key = marks_key(s.place.shard, to_text(s.place.cohort), s.place.block());
  ask(command{"SETRANGE", key, s.place.slot_in_block() * 2, std::string_view("\x20\x4e")});
  const auto forget = [&](std::string old) {
    return must([](client& on, std::string of, std::string name) -> task<result<std::int64_t>> {
      const answer a = co_await on.eval(run_script("forget_told"), {of}, {name});
      if (!a) co_return a.error();
      co_return a->as_int();
    }(redis, key, std::move(old)));
  };
  EXPECT_EQ(forget("news-of-yesterday"), 0);
  EXPECT_EQ(must(notes.had_by(s)).size(), 1U);
  EXPECT_EQ(forget(run), 1);
  EXPECT_TRUE(must(notes.had_by(s)).empty());
  EXPECT_EQ(read(s).mark.days, 20'000);
}

}  // namespace
}  // namespace paperboy::redis::testing

// Every step of a run meets a shard that was emptied under it, and none takes that for "nothing to
// do": what is missing is an error, and the run stays open.

#include <gtest/gtest.h>

#include "adapters/redis/audience.hpp"
#include "adapters/redis/clock.hpp"
#include "adapters/redis/installation.hpp"
#include "adapters/redis/newsroom_store.hpp"
#include "adapters/redis/run_book_store.hpp"
#include "adapters/redis/shard_guard.hpp"
#include "adapters/redis/walk_store.hpp"
#include "core/flows/opening.hpp"
#include "tests/adapters/redis/roster_fixture.hpp"

namespace paperboy::redis::testing {
namespace {

using namespace std::chrono_literals;

class lost_shard : public roster_test {
 protected:
  lost_shard() {
    ask(command{"FLUSHALL"});
    auto opened = wait(open_installation(redis, {shards, {}}));
    guard = std::make_shared<shard_guard>(opened.kept.generations, nullptr);
    at = std::chrono::floor<std::chrono::minutes>(must(time(redis)));
    run_id = digest_run_id("anewz", at);
    delivery.spread = 0s;
    redis.watch_over(guard);
  }

  void empty(std::uint32_t shard) {
    pipeline all;
    for (const auto& key : keys()) {
      if (key.starts_with(shard_tag(shard))) all.add("DEL", key);
    }
    client other{context, server().settings()};
    for (const auto& a : wait(other.call_all(std::move(all)))) ASSERT_TRUE(a);
  }

  stored_subscriber due_in(std::uint32_t shard) {
    const auto s = enrol(token_in(shard)).subscriber;
    const std::string cohort = to_text(s.place.cohort);
    const auto ms = at.time_since_epoch().count();
    ask(command{"ZADD", shard_key(shard, "due"), ms, cohort});
    ask(command{"HSET", shard_key(shard, "due:date"), cohort, date.days});
    return s;
  }
  result<void> open_all() {
    const auto looks = must(book.look());
    std::vector<std::string> unknown;
    auto outcome = wait(open_due_runs(book, news, apps, delivery, looks, unknown));
    EXPECT_TRUE(unknown.empty());
    return outcome;
  }
  slot_end accepted(const stored_subscriber& s) const {
    slot_end e;
    e.slot = s.place.slot_in_block();
    e.id = s.value.id;
    e.accepted = 1;
    return e;
  }
  void send_all(std::uint32_t shard, const stored_subscriber& s) {
    const auto claims = must(worker.claim_blocks(shard, send_lane::digest, ++nonce, 4, {}));
    ASSERT_EQ(claims.size(), 1U);
    const slot_end end = accepted(s);
    must(worker.commit(claims[0], {&end, 1}, true));
  }
  std::string state() { return text(command{"HGET", app_key("anewz", "run:" + run_id), "state"}); }

  std::shared_ptr<shard_guard> guard;
  instant at{};
  local_date date{20'781};
  std::string run_id;
  run_book_store book{redis, {shards, 3600s}};
  newsroom_store news{redis, {}};
  walk_store worker{redis, one_worker()};
  std::map<std::string, app_context> apps = [] {
    app_context app;
    app.id = "anewz";
    return std::map<std::string, app_context>{{"anewz", app}};
  }();
  delivery_settings delivery;
  std::uint64_t nonce = 0;

 private:
  static walk_store::settings one_worker() {
    walk_store::settings w;
    w.shards = shards;
    w.worker = "one";
    w.days["anewz"] = weekdays::all();
    return w;
  }
};

TEST_F(lost_shard, is_seen_by_a_look_that_goes_on_to_the_others) {
  due_in(0);
  due_in(2);
  empty(2);
  const auto looks = must(book.look());
  ASSERT_EQ(looks.size(), shards);
  EXPECT_TRUE(looks[2].lost);
  EXPECT_FALSE(looks[0].lost);
  EXPECT_EQ(looks[0].due.size(), 1U);
}

TEST_F(lost_shard, has_no_reader_and_no_stranger) {
  const auto s = enrol(token_in(2)).subscriber;
  empty(2);
  EXPECT_EQ(error_of(roster.find("anewz", s.value.id)), errc::shard_regressed);
  EXPECT_EQ(error_of(roster.change(s, s.value, defaults)), errc::shard_regressed);
  EXPECT_EQ(error_of(roster.erase(s, defaults)), errc::shard_regressed);
  EXPECT_EQ(error_of(roster.enrol(request(token_in(2)))), errc::shard_regressed);
}

TEST_F(lost_shard, has_no_block_to_claim_or_to_commit) {
  const auto s = due_in(2);
  ASSERT_TRUE(open_all());
  const auto claims = must(worker.claim_blocks(2, send_lane::digest, ++nonce, 4, {}));
  ASSERT_EQ(claims.size(), 1U);
  empty(2);
  // A read is believed: what is made of it is committed.
  EXPECT_TRUE(must(worker.read(claims[0]))->members().empty());
  EXPECT_EQ(error_of(worker.commit(claims[0], {}, true)), errc::shard_regressed);
  const slot_end end = accepted(s);
  EXPECT_EQ(error_of(worker.commit(claims[0], {&end, 1}, true)), errc::shard_regressed);
  EXPECT_EQ(error_of(worker.claim_blocks(2, send_lane::digest, ++nonce, 4, {})), errc::shard_regressed);
  EXPECT_EQ(error_of(worker.claim_retries(2, 4)), errc::shard_regressed);
  EXPECT_EQ(error_of(worker.release(claims[0], {})), errc::shard_regressed);
}

TEST_F(lost_shard, is_not_the_end_of_a_run_that_it_had_opened) {
  const auto elsewhere = due_in(0);
  due_in(2);
  ASSERT_TRUE(open_all());
  send_all(0, elsewhere);
  empty(2);
  EXPECT_EQ(error_of(book.reconcile("anewz")), errc::shard_regressed);
  EXPECT_EQ(state(), "running");
  EXPECT_EQ(error_of(book.find("anewz", run_id)), errc::shard_regressed);
}

TEST_F(lost_shard, is_not_the_end_of_a_run_that_it_had_not_opened_yet) {
  const auto elsewhere = due_in(0);
  due_in(2);
  empty(2);
  const auto opened = open_all();
  EXPECT_TRUE(opened || opened.error() == errc::shard_regressed);
  send_all(0, elsewhere);
  EXPECT_EQ(error_of(book.reconcile("anewz")), errc::shard_regressed);
  EXPECT_EQ(state(), "running");
}

TEST_F(lost_shard, between_the_look_and_the_opening_leaves_the_others_to_be_opened) {
  due_in(0);
  due_in(1);
  due_in(3);
  const auto looks = must(book.look());
  empty(1);
  std::vector<std::string> unknown;
  EXPECT_EQ(error_of(open_due_runs(book, news, apps, delivery, looks, unknown)),
            errc::shard_regressed);
  EXPECT_EQ(must(worker.claim_blocks(0, send_lane::digest, ++nonce, 4, {})).size(), 1U);
  EXPECT_EQ(must(worker.claim_blocks(3, send_lane::digest, ++nonce, 4, {})).size(), 1U);
  EXPECT_EQ(error_of(book.reconcile("anewz")), errc::shard_regressed);
  EXPECT_EQ(state(), "running");
}

TEST_F(lost_shard, does_not_keep_the_others_from_reporting) {
  const auto elsewhere = due_in(3);
  due_in(1);
  ASSERT_TRUE(open_all());
  send_all(3, elsewhere);
  empty(1);
  EXPECT_EQ(error_of(book.reconcile("anewz")), errc::shard_regressed);
  for (const char* field : {"f:0", "f:2", "f:3"}) {
    EXPECT_EQ(number(command{"HEXISTS", app_key("anewz", "run:" + run_id), field}), 1) << field;
  }
  EXPECT_EQ(number(command{"HEXISTS", app_key("anewz", "run:" + run_id), "f:1"}), 0);
}

TEST_F(lost_shard, is_no_audience_of_nobody) {
  audience_store survey(redis, {shards});
  enrol(token_in(1));
  empty(1);
  EXPECT_EQ(error_of(survey.count("anewz", [](const choices&) { return true; })),
            errc::shard_regressed);
}

TEST_F(lost_shard, has_no_token_moves_to_sweep) {
  empty(1);
  EXPECT_EQ(error_of(roster.sweep(1, 8, [this](const std::string&) -> const digest_defaults& {
              return defaults;
            })),
            errc::shard_regressed);
}

TEST_F(lost_shard, of_all_leaves_no_empty_newsroom) {
  client other{context, server().settings()};
  ASSERT_TRUE(wait(other.call("FLUSHALL")));
  EXPECT_EQ(error_of(news.topics("anewz")), errc::shard_regressed);
  EXPECT_EQ(error_of(news.find_item("anewz", "item-1")), errc::shard_regressed);
  EXPECT_EQ(error_of(news.put_items("anewz", std::vector<item>(1))), errc::shard_regressed);
  EXPECT_EQ(error_of(book.list("anewz", "", 10, "")), errc::shard_regressed);
  EXPECT_EQ(error_of(book.reconcile("anewz")), errc::shard_regressed);
  for (const auto& look : must(book.look())) EXPECT_TRUE(look.lost);
}

TEST_F(lost_shard, that_is_whole_again_goes_on_where_it_was) {
  const auto s = due_in(2);
  ASSERT_TRUE(open_all());
  const std::string gen = shard_key(2, "gen");
  client other{context, server().settings()};
  ASSERT_TRUE(wait(other.call("RENAME", gen, "{s002}:aside")));
  EXPECT_EQ(error_of(check_generations(redis, *guard)), errc::shard_regressed);
  EXPECT_EQ(error_of(worker.claim_blocks(2, send_lane::digest, ++nonce, 4, {})), errc::shard_regressed);
  ASSERT_TRUE(wait(other.call("RENAME", "{s002}:aside", gen)));
  must(check_generations(redis, *guard));
  send_all(2, s);
  must(book.reconcile("anewz"));
  EXPECT_EQ(state(), "done");
}

}  // namespace
}  // namespace paperboy::redis::testing

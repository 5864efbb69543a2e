// What an installation finds lost, and what becomes of it once its operator accepts that.

#include "adapters/redis/loss.hpp"

#include <gtest/gtest.h>

#include "adapters/redis/clock.hpp"
#include "adapters/redis/run_book_store.hpp"
#include "adapters/redis/witness.hpp"
#include "tests/adapters/redis/roster_fixture.hpp"

namespace paperboy::redis {
namespace {

using numbers = std::vector<std::uint32_t>;

class loss_test : public testing::roster_test {
 protected:
  loss_test() {
    ask(command{"FLUSHALL"});
    opened = open();
  }
  opened_installation open() { return wait(open_installation(redis, {shards, witness})); }
  loss survey() { return wait(survey_loss(redis, {shards, witness}, {"anewz"})); }
  opened_installation accept(const loss& found, numbers which) {
    return wait(accept_loss(redis, {shards, witness}, found, std::move(which)));
  }
  // Every key of the shard.
  void empty(std::uint32_t shard) {
    for (const auto& key : keys()) {
      if (key.starts_with(shard_tag(shard))) ask(command{"DEL", key});
    }
  }
  static numbers of(const loss& found) {
    numbers all;
    for (const auto& s : found.shards) all.push_back(s.number);
    return all;
  }

  testing::scratch_folder folder;
  std::filesystem::path witness = folder.path() / "installation";
  opened_installation opened;
};

TEST_F(loss_test, finds_nothing_in_an_installation_that_is_whole) {
  enrol("aa");
  const auto state = everything();
  const auto found = survey();
  EXPECT_FALSE(found.error);
  EXPECT_FALSE(found.anything());
  EXPECT_EQ(everything(), state);
}

TEST_F(loss_test, finds_nothing_where_nothing_was_ever_started) {
  ask(command{"FLUSHALL"});
  std::filesystem::remove(witness);
  EXPECT_FALSE(survey().anything());
  EXPECT_TRUE(keys().empty());
}

TEST_F(loss_test, names_an_emptied_shard_and_counts_who_is_left_in_it) {
  const auto s = enrol("aa").subscriber;
  ask(command{"DEL", shard_key(s.place.shard, "gen")});
  const auto found = survey();
  EXPECT_FALSE(found.notes);
  ASSERT_EQ(of(found), numbers{s.place.shard});
  EXPECT_EQ(found.shards[0].known, opened.kept.generations[s.place.shard]);
  EXPECT_EQ(found.shards[0].said, "");
  EXPECT_EQ(found.shards[0].subscribers, 1U);
}

TEST_F(loss_test, names_a_shard_of_another_time) {
  ask(command{"SET", shard_key(1, "gen"), "0123456789abcdef"});
  const auto found = survey();
  ASSERT_EQ(of(found), numbers{1});
  EXPECT_EQ(found.shards[0].said, "0123456789abcdef");
}

TEST_F(loss_test, of_everything_is_of_the_notes_too) {
  ask(command{"FLUSHALL"});
  const auto found = survey();
  EXPECT_TRUE(found.notes);
  EXPECT_EQ(of(found), (numbers{0, 1, 2, 3}));
}

TEST_F(loss_test, of_the_notes_alone_leaves_the_shards_whole) {
  ask(command{"DEL", control_key});
  const auto found = survey();
  EXPECT_TRUE(found.notes);
  EXPECT_TRUE(of(found).empty());
}

TEST_F(loss_test, is_not_looked_for_with_another_number_of_shards) {
  EXPECT_EQ(wait(survey_loss(redis, {16, witness}, {})).error, errc::refused);
}

TEST_F(loss_test, once_accepted_begins_the_shard_anew_and_keeps_the_others) {
  empty(2);
  const auto accepted = accept(survey(), {2});
  ASSERT_TRUE(accepted) << accepted.problem;
  EXPECT_EQ(accepted.kept.secret, opened.kept.secret);
  EXPECT_EQ(accepted.kept.generations[1], opened.kept.generations[1]);
  EXPECT_NE(accepted.kept.generations[2], opened.kept.generations[2]);
  EXPECT_EQ(text(command{"GET", shard_key(2, "seq")}), "1");
  EXPECT_EQ(read_witness(witness), accepted.kept.generations);
  EXPECT_TRUE(open());
  EXPECT_FALSE(survey().anything());
  enrol(token_in(2));
}

TEST_F(loss_test, accepted_in_part_leaves_the_rest_refused) {
  empty(1);
  empty(2);
  const auto accepted = accept(survey(), {2});
  EXPECT_EQ(accepted.error, errc::shard_regressed);
  EXPECT_EQ(accepted.lost, numbers{1});
  EXPECT_EQ(of(survey()), numbers{1});
  EXPECT_EQ(number(command{"EXISTS", shard_key(1, "gen")}), 0);
  EXPECT_TRUE(accept(survey(), {1}));
}

TEST_F(loss_test, of_everything_accepted_is_a_new_installation) {
  ask(command{"FLUSHALL"});
  const auto accepted = accept(survey(), {0, 1, 2, 3});
  ASSERT_TRUE(accepted) << accepted.problem;
  EXPECT_NE(accepted.kept.secret, opened.kept.secret);
  EXPECT_TRUE(open());
}

TEST_F(loss_test, of_the_notes_accepted_keeps_everybody) {
  const auto s = enrol("aa").subscriber;
  ask(command{"DEL", control_key});
  const auto accepted = accept(survey(), {});
  ASSERT_TRUE(accepted) << accepted.problem;
  EXPECT_NE(accepted.kept.secret, opened.kept.secret);
  EXPECT_EQ(accepted.kept.generations, opened.kept.generations);
  EXPECT_EQ(read(s).value.id, s.value.id);
}

TEST_F(loss_test, that_died_while_it_was_accepted_is_accepted_again) {
  empty(2);
  const auto found = survey();
  ask(command{"SET", shard_key(2, "gen"), "0123456789abcdef"});  // as far as it came
  EXPECT_EQ(of(survey()), numbers{2});
  EXPECT_TRUE(accept(survey(), {2}));
}

// A run that had opened the lost shard waits for it, and does so no longer.
TEST_F(loss_test, once_accepted_lets_go_of_what_runs_owed_there) {
  run_book_store book{redis, {shards, std::chrono::hours{1}}};
  const instant at = std::chrono::floor<std::chrono::minutes>(must(time(redis)));
  const std::string run = digest_run_id("anewz", at);
  must(book.start("anewz", run, at));
  for (std::uint32_t s = 0; s < shards; ++s) must(book.open(s, "anewz", run, at, at, at, {}));
  empty(2);
  EXPECT_EQ(error_of(book.reconcile("anewz")), errc::shard_regressed);
  EXPECT_NE(must(book.find("anewz", run)).state, run_state::done);
  const auto found = survey();
  ASSERT_EQ(found.runs.size(), 1U);
  EXPECT_EQ(found.runs[0].app, "anewz");
  EXPECT_EQ(found.runs[0].run, run);
  EXPECT_EQ(found.runs[0].shards, numbers{2});
  ASSERT_TRUE(accept(found, {2}));
  must(book.reconcile("anewz"));
  EXPECT_EQ(must(book.find("anewz", run)).state, run_state::done);
}

TEST_F(loss_test, sees_other_paperboys_by_their_name) {
  EXPECT_EQ(must(other_paperboys(redis)), 0U);
  client other{context, server().settings()};
  EXPECT_TRUE(wait(other.wait_until_connected(std::chrono::seconds{10})));
  EXPECT_EQ(must(other_paperboys(redis)), 1U);
}

}  // namespace
}  // namespace paperboy::redis

#include "adapters/redis/installation.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <set>

#include "adapters/redis/server_check.hpp"
#include "adapters/redis/shard_guard.hpp"
#include "adapters/redis/witness.hpp"
#include "tests/adapters/redis/roster_fixture.hpp"

namespace paperboy::redis {
namespace {

class installation_test : public testing::roster_test {
 protected:
  installation_test() { ask(command{"FLUSHALL"}); }
  opened_installation open(std::uint32_t count = 4) {
    return wait(open_installation(redis, {count, witness}));
  }
  error_code check(const installation& i) {
    shard_guard guard(i.generations, {});
    return error_of(check_generations(redis, guard));
  }
  testing::scratch_folder folder;
  std::filesystem::path witness = folder.path() / "generations";
};

TEST_F(installation_test, first_start_makes_it_and_later_ones_find_it) {
  const auto first = open();
  ASSERT_TRUE(first) << first.problem;
  EXPECT_EQ(first.kept.secret.size(), secret_bytes);
  EXPECT_EQ(
      std::set<std::string>(first.kept.generations.begin(), first.kept.generations.end()).size(),
      4U);
  EXPECT_EQ(text(command{"GET", shard_key(3, "seq")}), "1");
  EXPECT_EQ(text(command{"GET", shard_key(3, "gen")}), first.kept.generations[3]);
  const auto state = everything();
  const auto second = open();
  ASSERT_TRUE(second) << second.problem;
  EXPECT_EQ(second.kept.secret, first.kept.secret);
  EXPECT_EQ(second.kept.generations, first.kept.generations);
  EXPECT_EQ(everything(), state);
  EXPECT_EQ(read_witness(witness), first.kept.generations);
  EXPECT_FALSE(check(first.kept));
}

TEST_F(installation_test, first_start_that_died_midway_goes_on) {
  ASSERT_TRUE(open());
  const auto whole = everything();
  for (const int left : {0, 1, 3}) {
    ask(command{"HSET", control_key, "state", "installing"});
    for (auto s = static_cast<std::uint32_t>(left); s < 4; ++s) {
      ask(command{"DEL", shard_key(s, "gen"), shard_key(s, "seq")});
      ask(command{"HDEL", control_key, "gen:" + std::to_string(s)});
    }
    std::filesystem::remove(witness);
    const auto opened = open();
    ASSERT_TRUE(opened) << opened.problem;
    EXPECT_EQ(keys().size(), whole.size());
  }
}

TEST_F(installation_test, another_number_of_shards_is_refused_with_the_right_one) {
  ASSERT_TRUE(open());
  const auto other = open(16);
  EXPECT_EQ(other.error, errc::refused);
  EXPECT_EQ(other.problem,
            "this installation has 4 shards, fixed when it was first started; write shards = 4 "
            "instead of 16");
}

TEST_F(installation_test, newer_layout_or_records_are_refused) {
  ASSERT_TRUE(open());
  ask(command{"HSET", control_key, "min_reader", 2});
  EXPECT_EQ(open().error, errc::refused);
  ask(command{"HSET", control_key, "min_reader", 1, "layout", 2});
  EXPECT_EQ(open().error, errc::refused);
}

TEST_F(installation_test, emptied_shard_is_regressed_and_named) {
  const auto opened = open();
  ask(command{"DEL", shard_key(2, "gen"), shard_key(2, "seq")});
  EXPECT_EQ(check(opened.kept), errc::shard_regressed);
  const auto again = open();
  EXPECT_EQ(again.error, errc::shard_regressed);
  EXPECT_EQ(again.lost, std::vector<std::uint32_t>{2});
  EXPECT_EQ(text(command{"GET", shard_key(2, "gen")}), "");
}

TEST_F(installation_test, flushall_is_regressed_for_those_who_run_and_for_the_next_start) {
  const auto opened = open();
  ask(command{"FLUSHALL"});
  EXPECT_EQ(check(opened.kept), errc::shard_regressed);
  EXPECT_EQ(open().error, errc::shard_regressed);
  EXPECT_TRUE(keys().empty());
}

TEST_F(installation_test, lost_notes_are_regressed_while_a_shard_remembers) {
  ASSERT_TRUE(open());
  std::filesystem::remove(witness);
  ask(command{"DEL", control_key});
  EXPECT_EQ(open().error, errc::shard_regressed);
}

TEST_F(installation_test, redis_of_another_time_is_told_by_the_witness) {
  const auto opened = open();
  auto other = opened.kept.generations;
  other[1] = "0123456789abcdef";
  ASSERT_TRUE(write_witness(witness, other));
  const auto again = open();
  EXPECT_EQ(again.error, errc::shard_regressed);
  EXPECT_EQ(again.lost, std::vector<std::uint32_t>{1});
}

TEST_F(installation_test, without_a_witness_an_empty_redis_is_a_first_start) {
  EXPECT_TRUE(wait(open_installation(redis, {4, {}})));
}

TEST_F(installation_test, impossible_numbers_of_shards_are_refused) {
  EXPECT_EQ(open(0).error, errc::refused);
  EXPECT_EQ(open(1000).error, errc::refused);
  EXPECT_TRUE(keys().empty());
}

TEST_F(installation_test, redis_that_evicts_is_refused) {
  ask(command{"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  EXPECT_EQ(wait(check_server(redis)).refusal, errc::refused);
  ask(command{"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  EXPECT_TRUE(wait(check_server(redis)).ok());
}

TEST_F(installation_test, witness_is_for_its_owner_alone_and_garbage_is_none) {
  ASSERT_TRUE(open());
  struct stat found{};
  ASSERT_EQ(::stat(witness.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  std::ofstream(witness) << "something else\n";
  EXPECT_TRUE(read_witness(witness).empty());
}

}  // namespace
}  // namespace paperboy::redis

#include "adapters/redis/topic_index.hpp"

#include "adapters/redis/listed_reading.hpp"
#include "core/steady_time.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <random>
#include <set>
#include <string>

#include "tests/adapters/redis/roster_fixture.hpp"

namespace paperboy::redis {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shard = 2;
const std::string baku = "anewz:Asia/Baku:480";

class topic_index_test : public testing::roster_test {
 protected:
  // Somebody of the shard who said that of topics.
  stored_subscriber somebody(choices said, const std::string& app = "anewz") {
    auto e = request(token_in_shard(app));
    e.app = app;
    e.wishes.topics = std::move(said);
    return must(roster.enrol(e)).subscriber;
  }
  stored_subscriber wants(topic_number topic) { return somebody({{topic, frequency::instant}}); }
  stored_subscriber says(const stored_subscriber& s, topic_number topic,
                         std::optional<frequency> wanted) {
    return change(s, [=](subscriber& after) {
      choose_frequency(after.wishes.topics, topic, wanted);
    });
  }
  stored_subscriber lose_devices(const stored_subscriber& s) {
    return change(s, [this](subscriber& after) {
      for (device& d : after.devices) {
        d.state = device_state::dead;
        d.token.clear();
        d.lost_at = std::chrono::floor<std::chrono::seconds>(now);
      }
    });
  }
  stored_subscriber with_second_device(const stored_subscriber& s, std::uint8_t number) {
    return change(s, [this, number](subscriber& after) {
      device d = after.devices[0];
      d.number = number;
      d.token = token_in_shard();
      after.devices.push_back(d);
    });
  }
  // As if the cohort had so many people that what a test enters is little of it.
  void crowd(const std::string& cohort = baku) {
    ask(command{"HSET", shard_key(shard, "co:" + cohort), "subs", 1'000'000});
  }

  std::vector<frozen_member> found(const std::vector<topic_number>& topics,
                                   const std::string& app = "anewz") {
    auto audience = must(index.find(shard, app, topics));
    EXPECT_FALSE(audience.everybody);
    return std::move(audience.members);
  }
  static std::set<subscriber_id> ids(const std::vector<frozen_member>& members) {
    std::set<subscriber_id> all;
    for (const auto& m : members) EXPECT_TRUE(all.insert(m.id).second) << "somebody twice";
    return all;
  }
  std::set<subscriber_id> found_ids(const std::vector<topic_number>& topics) {
    return ids(found(topics));
  }
  std::vector<frozen_member> looked_up(
      const std::vector<audience_index::wanted_member>& wanted) {
    return must(index.look_up(shard, "anewz", wanted));
  }
  // A new subscriber lies where its token is indexed.
  std::string token_in_shard(const std::string& app = "anewz") {
    for (;;) {
      std::string token = "t" + std::to_string(++salt_);
      token.resize(32, '.');
      if (place_of_token(app, platform::ios, token, shards).shard == shard) return token;
    }
  }

  topic_index index{redis, shards};

 private:
  int salt_ = 0;
};

TEST_F(topic_index_test, finds_whoever_chose_a_topic_to_be_sent_at_once) {
  const auto one = somebody({{3, frequency::instant}});
  const auto other = somebody({{3, frequency::both}, {4, frequency::both}});
  somebody({{3, frequency::digest}, {4, frequency::digest}});
  somebody({{3, frequency::off}});
  somebody({});
  crowd();
  EXPECT_EQ(found_ids({3}), (std::set{one.value.id, other.value.id}));
  EXPECT_EQ(found_ids({4}), std::set{other.value.id});
  EXPECT_EQ(found_ids({4, 3, 9}), (std::set{one.value.id, other.value.id}));
  EXPECT_TRUE(found({9}).empty());
  EXPECT_TRUE(found({}).empty());
}

TEST_F(topic_index_test, says_where_somebody_lies_and_which_devices_are_live) {
  wants(1);
  auto s = with_second_device(wants(3), 7);
  crowd();
  auto members = found({3});
  ASSERT_EQ(members.size(), 1U);
  EXPECT_EQ(members[0].id, s.value.id);
  EXPECT_EQ(members[0].devices, 0b1000'0001U);
  EXPECT_EQ(members[0].cohort, baku);
  EXPECT_EQ(members[0].slot, s.place.slot);
  s = change(s, [this](subscriber& after) {
    after.devices[0].state = device_state::moved;
    after.devices[0].token.clear();
    after.devices[0].lost_at = std::chrono::floor<std::chrono::seconds>(now);
  });
  EXPECT_EQ(found({3})[0].devices, 0b1000'0000U);
  lose_devices(s);
  EXPECT_TRUE(found({3}).empty());
}

TEST_F(topic_index_test, follows_a_change_of_choice) {
  auto s = somebody({{1, frequency::digest}, {3, frequency::instant}});
  crowd();
  s = says(s, 1, frequency::both);
  EXPECT_EQ(found_ids({1}), std::set{s.value.id});
  EXPECT_EQ(found_ids({3}), std::set{s.value.id});
  s = says(s, 3, frequency::digest);
  EXPECT_TRUE(found({3}).empty());
  s = says(s, 1, std::nullopt);
  EXPECT_TRUE(found({1}).empty());
  EXPECT_TRUE(text(command{"TYPE", at_once_key(shard, "anewz", 1)}) == "none");
}

TEST_F(topic_index_test, unchanged_choice_writes_nothing_to_the_index) {
  auto s = wants(3);
  ask(command{"DEL", at_once_key(shard, "anewz", 3)});
  s = says(s, 1, frequency::both);
  EXPECT_EQ(number(command{"EXISTS", at_once_key(shard, "anewz", 3)}), 0);
  EXPECT_EQ(number(command{"EXISTS", at_once_key(shard, "anewz", 1)}), 1);
}

TEST_F(topic_index_test, move_takes_choices_to_the_new_place_and_leaves_none_at_the_old) {
  const auto before = somebody({{1, frequency::both}, {3, frequency::instant}});
  const auto after = change(before, [](subscriber& s) {
    s.wishes.digest_time = 600min;
    choose_frequency(s.wishes.topics, 1, frequency::off);
    choose_frequency(s.wishes.topics, 8, frequency::instant);
  });
  expect_consistent();
  crowd("anewz:Asia/Baku:600");
  EXPECT_TRUE(found({1}).empty());
  const auto members = found({3, 8});
  EXPECT_EQ(ids(members), std::set{after.value.id});
  EXPECT_EQ(members[0].cohort, "anewz:Asia/Baku:600");
}

TEST_F(topic_index_test, erased_subscriber_leaves_nothing_and_the_next_in_the_slot_inherits_none) {
  const auto gone = somebody({{1, frequency::both}, {3, frequency::instant}});
  wants(1);
  must(roster.erase(gone, defaults));
  expect_consistent();
  const auto next = wants(5);
  EXPECT_EQ(next.place.slot, gone.place.slot);
  crowd();
  EXPECT_TRUE(found({3}).empty());
  EXPECT_EQ(found_ids({5}), std::set{next.value.id});
}

TEST_F(topic_index_test, last_one_of_a_cohort_leaves_no_topic_behind) {
  must(roster.erase(somebody({{1, frequency::both}, {3, frequency::instant}}), defaults));
  for (const auto& k : keys()) EXPECT_EQ(k.find("}:t:"), std::string::npos) << k;
  EXPECT_TRUE(found({1, 3}).empty());
}

TEST_F(topic_index_test, people_of_another_app_are_not_asked) {
  somebody({{3, frequency::instant}}, "other");
  const auto ours = wants(3);
  crowd();
  crowd("other:Asia/Baku:480");
  EXPECT_EQ(found_ids({3}), std::set{ours.value.id});
  EXPECT_EQ(found({3}, "other").size(), 1U);
  EXPECT_TRUE(found({3}, "othe").empty());
}

TEST_F(topic_index_test, more_than_a_tenth_is_everybody) {
  std::vector<stored_subscriber> fans{wants(3), wants(3)};
  for (int i = 0; i < 18; ++i) somebody({});
  EXPECT_EQ(found({3}).size(), 2U);
  fans.push_back(wants(3));
  const auto audience = must(index.find(shard, "anewz", {3}));
  EXPECT_TRUE(audience.everybody);
  EXPECT_TRUE(audience.members.empty());
  // The other app's people are not those of whom it is a tenth.
  somebody({}, "other");
  EXPECT_TRUE(must(index.find(shard, "anewz", {3})).everybody);
}

TEST_F(topic_index_test, union_of_topics_counts_each_once) {
  const auto fan = somebody({{3, frequency::instant}, {4, frequency::instant}});
  for (int i = 0; i < 9; ++i) somebody({});
  EXPECT_EQ(found_ids({3, 4}), std::set{fan.value.id});
}

TEST_F(topic_index_test, record_that_is_spread_over_two_keys_is_found) {
  choices many;
  for (topic_number t = 100; t < 600; ++t) many.push_back({t, frequency::instant});
  const auto s = somebody(many);
  ASSERT_EQ(number(command{"EXISTS", spill_key(shard, s.value.id)}), 1);
  expect_consistent();
  crowd();
  const auto members = found({300});
  EXPECT_EQ(ids(members), std::set{s.value.id});
  EXPECT_EQ(members[0].devices, 1U);
  EXPECT_EQ(looked_up({{s.value.id}}).size(), 1U);
}

TEST_F(topic_index_test, record_of_a_newer_version_is_no_reason_to_leave_somebody_out) {
  const auto s = wants(3);
  crowd();
  std::string newer = s.record;
  newer[0] = 2;
  ask(command{"HSET", records_key(shard, baku, 0), s.place.slot, newer});
  EXPECT_EQ(error_of(index.find(shard, "anewz", {3})), errc::unavailable);
  EXPECT_EQ(error_of(index.look_up(shard, "anewz", {{s.value.id}})), errc::unavailable);
}

TEST_F(topic_index_test, shard_without_its_seq_is_not_nobody) {
  const auto s = wants(3);
  ask(command{"FLUSHALL"});
  EXPECT_EQ(error_of(index.find(shard, "anewz", {3})), errc::shard_regressed);
  EXPECT_EQ(error_of(index.look_up(shard, "anewz", {{s.value.id}})), errc::shard_regressed);
}

TEST_F(topic_index_test, entry_that_names_an_empty_place_is_passed_over) {
  const auto s = wants(3);
  crowd();
  const auto key = at_once_key(shard, "anewz", 3);
  const reply fields = ask(command{"HKEYS", key});
  ask(command{"HSET", key, fields[0].as_string(), std::string("\x00\x09", 2)});
  ask(command{"HSET", key, 77U << 14U, "\x03"});  // a cohort that is not there
  EXPECT_EQ(found_ids({3}), std::set{s.value.id});
  ask(command{"HSET", key, "not a number", "\x03"});
  EXPECT_EQ(error_of(index.find(shard, "anewz", {3})), errc::protocol);
}

TEST_F(topic_index_test, block_full_of_choices_is_found_whole) {
  std::set<subscriber_id> everybody;
  for (int i = 0; i < 300; ++i) everybody.insert(wants(3).value.id);
  crowd();
  EXPECT_EQ(found_ids({3}), everybody);
  expect_indexed({{at_once_key(shard, "anewz", 3), [&] {
                     std::set<std::int64_t> all;
                     const auto home = number(command{"HGET", shard_key(shard, "cn"), '=' + baku});
                     for (int i = 0; i < 300; ++i) all.insert(home * locator_slots + i);
                     return all;
                   }()}});
}

TEST_F(topic_index_test, any_sequence_of_writes_leaves_a_true_index) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 chance(seed);
  const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(chance() % below); };
  const auto any_topic = [&] { return static_cast<topic_number>(1 + pick(3) * 1000); };
  std::vector<stored_subscriber> people;
  for (int step = 0; step < 600; ++step) {
    const auto what = pick(10);
    // First they come, then they go, so that sets of slots grow into bitmaps and empty again.
    if (people.empty() || what < (step < 300 ? 5U : 1U)) {
      choices said;
      for (int i = 0; i < 2; ++i) {
        choose_frequency(said, any_topic(), static_cast<frequency>(pick(4)));
      }
      people.push_back(somebody(said));
      continue;
    }
    const auto chosen = people.begin() + static_cast<std::ptrdiff_t>(pick(people.size()));
    if (what < (step < 300 ? 6U : 5U)) {
      must(roster.erase(*chosen, defaults));
      people.erase(chosen);
    } else if (what < 7) {
      *chosen = change(*chosen, [&](subscriber& s) {
        s.wishes.digest_time = std::chrono::hours{8 + pick(2)};
        choose_frequency(s.wishes.topics, any_topic(), static_cast<frequency>(pick(4)));
      });
    } else if (what == 7) {
      *chosen = change(*chosen, [&](subscriber& s) { s.wishes.digest_enabled = pick(2) == 0; });
    } else if (what == 8) {
      *chosen = lose_devices(*chosen);
    } else {
      std::optional<frequency> wanted;
      if (pick(5) > 0) wanted = static_cast<frequency>(pick(4));
      *chosen = says(*chosen, any_topic(), wanted);
    }
    if (step % 100 == 0) expect_consistent();
  }
  expect_consistent();
  for (const auto& s : people) must(roster.erase(s, defaults));
  expect_consistent();
}

// One move, begun after each of the answers to a search in turn.
TEST_F(topic_index_test, whoever_moves_meanwhile_is_found_once) {
  auto mover = wants(3);
  client other(context, redis.settings());
  must(other.wait_until_connected(10s));
  topic_index searched(other, shards);
  for (std::uint64_t after = 0; after < 12; ++after) {
    for (const char* home : {"anewz:Asia/Baku:480", "anewz:Asia/Baku:600"}) {
      if (number(command{"EXISTS", shard_key(shard, "co:" + std::string(home))}) == 0) continue;
      crowd(home);
    }
    const auto until = other.statistics().replies + after;
    bool ended = false;
    result<shard_audience> audience = errc::closed;
    const auto search = [&]() -> task<void> {
      audience = co_await searched.find(shard, "anewz", {3});
    };
    boost::asio::co_spawn(context, search(), [&](const std::exception_ptr&) { ended = true; });
    subscriber elsewhere = mover.value;
    elsewhere.wishes.digest_time = after % 2 == 0 ? 600min : 480min;
    const auto move = [&]() -> task<void> {
      co_await testing::eventually([&] { return ended || other.statistics().replies >= until; });
      auto moved = co_await roster.change(mover, elsewhere, defaults);
      if (moved) mover = std::move(*moved);
      co_await testing::eventually([&] { return ended; });
    };
    testing::run(context, move());
    ASSERT_EQ(mover.value.wishes.digest_time, elsewhere.wishes.digest_time);
    ASSERT_TRUE(audience) << audience.error().message();
    ASSERT_FALSE(audience->everybody);
    ASSERT_EQ(audience->members.size(), 1U) << "after " << after << " answers";
    EXPECT_EQ(audience->members[0].id, mover.value.id);
  }
  testing::run(context, other.close());
}

TEST_F(topic_index_test, looks_up_by_id_the_live_devices_asked_for) {
  const auto one = with_second_device(wants(3), 7);
  const auto other = somebody({});
  EXPECT_EQ(ids(looked_up({{one.value.id}, {other.value.id}})),
            (std::set{one.value.id, other.value.id}));
  auto members = looked_up({{one.value.id, 0x80}});
  ASSERT_EQ(members.size(), 1U);
  EXPECT_EQ(members[0].devices, 0x80U);
  EXPECT_EQ(members[0].cohort, baku);
  EXPECT_EQ(members[0].slot, one.place.slot);
  EXPECT_TRUE(looked_up({{one.value.id, 0x100}}).empty());
  members = looked_up({{one.value.id, 0x80}, {one.value.id, 0x101}});
  ASSERT_EQ(members.size(), 1U);
  EXPECT_EQ(members[0].devices, 0x81U);
  lose_devices(one);
  EXPECT_TRUE(looked_up({{one.value.id}}).empty());
  EXPECT_TRUE(looked_up({}).empty());
}

TEST_F(topic_index_test, looks_up_nobody_of_another_app_or_shard_or_who_left) {
  const auto foreign = somebody({}, "other");
  const auto elsewhere = enrol(token_in(shard + 1)).subscriber;
  const auto gone = somebody({});
  must(roster.erase(gone, defaults));
  const auto there = somebody({});
  // The bytes that find a locator are the same; somebody else's.
  subscriber_id twin = there.value.id;
  twin.bytes[5] ^= 1;
  EXPECT_TRUE(
      looked_up({{foreign.value.id}, {elsewhere.value.id}, {gone.value.id}, {twin}}).empty());
  EXPECT_EQ(must(index.look_up(shard, "other", {{foreign.value.id}})).size(), 1U);
  EXPECT_EQ(must(index.look_up(shard + 1, "anewz", {{elsewhere.value.id}})).size(), 1U);
}

TEST_F(topic_index_test, more_than_one_batch_is_asked_for_in_turn) {
  constexpr int crowd_size = static_cast<int>(topic_index::most_at_once) + 100;
  std::set<subscriber_id> everybody;
  std::vector<audience_index::wanted_member> wanted;
  for (int i = 0; i < crowd_size; ++i) {
    const auto s = wants(3);
    everybody.insert(s.value.id);
    wanted.push_back({s.value.id});
  }
  crowd();
  EXPECT_EQ(found_ids({3}), everybody);
  EXPECT_EQ(ids(looked_up(wanted)), everybody);
  std::vector<topic_number> topics;
  for (topic_number t = 3000; t < 3002 + topic_index::most_topics_at_once; ++t) topics.push_back(t);
  topics.push_back(3);
  EXPECT_EQ(found_ids(topics), everybody);
}

TEST_F(topic_index_test, a_list_is_read_from_what_was_just_read_to_make_it_and_then_from_redis) {
  const auto s = wants(3);
  crowd();
  recent_records recent;
  topic_index keeping{redis, shards, &recent};
  const auto members = must(keeping.find(shard, "anewz", {3})).members;
  const std::string list = pack_listed(members);
  subscriber_reader reader{redis, shards};
  change(s, [](subscriber& after) { after.wishes.time_zone = "Asia/Dubai"; });
  const auto at_once = must(read_listed(redis, reader, &recent, shard, list));
  ASSERT_EQ(at_once->members().size(), 1U);
  EXPECT_EQ(at_once->members()[0].id, s.value.id);
  EXPECT_EQ(at_once->members()[0].cohort, baku);
  const auto later = must(read_listed(redis, reader, &recent, shard, list));
  ASSERT_EQ(later->members().size(), 1U);
  EXPECT_NE(later->members()[0].cohort, baku);
}

TEST(recent_records_test, forgets_what_was_read_half_a_second_ago) {
  simulated_time time;
  const auto id = subscriber_id_from("0123456789abcdef");
  recent_records recent;
  recent.keep(id, "record", now_steady());
  time.call_at(now_steady() + recent_records::fresh, [] {});
  time.advance();
  EXPECT_EQ(recent.take(id), "record");
  EXPECT_EQ(recent.take(id), std::nullopt);
  recent.keep(id, "record", now_steady());
  time.call_at(now_steady() + recent_records::fresh + 1ms, [] {});
  time.advance();
  EXPECT_EQ(recent.take(id), std::nullopt);
}

}  // namespace
}  // namespace paperboy::redis

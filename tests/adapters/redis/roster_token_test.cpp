#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <string>

#include "adapters/redis/token_index.hpp"
#include "adapters/redis/token_moves.hpp"
#include "tests/adapters/redis/roster_fixture.hpp"

namespace paperboy::redis {
namespace {

using namespace std::chrono_literals;

class roster_token_test : public testing::roster_test {
 protected:
  static token_entry owned(const stored_subscriber& s) {
    token_entry e;
    e.owner = indexed_device({s.value.id, 0});
    return e;
  }
  // The entry as a write that died left it, listed at `since`.
  void leave(const std::string& token, const token_entry& e, std::int64_t since) {
    const auto at = place(token);
    ask(command{"HSET", at.key, at.fingerprint, pack(e)});
    ask(command{"ZADD", shard_key(at.shard, "tok:noted"), since,
                at.key.substr(at.key.rfind(':') + 1) + ':' + at.fingerprint});
  }
  std::int64_t redis_now() {
    const reply r = ask(command{"TIME"});
    return r[0].as_int() * 1000;
  }
  // Puts the token into the record and nowhere else, as a write that died did.
  void force_token(const stored_subscriber& s, const std::string& token) {
    shard_writer writer(redis, shards);
    subscriber after = s.value;
    after.devices[0].token = token;
    shard_write w;
    w.shard = s.place.shard;
    w.subscribers.push_back({&s, &after});
    ASSERT_EQ(must(writer.run(w, defaults, now)).end, write_end::done);
  }
};

TEST_F(roster_token_test, changed_token_is_followed_into_every_shard) {
  auto s = enrol(token_in(0)).subscriber;
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    s = with_token(s, token_in(shard, 7));
    EXPECT_EQ(s.place.shard, 0U);
    expect_consistent();
  }
  must(roster.erase(s, defaults));
  for (const auto& key : keys()) EXPECT_EQ(key.find("}:tok:"), std::string::npos) << key;
}

TEST_F(roster_token_test, whoever_has_the_token_loses_it_wherever_it_lies) {
  for (std::uint32_t index = 0; index < shards; ++index) {
    for (std::uint32_t owner = 0; owner < shards; ++owner) {
      const std::string token = token_in(index, 100 + static_cast<int>(owner));
      auto former = enrol(token_in(owner, 200 + static_cast<int>(index))).subscriber;
      former = with_token(former, token);
      auto next = enrol(token_in(0, 300 + static_cast<int>(index * 10 + owner))).subscriber;
      next = with_token(next, token);
      EXPECT_EQ(read(former).value.devices[0].state, device_state::moved);
      EXPECT_EQ(entry(token), pack(owned(next)));
      const auto last = enrol(token);
      EXPECT_EQ(read(next).value.devices[0].state, device_state::moved);
      EXPECT_EQ(entry(token), pack(owned(last.subscriber)));
      expect_consistent();
    }
  }
}

TEST_F(roster_token_test, loser_of_its_latest_device_goes_home_with_the_other_one) {
  const auto e = enrol(token_in(0, 1), "Asia/Baku");
  const auto traveller = change(e.subscriber, [this](subscriber& s) {
    device d = s.devices[0];
    d.number = 1;
    d.token = token_in(0, 2);
    d.time_zone = "Europe/Berlin";
    d.registered_at += 10s;
    s.devices.push_back(d);
  });
  EXPECT_EQ(traveller.place.cohort.time_zone, "Europe/Berlin");
  enrol(token_in(0, 2));
  EXPECT_EQ(read(traveller).place.cohort.time_zone, "Asia/Baku");
  expect_consistent();
}

TEST_F(roster_token_test, claim_of_a_write_that_died_is_dropped) {
  const std::string token = token_in(1);
  const auto owner = enrol(token).subscriber;
  const auto other = enrol(token_in(2)).subscriber;
  token_entry claimed = owned(owner);
  claimed.pending = indexed_device({other.value.id, 0});
  leave(token, claimed, 1);
  EXPECT_EQ(sweep_all(), 1U);
  EXPECT_EQ(entry(token), pack(owned(owner)));
  expect_consistent();
}

TEST_F(roster_token_test, claim_whose_record_was_written_is_carried_through) {
  const std::string token = token_in(1);
  const auto owner = enrol(token).subscriber;
  const auto other = enrol(token_in(2, 5)).subscriber;
  token_entry claimed = owned(owner);
  claimed.pending = indexed_device({other.value.id, 0});
  leave(token, claimed, 1);
  leave(token_in(2, 5), owned(other), 1);
  force_token(other, token);
  EXPECT_EQ(sweep_all(), 2U);
  EXPECT_EQ(read(owner).value.devices[0].state, device_state::moved);
  EXPECT_EQ(entry(token), pack(owned(other)));
  expect_consistent();
}

TEST_F(roster_token_test, sweep_leaves_a_claim_alone_for_half_a_minute) {
  const std::string token = token_in(1);
  const auto owner = enrol(token).subscriber;
  token_entry claimed = owned(owner);
  claimed.pending = indexed_device({subscriber_id_from("somebody unknown"), 0});
  leave(token, claimed, redis_now());
  EXPECT_EQ(sweep_all(), 0U);
  EXPECT_EQ(entry(token), pack(claimed));
  // Nobody else gets the token meanwhile …
  EXPECT_EQ(error_of(roster.enrol(request(token))), errc::unavailable);
  // … and afterwards whoever asks ends it.
  age_lists();
  const auto next = enrol(token).subscriber;
  EXPECT_EQ(entry(token), pack(owned(next)));
  EXPECT_EQ(read(owner).value.devices[0].state, device_state::moved);
  expect_consistent();
}

TEST_F(roster_token_test, sweep_ends_no_more_than_it_is_told) {
  for (int i = 0; i < 5; ++i) {
    const std::string token = token_in(1, i);
    leave(token, owned(enrol(token).subscriber), 1);
  }
  const auto same = [this](const std::string&) { return defaults; };
  EXPECT_EQ(must(roster.sweep(1, 2, same)), 2U);
  EXPECT_EQ(must(roster.sweep(1, 2, same)), 2U);
  EXPECT_EQ(must(roster.sweep(1, 2, same)), 1U);
  EXPECT_EQ(must(roster.sweep(1, 2, same)), 0U);
  expect_consistent();
}

TEST_F(roster_token_test, entry_that_nobody_holds_is_swept_away) {
  token_entry ghost;
  ghost.owner = indexed_device({subscriber_id_from("somebody unknown"), 0});
  leave(token_in(3), ghost, 1);
  EXPECT_EQ(sweep_all(), 1U);
  EXPECT_EQ(entry(token_in(3)), "");
  expect_consistent();
}

TEST_F(roster_token_test, claim_renewed_while_the_sweep_looked_is_not_ended_by_it) {
  const std::string token = token_in(1);
  const auto owner = enrol(token).subscriber;
  leave(token, owned(owner), 5000);
  shard_writer writer(redis, shards);
  shard_write w;
  w.shard = 1;
  w.tokens.push_back(
      {place(token), pack(owned(owner)), "", token_write::list_change::remove, instant{4000ms}});
  EXPECT_EQ(must(writer.run(w, defaults, now)).end, write_end::token_differs);
  EXPECT_EQ(entry(token), pack(owned(owner)));
}

TEST_F(roster_token_test, record_is_not_written_long_after_its_token_was_claimed) {
  const auto s = enrol("one").subscriber;
  subscriber after = s.value;
  after.version = 5;
  shard_writer writer(redis, shards);
  shard_write w;
  w.shard = s.place.shard;
  w.subscribers.push_back({&s, &after});
  w.not_after = instant{std::chrono::milliseconds{redis_now() - 10'000}};
  EXPECT_EQ(must(writer.run(w, defaults, now)).end, write_end::late);
  EXPECT_EQ(read(s).value.version, 1U);
}

TEST_F(roster_token_test, every_write_may_be_executed_twice) {
  shard_writer writer(redis, shards);
  const auto old = enrol(token_in(1, 3)).subscriber;
  subscriber fresh = old.value;
  fresh.id = subscriber_id_from(std::string("\0\1", 2) + "abcdefghijklmn");
  fresh.devices[0].token = token_in(1, 4);
  subscriber moved = old.value;
  moved.wishes.time_zone = "UTC";
  shard_write w;
  w.shard = 1;
  w.tokens.push_back({place(token_in(1, 4)),
                      "",
                      pack(token_entry{indexed_device({fresh.id, 0}), {}}),
                      token_write::list_change::none,
                      {}});
  w.subscribers = {{nullptr, &fresh}, {&old, &moved}};
  ASSERT_EQ(must(writer.run(w, defaults, now)).end, write_end::done);
  const auto state = everything();
  EXPECT_EQ(must(writer.run(w, defaults, now)).end, write_end::subscriber_differs);
  EXPECT_EQ(everything(), state);
  expect_consistent();
}

TEST_F(roster_token_test, write_whose_answer_was_lost_is_repeated_and_done_once) {
  enrol("who makes the server know the script: else what is lost is only a NOSCRIPT");
  client_settings hasty = server().settings();
  hasty.command_limit = 200ms;
  client other(context, hasty);
  must(other.wait_until_connected(10s));
  shard_writer writer(other, shards);
  subscriber fresh;
  fresh.app = "anewz";
  fresh.id = subscriber_id_from(std::string("\0\1", 2) + "abcdefghijklmn");
  shard_write w;
  w.shard = 1;
  w.subscribers = {{nullptr, &fresh}};
  server().freeze();
  std::optional<result<shard_write_answer>> outcome;
  const auto both = [&]() -> task<void> {
    boost::asio::co_spawn(
        context, writer.run(w, defaults, now),
        [&](const std::exception_ptr&, result<shard_write_answer> r) { outcome.emplace(r); });
    const auto& lost = other.statistics().errors[static_cast<std::size_t>(error_kind::no_answer)];
    co_await testing::eventually([&] { return lost == 1; });
    server().thaw();
    co_await testing::eventually([&] { return outcome.has_value(); });
    co_await other.close();
  };
  testing::run(context, both());
  ASSERT_TRUE(outcome && *outcome);
  EXPECT_EQ((*outcome)->end, write_end::subscriber_differs);
  EXPECT_EQ(number(command{"HGET", shard_key(1, "co:anewz:UTC:480"), "subs"}), 1);
}

TEST(token_entry, comes_back_from_its_bytes) {
  const indexed_device one({subscriber_id_from("0123456789abcdef"), 3});
  const indexed_device two({subscriber_id_from("fedcba9876543210"), 0});
  for (const token_entry& e :
       {token_entry{}, token_entry{one, {}}, token_entry{{}, two}, token_entry{one, two}}) {
    EXPECT_EQ(unpack_token_entry(pack(e)).value(), e);
  }
  for (const std::size_t size : {1U, 10U, 12U, 21U, 23U}) {
    EXPECT_EQ(unpack_token_entry(std::string(size, 'x')).error(), errc::protocol);
  }
}

}  // namespace
}  // namespace paperboy::redis

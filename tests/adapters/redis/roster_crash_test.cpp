#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <random>
#include <string>

#include "adapters/redis/token_moves.hpp"
#include "tests/adapters/redis/roster_fixture.hpp"

namespace paperboy::redis {
namespace {

using namespace std::chrono_literals;
using roster_crash_test = testing::roster_test;

// A change that takes a token from a third shard is abandoned after each of its answers in turn;
// what is left is ended by the sweep.
TEST_F(roster_crash_test, crash_at_any_point_leaves_one_owner_after_the_sweep) {
  bool finished = false;
  for (std::uint64_t answers = 0; !finished; ++answers) {
    ASSERT_LT(answers, 100U);
    const int salt = 1000 + static_cast<int>(answers) * 10;
    const std::string token = token_in(1, salt);
    auto former = enrol(token_in(2, salt + 1)).subscriber;
    former = with_token(former, token);
    const auto taker = enrol(token_in(3, salt + 2)).subscriber;
    const auto stolen = with_token(taker, token_in(0, salt + 3));

    boost::asio::cancellation_signal crash;
    bool ended = false;
    const auto until = redis.statistics().replies + answers;
    subscriber after = stolen.value;
    after.devices[0].token = token;
    auto work = [&]() -> task<void> {
      (void)co_await roster.change(stolen, after, defaults);
      finished = true;
    };
    boost::asio::co_spawn(context, work(),
                          boost::asio::bind_cancellation_slot(
                              crash.slot(), [&](const std::exception_ptr&) { ended = true; }));
    const auto watch = [&]() -> task<void> {
      co_await testing::eventually([&] { return ended || redis.statistics().replies >= until; });
      crash.emit(boost::asio::cancellation_type::terminal);
      co_await testing::eventually([&] { return ended; });
    };
    testing::run(context, watch());
    ask(command{"PING"});  // what was under way has been executed
    age_lists();
    sweep_all();
    expect_consistent();
    const bool former_has = read(former).value.devices[0].live();
    const bool taker_has = read(stolen).value.devices[0].token == token;
    EXPECT_NE(former_has, taker_has) << "after " << answers << " answers";
  }
}

TEST_F(roster_crash_test, any_sequence_of_writes_leaves_a_true_roster) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 chance(seed);
  const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(chance() % below); };
  std::vector<std::string> tokens;
  for (int i = 0; i < 10; ++i)
    tokens.push_back(token_in(static_cast<std::uint32_t>(i) % shards, i));
  const char* zones[] = {"Asia/Baku", "UTC", "Europe/Berlin"};
  std::vector<subscriber_id> people;
  for (int step = 0; step < 300; ++step) {
    now += 1s;
    const auto what = pick(10);
    if (people.empty() || what < 4) {
      auto e = request(tokens[pick(tokens.size())], zones[pick(3)]);
      if (!people.empty() && what < 2) {
        const auto before = wait(roster.find("anewz", people[pick(people.size())]));
        if (before && !before->value.devices.empty()) {
          const auto& d = before->value.devices[pick(before->value.devices.size())];
          e.previous = device_id{before->value.id, d.number};
          e.previous_generation = d.generation;
        }
      }
      const auto done = must(roster.enrol(e));
      if (done.new_subscriber) people.push_back(done.subscriber.value.id);
      continue;
    }
    const auto chosen = pick(people.size());
    const auto s = must(roster.find("anewz", people[chosen]));
    if (what == 9) {
      must(roster.erase(s, defaults));
      people.erase(people.begin() + static_cast<std::ptrdiff_t>(chosen));
      continue;
    }
    change(s, [&](subscriber& after) {
      if (what < 7 && !after.devices.empty()) {
        device& d = after.devices[0];
        const auto& token = tokens[pick(tokens.size())];
        const device* holder = holder_in(after, place(token), shards);
        if (d.live() && (holder == nullptr || holder == &d)) d.token = token;
      } else if (what == 7) {
        after.wishes.digest_time = std::chrono::minutes{static_cast<int>(pick(3)) * 60};
        after.wishes.digest_days = weekdays::from_bits(static_cast<std::uint8_t>(pick(128)));
        choose_frequency(after.wishes.topics, static_cast<topic_number>(pick(4)),
                         static_cast<frequency>(pick(4)));
      } else if (after.devices.size() < 4) {
        device d;
        d.number = after.devices.empty()
                       ? std::uint8_t{0}
                       : static_cast<std::uint8_t>(after.devices.back().number + 1);
        d.token = tokens[pick(tokens.size())];
        d.registered_at = std::chrono::floor<std::chrono::seconds>(now);
        d.time_zone = zones[pick(3)];
        if (d.number < 20 && holder_in(after, place(d.token), shards) == nullptr) {
          after.devices.push_back(d);
        }
      }
    });
    if (step % 20 == 0) expect_consistent();
  }
  expect_consistent();
}

}  // namespace
}  // namespace paperboy::redis

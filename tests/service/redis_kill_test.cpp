// Requests that go on while Redis or the program is killed again and again, or Redis stands still:
// what was answered with a 2xx is there afterwards.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>

#include "tests/service/crowd.hpp"
#include "tests/service/eventually.hpp"
#include "tests/service/newsroom.hpp"
#include "tests/service/phone.hpp"
#include "tests/service/story.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

std::string item_target(const std::string& id) {
  return fmt::format("{}/items/{}", app_path(), id);
}

api_request item(const std::string& id) {
  return {"PUT", item_target(id), std::string{api_key},
          fmt::format(R"({{"title":"Title {0}","url":"https://anewz.tv/{0}","topics":["politics"],)"
                      R"("language":"en","published_at":"2026-01-01T08:00:00Z"}})",
                      id)};
}

// Publishers and phones that send until they are told to stop, each request again until it is
// answered with a 2xx.
class storm {
 public:
  static constexpr std::size_t publishers = 3, registrars = 2;

  explicit storm(std::uint16_t port) : port_(port) {
    for (std::size_t i = 0; i < publishers; ++i) threads_.emplace_back([this, i] { publish(i); });
    for (std::size_t i = 0; i < registrars; ++i) threads_.emplace_back([this] { enrol_phones(); });
  }
  ~storm() { stop(); }
  storm(const storm&) = delete;
  storm& operator=(const storm&) = delete;

  void goes_to(std::uint16_t port) { port_ = port; }
  void stop() {
    over_ = true;
    for (auto& t : threads_) {
      if (t.joinable()) t.join();
    }
  }

  // Once it is over.
  std::vector<std::string> items;   // ids answered with a 2xx
  std::vector<phone> phones;        // registered with a 201
  std::atomic<std::size_t> refused{0}, unanswered{0}, wrong{0};

 private:
  // Nothing if the storm ends first.
  std::optional<raw_answer> insist(const api_request& r) {
    while (!over_) {
      api_client api{port_};
      const auto answer = api.try_send(r);
      if (!answer) {
        ++unanswered;
      } else if (answer->status == 200 || answer->status == 201) {
        return answer;
      } else if (answer->status == 503 && !answer->field("retry-after").empty()) {
        ++refused;
      } else {
        ++wrong;
      }
      ::poll(nullptr, 0, 10);
    }
    return std::nullopt;
  }
  void publish(std::size_t who) {
    for (int i = 0; !over_; ++i) {
      const std::string id = fmt::format("storm-{}-{}", who, i);
      if (!insist(item(id))) return;
      const std::lock_guard lock{guard_};
      items.push_back(id);
    }
  }
  void enrol_phones() {
    while (!over_) {
      phone p = new_phone(platform::ios);
      const auto answer = insist(registration_of(p));
      if (!answer) return;
      take_registration(p, *answer);
      const std::lock_guard lock{guard_};
      phones.push_back(std::move(p));
    }
  }

  std::atomic<std::uint16_t> port_;
  std::atomic<bool> over_{false};
  std::mutex guard_;
  std::vector<std::thread> threads_;
};

TEST(accepted_writes, survive_kills_of_redis_and_of_the_program) {
  const char* given = std::getenv("PAPERBOY_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  SCOPED_TRACE("PAPERBOY_SEED=" + std::to_string(seed));
  std::mt19937_64 chance{seed};
  newsroom place;
  place.start();
  place.publish();
  std::size_t redis_kills = 0, program_kills = 0;
  storm requests(place.port());
  for (const auto end = clock::now() + 12s; clock::now() < end;) {
    ::poll(nullptr, 0, std::uniform_int_distribution<int>{200, 1200}(chance));
    const bool both = chance() % 4 == 0;
    if (both || chance() % 2 == 0) {
      if (const pid_t redis = place.redis(); redis > 0) {
        ::kill(redis, SIGKILL);
        ++redis_kills;
      }
    }
    if (both || chance() % 3 == 0) {
      place.kill();
      ++program_kills;
      place.start();
      requests.goes_to(place.port());
    }
  }
  requests.stop();

  std::size_t lost = 0;
  std::vector<api_request> questions;
  for (const auto& id : requests.items) {
    questions.push_back({"GET", item_target(id), std::string{api_key}});
  }
  for (const auto& p : requests.phones) {
    questions.push_back({"GET", "/v1/devices/self", p.credential});
  }
  ASSERT_TRUE(eventually(10s, [&] {
    return place.operators().send({"GET", "/readyz"}).status == 200;
  })) << place.state();
  for (const auto& answer : place.api().send_all(questions)) lost += answer.status == 200 ? 0 : 1;
  EXPECT_EQ(lost, 0U);
  EXPECT_EQ(requests.wrong, 0U);
  EXPECT_GT(redis_kills, 0U);
  EXPECT_GT(requests.items.size(), 100U);
  EXPECT_GT(requests.phones.size(), 100U);
  std::cout << fmt::format(
      "accepted writes, seed {}: {} items and {} registrations answered with 2xx, {} times 503, {} "
      "without an answer; {} kills of Redis, {} of the program; {} lost\n",
      seed, requests.items.size(), requests.phones.size(), requests.refused.load(),
      requests.unanswered.load(), redis_kills, program_kills, lost);
}

// SIGKILL to Redis again and again, in the middle of a run.

struct repeated_kills : disturbed_run {
  std::size_t kills = 0;
  std::chrono::milliseconds slowest_recovery{};
};

repeated_kills play_repeated_kills() {
  repeated_kills seen;
  seen.window = 4;
  crowd readers(600, seen.window);
  newsroom& place = readers.place();
  readers.wait_until_taken(50);
  seen.taken_before = place.taken();
  while (place.taken() < readers.phones().size() && seen.kills < 20) {
    if (const pid_t redis = place.redis(); redis > 0) ::kill(redis, SIGKILL);
    ++seen.kills;
    const auto killed = clock::now();
    if (!eventually(30s, [&] { return place.api().send(item("again")).status < 300; })) {
      throw std::runtime_error("Redis does not come back; " + place.state());
    }
    seen.slowest_recovery =
        std::max(seen.slowest_recovery,
                 std::chrono::ceil<std::chrono::milliseconds>(clock::now() - killed));
    // One that dies within a second of its start is waited for longer each time.
    ::poll(nullptr, 0, 1500);
  }
  readers.finish(seen);
  return seen;
}

const story<repeated_kills> killed_often{"a_redis_that_is_killed_often", play_repeated_kills};

TEST(a_redis_that_is_killed_often, does_not_keep_a_run_from_reaching_everybody_once) {
  const auto& seen = killed_often.outcome();
  EXPECT_GT(seen.kills, 2U);
  EXPECT_EQ(seen.run.state, "done") << seen.run.text();
  EXPECT_EQ(seen.run.accepted, seen.devices) << seen.run.text();
  EXPECT_EQ(seen.tally.lost, 0U);
  EXPECT_LE(seen.tally.copies, seen.window * seen.kills);
  EXPECT_EQ(seen.tally.visible, std::vector<std::string>{});
  EXPECT_EQ(seen.wrong_looks, std::vector<std::string>{});
  EXPECT_LE(seen.slowest_recovery, 5s);
  std::cout << fmt::format(
      "a Redis that is killed often: {} kills, lost {}, copies {}, slowest recovery {} ms\n",
      seen.kills, seen.tally.lost, seen.tally.copies, seen.slowest_recovery.count());
}

// SIGSTOP to Redis for twenty seconds, in the middle of a run.

struct freeze : disturbed_run {
  std::size_t requests = 0, answered_2xx = 0, without_retry_after = 0, other_than_503 = 0;
  std::size_t slow = 0;  // later than a quarter of a second
  std::chrono::milliseconds slowest{}, recovery{};
  unsigned ready_meanwhile = 0;
  bool registered_before_is_there = false;
};

freeze play_freeze() {
  freeze seen;
  seen.window = 16;
  crowd readers(600, seen.window);
  newsroom& place = readers.place();
  phone before = new_phone(platform::ios, "Pacific/Auckland");
  enrol(place, before);
  readers.wait_until_taken(150);
  const pid_t redis = place.redis();
  ::kill(redis, SIGSTOP);
  seen.taken_before = place.taken();
  const auto milliseconds_since = [](clock::time_point t) {
    return std::chrono::ceil<std::chrono::milliseconds>(clock::now() - t);
  };
  for (const auto end = clock::now() + 20s; clock::now() < end; ++seen.requests) {
    const auto asked = clock::now();
    const auto answer = place.api().send(item(fmt::format("frozen-{}", seen.requests)));
    const auto took = milliseconds_since(asked);
    seen.slowest = std::max(seen.slowest, took);
    if (took > 250ms) ++seen.slow;
    if (answer.status < 300) ++seen.answered_2xx;
    if (answer.status != 503) ++seen.other_than_503;
    if (answer.field("retry-after").empty()) ++seen.without_retry_after;
    if (seen.requests == 20) {
      seen.ready_meanwhile = place.operators().send({"GET", "/readyz"}).status;
    }
    ::poll(nullptr, 0, 50);
  }
  const auto thawed = clock::now();
  ::kill(redis, SIGCONT);
  if (!eventually(30s, [&] { return place.api().send(item("thawed")).status < 300; })) {
    throw std::runtime_error("nothing can be published after the freeze; " + place.state());
  }
  seen.recovery = milliseconds_since(thawed);
  readers.finish(seen);
  seen.registered_before_is_there = status_of_credential(place, before.credential) == 200;
  return seen;
}

const story<freeze> frozen{"a_frozen_redis", play_freeze};

TEST(a_frozen_redis, is_answered_with_503_and_retry_after_meanwhile) {
  const auto& seen = frozen.outcome();
  EXPECT_GT(seen.requests, 50U);
  EXPECT_EQ(seen.answered_2xx, 0U);
  EXPECT_EQ(seen.other_than_503, 0U);
  EXPECT_EQ(seen.without_retry_after, 0U);
  EXPECT_EQ(seen.ready_meanwhile, 503U);
}

// Only what meets the beginning of the silence waits for its whole limit.
TEST(a_frozen_redis, is_answered_for_within_a_quarter_of_a_second_but_for_the_first) {
  const auto& seen = frozen.outcome();
  EXPECT_LE(seen.slow, 3U);
  EXPECT_LE(seen.slowest, 3s);
}

TEST(a_frozen_redis, is_worked_with_again_within_five_seconds) {
  const auto& seen = frozen.outcome();
  EXPECT_LE(seen.recovery, 5s);
  EXPECT_TRUE(seen.registered_before_is_there);
  std::cout << fmt::format(
      "a frozen Redis: 20 s, {} requests, {} with 2xx, {} later than 250 ms (slowest {} ms), "
      "recovery {} ms, lost {}, copies {}\n",
      seen.requests, seen.answered_2xx, seen.slow, seen.slowest.count(), seen.recovery.count(),
      seen.tally.lost, seen.tally.copies);
}

TEST(a_frozen_redis, does_not_keep_a_run_from_reaching_everybody) {
  const auto& seen = frozen.outcome();
  EXPECT_GT(seen.taken_before, 0U);
  EXPECT_LT(seen.taken_before, seen.devices);
  EXPECT_EQ(seen.run.accepted, seen.devices) << seen.run.text();
  EXPECT_EQ(seen.tally.lost, 0U);
  EXPECT_LE(seen.tally.copies, seen.window);
  EXPECT_EQ(seen.tally.visible, std::vector<std::string>{});
  EXPECT_EQ(seen.wrong_looks, std::vector<std::string>{});
}

}  // namespace
}  // namespace paperboy::service

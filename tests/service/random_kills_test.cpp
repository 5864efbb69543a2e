// Processes that are killed at random, every moment of a run. PAPERBOY_SEED is the first seed, and
// PAPERBOY_WORLDS how many runs are played side by side, each with the next one.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/adapters/redis/server.hpp"
#include "tests/service/crowd.hpp"
#include "tests/service/eventually.hpp"
#include "tests/service/story.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr std::size_t window = 8;   // of each process
constexpr std::size_t senders = 3;  // beside the one that answers as well
constexpr int kill_every = 150;     // milliseconds
constexpr auto longest_storm = 60s;

std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
  const char* given = std::getenv(variable);
  return given != nullptr ? std::strtoull(given, nullptr, 10) : otherwise;
}

struct storm : disturbed_run {
  std::uint64_t seed = 0;
  std::size_t kills = 0;
  std::uint64_t set_aside = 0;
  std::vector<int> other_ends;  // of processes that nobody killed
  std::chrono::milliseconds to_the_end{};  // from the last kill
};

std::unique_ptr<program> another_sender(newsroom& place) {
  return std::make_unique<program>(
      std::vector<std::string>{"serve", "--config", place.configuration(), "--role", "sender"},
      place.errors());
}

storm play(std::uint64_t seed) {
  storm seen;
  seen.seed = seed;
  seen.window = window;
  std::mt19937_64 chance{seed};
  redis::testing::private_server redis({"--appendonly", "yes", "--appendfsync", "always"});
  crowd_settings s{.devices = under_a_sanitizer ? 600U : 1500U, .window = window};
  s.redis = "unix:" + (redis.folder() / "redis.sock").native();
  s.run_limit = 240s;
  crowd readers(s);
  newsroom& place = readers.place();
  std::vector<std::unique_ptr<program>> all;
  for (std::size_t i = 0; i < senders; ++i) all.push_back(another_sender(place));
  readers.wait_until_taken(20);
  seen.taken_before = place.taken();
  // Kills go on for as long as somebody was not reached yet, but no longer than leases allow for.
  auto last_kill = clock::now();
  for (const auto end = clock::now() + longest_storm;
       clock::now() < end && place.taken() < s.devices;) {
    ::poll(nullptr, 0, kill_every);
    const auto victim = chance() % (senders + 1);
    last_kill = clock::now();
    ++seen.kills;
    if (victim == senders) {
      place.kill();
      place.start();
    } else {
      all[victim]->signal(SIGKILL);
      if (const auto ended = all[victim]->wait(30s); ended != 128 + SIGKILL) {
        seen.other_ends.push_back(ended.value_or(-1));
      }
      all[victim] = another_sender(place);
    }
  }
  readers.finish(seen);
  seen.to_the_end = std::chrono::ceil<std::chrono::milliseconds>(clock::now() - last_kill);
  const auto aside = seen.run.skipped.find("dead_letter");
  if (aside != seen.run.skipped.end()) seen.set_aside = aside->second;
  return seen;
}

std::vector<storm> play_all() {
  const auto first = number_in("PAPERBOY_SEED", std::random_device{}());
  std::vector<std::future<storm>> under_way;
  for (std::uint64_t i = 0; i < number_in("PAPERBOY_WORLDS", 2); ++i) {
    under_way.push_back(std::async(std::launch::async, play, first + i));
  }
  std::vector<storm> all;
  for (auto& one : under_way) all.push_back(one.get());
  return all;
}

const story<std::vector<storm>> storms{"random_kills", play_all};

TEST(random_kills, lose_nobody_and_repeat_at_most_a_window_each) {
  for (const auto& seen : storms.outcome()) {
    SCOPED_TRACE(fmt::format("PAPERBOY_SEED={} PAPERBOY_WORLDS=1: {}", seen.seed, seen.run.text()));
    EXPECT_GT(seen.kills, 2U);
    EXPECT_EQ(seen.run.state, "done");
    EXPECT_EQ(seen.run.eligible, seen.devices);
    EXPECT_EQ(seen.run.accepted, seen.devices);
    EXPECT_EQ(seen.tally.lost, 0U);
    EXPECT_EQ(seen.set_aside, 0U);  // nobody is taken for the cause of a kill
    EXPECT_EQ(seen.other_ends, std::vector<int>{});
    EXPECT_LE(seen.tally.copies, seen.window * seen.kills);
    EXPECT_EQ(seen.tally.visible, std::vector<std::string>{});
    EXPECT_EQ(seen.wrong_looks, std::vector<std::string>{});
    std::cout << fmt::format(
        "random kills, seed {}: {} kills, lost {}, {} copies ({:.1f} each), visible {}, set aside "
        "{}, {} ms from the last kill to the end\n",
        seen.seed, seen.kills, seen.tally.lost, seen.tally.copies,
        static_cast<double>(seen.tally.copies) / static_cast<double>(seen.kills),
        seen.tally.visible.size(), seen.set_aside, seen.to_the_end.count());
  }
}

}  // namespace
}  // namespace paperboy::service

// Several processes and threads on one Redis: one that is killed is taken over from, one that is
// stopped leaves nothing behind.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "tests/adapters/redis/server.hpp"
#include "tests/service/crowd.hpp"
#include "tests/service/eventually.hpp"
#include "tests/service/story.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t window = 16;
constexpr std::size_t devices = under_a_sanitizer ? 600 : 1200;

struct shared_run : disturbed_run {
  int status = -1;                   // of the process that was stopped
  std::chrono::milliseconds took{};  // its end
  // From the kill until the blocks that it held went on: the end of the longest pause since.
  std::chrono::milliseconds taken_over_after{};
};

std::unique_ptr<program> more_senders(newsroom& place) {
  auto senders = std::make_unique<program>(
      std::vector<std::string>{"serve", "--config", place.configuration(), "--role", "sender",
                               "--workers", "2"},
      place.errors());
  if (senders->first_line(newsroom::start_limit).empty()) {
    throw std::runtime_error("the senders are not ready: " + place.said());
  }
  return senders;
}

std::chrono::milliseconds longest_pause_ends(std::vector<simulators::received_push> pushes,
                                             std::chrono::system_clock::time_point since) {
  std::ranges::sort(pushes, {}, &simulators::received_push::at);
  auto last = since, end = since;
  auto longest = since - since;
  for (const auto& p : pushes) {
    if (p.at < since) continue;
    if (p.at - last > longest) {
      longest = p.at - last;
      end = p.at;
    }
    last = p.at;
  }
  return std::chrono::ceil<std::chrono::milliseconds>(end - since);
}

// Leases are what they are where nobody sets them: half a minute.
shared_run play(int with_signal) {
  shared_run seen;
  seen.window = window;
  redis::testing::private_server redis({"--appendonly", "yes", "--appendfsync", "always"});
  crowd_settings s{.devices = devices, .window = window};
  s.redis = "unix:" + (redis.folder() / "redis.sock").native();
  s.delivery = "";
  s.run_limit = 120s;
  crowd readers(s);
  auto senders = more_senders(readers.place());
  readers.wait_until_taken(devices / 4);
  seen.taken_before = readers.place().taken();
  const auto before = std::chrono::steady_clock::now();
  const auto then = std::chrono::system_clock::now();
  senders->signal(with_signal);
  seen.status = senders->wait(30s).value_or(-1);
  seen.took =
      std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - before);
  readers.finish(seen);
  seen.taken_over_after = longest_pause_ends(readers.place().pushes(), then);
  return seen;
}

shared_run play_kill() { return play(SIGKILL); }
shared_run play_stop() { return play(SIGTERM); }

const story<shared_run> killed{"a_killed_process_of_several", play_kill};
const story<shared_run> stopped{"a_stopped_process_of_several", play_stop};

void expect_everybody_reached(const shared_run& seen) {
  EXPECT_GT(seen.taken_before, 0U);
  EXPECT_LT(seen.taken_before, seen.devices);
  EXPECT_EQ(seen.run.state, "done") << seen.run.text();
  EXPECT_EQ(seen.run.accepted, seen.devices) << seen.run.text();
  EXPECT_EQ(seen.tally.lost, 0U);
  EXPECT_EQ(seen.tally.visible, std::vector<std::string>{});
  EXPECT_EQ(seen.wrong_looks, std::vector<std::string>{});
  ::testing::Test::RecordProperty("copies", std::to_string(seen.tally.copies));
  ::testing::Test::RecordProperty("milliseconds", std::to_string(seen.took.count()));
}

TEST(a_killed_process_of_several, loses_nobody_and_repeats_at_most_its_window) {
  const auto& seen = killed.outcome();
  expect_everybody_reached(seen);
  EXPECT_LE(seen.tally.copies, seen.window);
}

TEST(a_killed_process_of_several, is_taken_over_from_within_a_lease_and_a_second) {
  const auto& seen = killed.outcome();
  EXPECT_GE(seen.taken_over_after, 20s);
  EXPECT_LE(seen.taken_over_after, under_a_sanitizer ? 36s : 31s);
  std::cout << fmt::format("a killed process of several: taken over from after {} ms, {} copies\n",
                           seen.taken_over_after.count(), seen.tally.copies);
}

TEST(a_stopped_process_of_several, loses_nobody_and_repeats_nothing) {
  const auto& seen = stopped.outcome();
  expect_everybody_reached(seen);
  EXPECT_EQ(seen.tally.copies, 0U);
  EXPECT_EQ(seen.status, 0);
  EXPECT_LE(seen.took, 15s);
}

}  // namespace
}  // namespace paperboy::service

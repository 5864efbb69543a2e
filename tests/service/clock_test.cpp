// A process whose wall clock is wrong, or jumps, in the middle of a run. libfaketime moves it; what
// is measured on the steady clock stays, and so does Redis's clock.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
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

constexpr const char* library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

struct moved_clock : disturbed_run {
  instant slot{};
  std::uint64_t before_slot = 0;  // pushes that came early
};

// The offset is read from the file each time.
variables moved_by(const std::filesystem::path& file) {
  return {{"LD_PRELOAD", library},
          {"FAKETIME_TIMESTAMP_FILE", file.native()},
          {"FAKETIME_NO_CACHE", "1"},
          {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
          {"DONT_FAKE_MONOTONIC", "1"}};
}

void write_offset(const std::filesystem::path& file, const std::string& offset) {
  const auto fresh = file.native() + ".new";
  std::ofstream(fresh) << offset << '\n';
  std::filesystem::rename(fresh, file);
}

crowd_settings settings_on(const redis::testing::private_server& redis) {
  crowd_settings s{.devices = 600, .window = 8};
  s.redis = "unix:" + (redis.folder() / "redis.sock").native();
  s.run_limit = 120s;
  return s;
}

void finish(crowd& readers, moved_clock& seen) {
  readers.finish(seen);
  seen.slot = readers.slot();
  for (const auto& p : readers.place().pushes()) {
    if (p.at < seen.slot) ++seen.before_slot;
  }
}

// One of two processes has the wrong time from its start on.
moved_clock play_beside(const std::string& offset) {
  moved_clock seen;
  redis::testing::private_server redis({"--appendonly", "yes"});
  const auto s = settings_on(redis);
  seen.window = s.window;
  crowd readers(s);
  const auto file = redis.folder() / "offset";
  write_offset(file, offset);
  program wrong({"serve", "--config", readers.place().configuration(), "--role", "sender"},
                readers.place().errors(), moved_by(file));
  if (wrong.first_line(newsroom::start_limit).empty()) {
    throw std::runtime_error("the sender is not ready: " + readers.place().said());
  }
  readers.wait_until_taken(100);
  seen.taken_before = readers.place().taken();
  finish(readers, seen);
  return seen;
}

// The only process: its clock jumps forward, back, and is right again.
moved_clock play_steps() {
  moved_clock seen;
  redis::testing::private_server redis({"--appendonly", "yes"});
  auto s = settings_on(redis);
  seen.window = s.window;
  const auto file = redis.folder() / "offset";
  write_offset(file, "+0");
  s.environment = moved_by(file);
  crowd readers(s);
  readers.wait_until_taken(100);
  seen.taken_before = readers.place().taken();
  for (const char* offset : {"+3600", "-3600", "+300", "+0"}) {
    write_offset(file, offset);
    eventually(1s, [] { return false; });
  }
  finish(readers, seen);
  return seen;
}

moved_clock play_behind() { return !under_a_sanitizer ? play_beside("-3600") : moved_clock{}; }
moved_clock play_ahead() { return !under_a_sanitizer ? play_beside("+3600") : moved_clock{}; }
moved_clock play_jumps() { return !under_a_sanitizer ? play_steps() : moved_clock{}; }

const story<moved_clock> behind{"a_clock_an_hour_behind", play_behind};
const story<moved_clock> ahead{"a_clock_an_hour_ahead", play_ahead};
const story<moved_clock> jumps{"a_clock_that_jumps", play_jumps};

void expect_harmless(const char* name, const story<moved_clock>& of) {
  if (under_a_sanitizer) GTEST_SKIP() << "a sanitizer and libfaketime do not go together";
  ASSERT_TRUE(std::filesystem::exists(library)) << "run ops/setup";
  const auto& seen = of.outcome();
  EXPECT_GT(seen.taken_before, 0U);
  EXPECT_LT(seen.taken_before, seen.devices);
  EXPECT_EQ(seen.before_slot, 0U);
  EXPECT_EQ(seen.run.state, "done") << seen.run.text();
  EXPECT_EQ(seen.run.accepted, seen.devices) << seen.run.text();
  EXPECT_EQ(seen.tally.lost, 0U);
  EXPECT_EQ(seen.tally.visible, std::vector<std::string>{});
  EXPECT_LE(seen.tally.copies, seen.window);
  EXPECT_EQ(seen.wrong_looks, std::vector<std::string>{});
  std::cout << fmt::format("{}: lost {}, early {}, copies {}, {}\n", name, seen.tally.lost,
                           seen.before_slot, seen.tally.copies, seen.run.text());
}

TEST(a_clock_an_hour_behind, loses_nobody_and_sends_nothing_early) {
  expect_harmless("a clock an hour behind", behind);
}

TEST(a_clock_an_hour_ahead, loses_nobody_and_sends_nothing_early) {
  expect_harmless("a clock an hour ahead", ahead);
}

TEST(a_clock_that_jumps, loses_nobody_and_sends_nothing_early) {
  expect_harmless("a clock that jumps", jumps);
}

}  // namespace
}  // namespace paperboy::service

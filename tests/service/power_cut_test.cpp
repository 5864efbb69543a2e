// The power goes in the middle of a run: program and Redis end at once, and the end of the
// append-only file is gone with commits that were answered. PAPERBOY_SEED repeats the cut.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <stdexcept>

#include "tests/service/crowd.hpp"
#include "tests/service/eventually.hpp"
#include "tests/service/story.hpp"

namespace paperboy::service {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

fs::path append_only_file(const newsroom& place) {
  for (const auto& entry : fs::directory_iterator(place.data() / "appendonlydir")) {
    if (entry.path().native().ends_with(".incr.aof")) return entry.path();
  }
  throw std::runtime_error("no append-only file");
}

struct power_cut : disturbed_run {
  std::uint64_t seed = 0;
  std::uintmax_t run_began = 0, cut = 0, size = 0;  // bytes of the file
};

power_cut play_power_cut() {
  power_cut seen;
  const char* given = std::getenv("PAPERBOY_SEED");
  seen.seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::mt19937_64 chance{seen.seed};
  seen.window = 16;
  crowd readers(600, seen.window);
  newsroom& place = readers.place();
  readers.wait_until_taken(1);
  const fs::path file = append_only_file(place);
  seen.run_began = fs::file_size(file);
  readers.wait_until_taken(300);
  const pid_t redis = place.redis();
  place.kill();
  ::kill(redis, SIGKILL);
  if (!eventually(10s, [&] { return place.redis() == 0; })) throw std::runtime_error("Redis stays");
  seen.taken_before = place.taken();
  seen.size = fs::file_size(file);
  seen.cut = std::uniform_int_distribution<std::uintmax_t>{seen.run_began, seen.size}(chance);
  fs::resize_file(file, seen.cut);
  place.start();
  readers.finish(seen);
  return seen;
}

const story<power_cut> cut{"a_power_cut", play_power_cut};

TEST(a_power_cut, loses_nobody) {
  const auto& seen = cut.outcome();
  SCOPED_TRACE(fmt::format("PAPERBOY_SEED={}, cut at {} of {}", seen.seed, seen.cut, seen.size));
  EXPECT_GT(seen.taken_before, 0U);
  EXPECT_LT(seen.taken_before, seen.devices);
  EXPECT_EQ(seen.run.state, "done") << seen.run.text();
  EXPECT_EQ(seen.run.eligible, seen.devices) << seen.run.text();
  EXPECT_EQ(seen.run.accepted, seen.devices) << seen.run.text();
  EXPECT_EQ(seen.tally.lost, 0U);
  EXPECT_EQ(seen.tally.strangers, 0U);
  EXPECT_EQ(seen.wrong_looks, std::vector<std::string>{});
}

TEST(a_power_cut, repeats_only_what_it_took) {
  const auto& seen = cut.outcome();
  EXPECT_LE(seen.tally.copies, seen.taken_before);
  std::cout << fmt::format(
      "power cut, seed {}: {} of {} bytes written since the run began are cut, {} of {} taken "
      "before it; lost {}, copies {}\n",
      seen.seed, seen.size - seen.cut, seen.size - seen.run_began, seen.taken_before, seen.devices,
      seen.tally.lost, seen.tally.copies);
}

TEST(a_power_cut, that_takes_all_is_told_at_the_start) {
  newsroom place;
  place.start();
  place.kill();
  ::kill(place.redis(), SIGKILL);
  ASSERT_TRUE(eventually(10s, [&] { return place.redis() == 0; }));
  fs::resize_file(append_only_file(place), 0);
  program refused({"serve", "--config", place.configuration()}, place.errors());
  EXPECT_EQ(refused.wait(30s), 69);
  EXPECT_NE(place.said().find("Redis lost the notes of this installation"), std::string::npos)
      << place.said();
}

}  // namespace
}  // namespace paperboy::service

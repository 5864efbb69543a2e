// A record that ends every worker that sends to it.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <iostream>
#include <string>

#include "core/kill_points.hpp"
#include "core/wall_time.hpp"
#include "tests/service/crowd.hpp"
#include "tests/service/eventually.hpp"
#include "tests/service/story.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;

struct poisoned : disturbed_run {
  std::size_t restarts = 0;
  std::string victim;
  std::string dead_letters;  // as GET …/dead answers
};

// As a service manager does: the same again, whenever it ends.
void start_again(newsroom& place, const variables& with) {
  try {
    place.start(with);
  } catch (const std::runtime_error&) {
    if (!place.child().wait(0s)) throw;  // it ended before it was ready, and is looked at next time
  }
}

std::string dead_letters_of(newsroom& place, const std::string& run) {
  return place.api()
      .send({"GET", fmt::format("{}/runs/{}/dead", app_path(), run), std::string{api_key}})
      .body;
}

poisoned play_poison() {
  poisoned seen;
  seen.window = 16;
  crowd_settings s{.devices = 600, .window = seen.window, .workers = 2};
  s.run_limit = 90s;
  crowd readers(s);
  newsroom& place = readers.place();
  seen.victim = readers.phones()[301].subscriber_id;
  const variables deadly{{kill_point_variable, "before_send@" + seen.victim}};
  place.stop();
  place.start(deadly);
  const auto until_slot = std::chrono::ceil<std::chrono::seconds>(readers.slot() - now_wall());
  eventually(until_slot + s.run_limit, [&] {
    if (place.child().wait(0s)) {
      ++seen.restarts;
      start_again(place, deadly);
    }
    return readers.look().state == "done";
  });
  readers.finish(seen);
  seen.dead_letters = dead_letters_of(place, seen.run.id);
  return seen;
}

const story<poisoned> poison{"a_record_that_ends_workers",
                             kill_points_are_on ? play_poison : [] { return poisoned{}; }};

// The same, of somebody who comes up from the retry set only.
struct poisoned_retry {
  std::size_t restarts = 0;
  run_view run{};
  std::string victim{}, dead_letters{};
  std::uint64_t taken = 0;
};

poisoned_retry play_poisoned_retry() {
  poisoned_retry seen;
  newsroom_settings s;
  s.delivery = "spread = \"0s\"\nlease = \"2s\"\n";
  newsroom place(s);
  place.start();
  phone victim = new_phone(platform::android);
  victim.topics = "{}";
  enrol(place, victim);
  seen.victim = victim.subscriber_id;
  place.add_fault(fmt::format("UNAVAILABLE,token={},times=1,retry-after=1", victim.token));
  const variables deadly{{kill_point_variable, "before_retry_send@" + seen.victim}};
  place.stop();
  place.start(deadly);
  const std::string run = tell(place, "poison", victim);
  // A retry whose holder vanished comes back after a lease and the time of an answer.
  eventually(180s, [&] {
    if (place.child().wait(0s)) {
      ++seen.restarts;
      start_again(place, deadly);
    }
    try {
      seen.run = find_run(place, run);
    } catch (const std::runtime_error&) {  // it has just ended
    }
    return seen.run.state == "done";
  });
  seen.dead_letters = dead_letters_of(place, run);
  seen.taken = place.taken();
  return seen;
}

const story<poisoned_retry> retried{"a_retry_that_ends_workers",
                                    kill_points_are_on ? play_poisoned_retry
                                                       : [] { return poisoned_retry{}; }};

TEST(a_retry_that_ends_workers, is_set_aside_at_the_third_claim_and_listed) {
  if (!kill_points_are_on) GTEST_SKIP() << "built without PAPERBOY_KILL_POINTS";
  const auto& seen = retried.outcome();
  EXPECT_EQ(seen.restarts, 2U);
  EXPECT_EQ(seen.run.skipped,
            (std::map<std::string, std::uint64_t>{{"dead_letter", 1}})) << seen.run.text();
  EXPECT_NE(seen.dead_letters.find(seen.victim), std::string::npos) << seen.dead_letters;
  EXPECT_EQ(seen.taken, 0U);
}

class a_record_that_ends_workers : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!kill_points_are_on) GTEST_SKIP() << "built without PAPERBOY_KILL_POINTS";
  }
};

TEST_F(a_record_that_ends_workers, is_set_aside_at_the_third_claim_and_listed) {
  const auto& seen = poison.outcome();
  EXPECT_EQ(seen.restarts, 2U);
  EXPECT_EQ(seen.run.skipped,
            (std::map<std::string, std::uint64_t>{{"dead_letter", 1}})) << seen.run.text();
  EXPECT_NE(seen.dead_letters.find(seen.victim), std::string::npos) << seen.dead_letters;
}

TEST_F(a_record_that_ends_workers, keeps_nobody_else_from_the_digest) {
  const auto& seen = poison.outcome();
  EXPECT_EQ(seen.run.state, "done") << seen.run.text();
  EXPECT_EQ(seen.run.accepted, seen.devices - 1) << seen.run.text();
  EXPECT_EQ(seen.tally.lost, 1U);
  EXPECT_LE(seen.tally.copies, seen.window * seen.restarts);
  EXPECT_EQ(seen.tally.visible, std::vector<std::string>{});
  EXPECT_EQ(seen.wrong_looks, std::vector<std::string>{});
  std::cout << fmt::format("a record that ends workers: {} restarts, {} copies, {}\n",
                           seen.restarts, seen.tally.copies, seen.run.text());
}

}  // namespace
}  // namespace paperboy::service

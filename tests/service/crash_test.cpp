// A run that goes on through the end of the program and of Redis.

#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <stdexcept>
#include <string>

#include "tests/service/crowd.hpp"
#include "tests/service/eventually.hpp"
#include "tests/service/story.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;

void expect_everybody_reached(const disturbed_run& seen) {
  EXPECT_EQ(seen.run.state, "done") << seen.run.text();
  EXPECT_EQ(seen.run.eligible, seen.devices) << seen.run.text();
  EXPECT_EQ(seen.run.accepted, seen.devices) << seen.run.text();
  EXPECT_EQ(seen.run.pending, 0U);
  EXPECT_EQ(seen.tally.lost, 0U);
  EXPECT_EQ(seen.tally.strangers, 0U);
  EXPECT_EQ(seen.wrong_looks, std::vector<std::string>{});
}

void expect_in_the_middle(const disturbed_run& seen) {
  EXPECT_GT(seen.taken_before, 0U);
  EXPECT_LT(seen.taken_before, seen.devices);
}

// For the report of --gtest_output: what happened, where all of it is allowed.
void record(const disturbed_run& seen) {
  ::testing::Test::RecordProperty("taken_before", std::to_string(seen.taken_before));
  ::testing::Test::RecordProperty("copies", std::to_string(seen.tally.copies));
}

// SIGKILL to the program.

disturbed_run play_kill() {
  disturbed_run seen;
  seen.window = 32;
  crowd readers(under_a_sanitizer ? 1000 : 2000, seen.window);
  readers.wait_until_taken(readers.phones().size() * 3 / 10);
  readers.place().kill();
  seen.taken_before = readers.place().taken();
  readers.place().start();
  readers.finish(seen);
  return seen;
}

const story<disturbed_run> killed{"a_killed_program", play_kill};

TEST(a_killed_program, loses_nobody) {
  const auto& seen = killed.outcome();
  expect_in_the_middle(seen);
  expect_everybody_reached(seen);
}

TEST(a_killed_program, repeats_at_most_a_window_of_pushes) {
  const auto& seen = killed.outcome();
  record(seen);
  EXPECT_LE(seen.tally.copies, seen.window);
}

TEST(a_killed_program, repeats_without_a_sound_in_the_place_of_the_first) {
  EXPECT_EQ(killed.outcome().tally.visible, std::vector<std::string>{});
}

// SIGTERM to the program.

struct drained_run : disturbed_run {
  int status = -1;
  std::chrono::milliseconds took{};
};

drained_run play_drain() {
  drained_run seen;
  seen.window = 16;
  crowd readers(600, seen.window);
  readers.wait_until_taken(150);
  const auto before = std::chrono::steady_clock::now();
  seen.status = readers.place().stop();
  seen.took =
      std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - before);
  seen.taken_before = readers.place().taken();
  readers.place().start();
  readers.finish(seen);
  return seen;
}

const story<drained_run> drained{"a_drained_program", play_drain};

TEST(a_drained_program, ends_in_the_middle_of_a_run_within_fifteen_seconds) {
  expect_in_the_middle(drained.outcome());
  record(drained.outcome());
  RecordProperty("milliseconds_to_the_end", std::to_string(drained.outcome().took.count()));
  EXPECT_EQ(drained.outcome().status, 0);
  EXPECT_LE(drained.outcome().took, 15s);
}

TEST(a_drained_program, loses_nobody_and_repeats_nothing) {
  expect_everybody_reached(drained.outcome());
  EXPECT_EQ(drained.outcome().tally.copies, 0U);
}

// SIGKILL to Redis.

struct outage : disturbed_run {
  pid_t redis_before = 0, redis_after = 0;
  std::map<unsigned, std::size_t> answers;  // registrations, by status
  std::size_t refused_without_retry_after = 0;
  std::size_t registered = 0, read_back = 0;
};

constexpr std::size_t registrations_at_once = 64;
constexpr std::size_t registrations_after_the_outage = 20;

// Whether the phone is registered.
bool note(phone p, const raw_answer& answer, std::vector<phone>& registered, outage& seen) {
  ++seen.answers[answer.status];
  if (answer.status == 201) {
    take_registration(p, answer);
    registered.push_back(std::move(p));
    return true;
  }
  if (answer.field("retry-after").empty()) ++seen.refused_without_retry_after;
  return false;
}

// Registers phones, many at once and then one after another, until Redis has been back for a while.
void register_through(newsroom& place, std::vector<phone>& registered, outage& seen) {
  std::vector<phone> at_once;
  std::vector<api_request> requests;
  for (std::size_t i = 0; i < registrations_at_once; ++i) {
    at_once.push_back(new_phone(platform::android));
    requests.push_back(registration_of(at_once.back()));
  }
  const auto answers = place.api().send_all(requests);
  for (std::size_t i = 0; i < answers.size(); ++i) note(at_once[i], answers[i], registered, seen);
  std::size_t in_a_row = 0;
  const bool back = eventually(60s, [&] {
    const phone p = new_phone(platform::android);
    in_a_row = note(p, place.api().send(registration_of(p)), registered, seen) ? in_a_row + 1 : 0;
    return in_a_row >= registrations_after_the_outage;
  });
  if (!back) throw std::runtime_error("registering does not work again; " + place.state());
}

outage play_outage() {
  outage seen;
  seen.window = 16;
  crowd readers(600, seen.window);
  readers.wait_until_taken(150);
  newsroom& place = readers.place();
  seen.redis_before = place.redis();
  ::kill(seen.redis_before, SIGKILL);
  seen.taken_before = place.taken();
  std::vector<phone> registered;
  register_through(place, registered, seen);
  seen.redis_after = place.redis();
  readers.finish(seen);
  seen.registered = registered.size();
  for (const phone& p : registered) {
    if (status_of_credential(place, p.credential) == 200) ++seen.read_back;
  }
  return seen;
}

const story<outage> redis_killed{"a_killed_redis", play_outage};

TEST(a_killed_redis, is_started_again) {
  const auto& seen = redis_killed.outcome();
  EXPECT_GT(seen.redis_before, 0);
  EXPECT_GT(seen.redis_after, 0);
  EXPECT_NE(seen.redis_before, seen.redis_after);
}

TEST(a_killed_redis, does_not_keep_a_run_from_reaching_everybody) {
  const auto& seen = redis_killed.outcome();
  expect_in_the_middle(seen);
  expect_everybody_reached(seen);
  EXPECT_LE(seen.tally.copies, seen.window);
  EXPECT_EQ(seen.tally.visible, std::vector<std::string>{});
}

TEST(a_killed_redis, loses_no_registration_that_was_answered_with_201) {
  const auto& seen = redis_killed.outcome();
  EXPECT_GE(seen.registered, registrations_after_the_outage);
  EXPECT_EQ(seen.read_back, seen.registered);
}

TEST(a_killed_redis, is_answered_with_503_and_retry_after_meanwhile) {
  const auto& seen = redis_killed.outcome();
  record(seen);
  EXPECT_EQ(seen.refused_without_retry_after, 0U);
  for (const auto& [status, count] : seen.answers) {
    RecordProperty("answers_" + std::to_string(status), std::to_string(count));
    EXPECT_TRUE(status == 201 || status == 503) << status << " came " << count << " times";
  }
}

}  // namespace
}  // namespace paperboy::service

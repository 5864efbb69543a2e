#include "core/flows/block_delivery.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/flows/now_serving.hpp"
#include "core/steady_time.hpp"
#include "tests/core/fakes/said.hpp"
#include "tests/core/flows/delivery_fakes.hpp"

namespace paperboy {
namespace {

using namespace std::chrono_literals;
using testing::fake_gateway;
using testing::fake_source;
using testing::fake_walk;
using testing::said;

constexpr instant slot_at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + 4h};

subscriber_id subscriber_of(std::uint8_t slot) {
  subscriber_id id;
  id.bytes[15] = slot;
  return id;
}

class block_delivery_test : public ::testing::Test {
 protected:
  block_delivery_test() {
    app.id = "demo";
    app.gateways.apns = &apns;
    part.run = "digest-20261124T0400Z";
    part.cohort = "demo:Asia/Baku:480";
    part.seq = 5;
    part.epoch = 1;
    part.date = {20'781};
    part.weekday = 1;
    part.at = slot_at;
    part.deadline = slot_at + 4h;
  }

  result<delivery_end> deliver() { return deliver_through(window, window.free()); }
  result<delivery_end> deliver_through(permits& through, std::size_t size) {
    make_delivery(through, size);
    return testing::run(loop, delivery->run(part, claimed_at));
  }
  void make_delivery(permits& through, std::size_t size) {
    delivery.emplace(blocks, messages, app, settings,
                     delivery_limits{&through, size, commit_at, &stopping,
                                     [this] { return now; }, [] { return std::uint64_t{0}; },
                                     renew_after, {}, trials},
                     observer, [this](std::vector<dead_token>& dead) { return forget(dead); });
  }
  task<void> forget(std::vector<dead_token>& dead) {
    for (const auto& d : dead) forgotten.push_back(d.token);
    finished_before_forgetting = blocks.finished;
    dead.clear();
    co_return;
  }

  boost::asio::io_context loop{1};
  fake_gateway apns{loop};
  fake_walk blocks;
  fake_source messages;
  app_context app;
  delivery_settings settings;
  permits window{64};
  std::size_t commit_at = 32;
  bool stopping = false;
  instant now = slot_at + 1s;
  testing::silent_observer observer;
  claim part;
  std::chrono::steady_clock::time_point claimed_at = now_steady();
  std::chrono::milliseconds renew_after = 10s;
  careful_trials* trials = nullptr;
  std::vector<std::string> forgotten;
  bool finished_before_forgetting = false;
  std::optional<block_delivery> delivery;
};

TEST_F(block_delivery_test, settles_every_member_and_finishes_the_block) {
  for (int i = 0; i < 200; ++i) blocks.people.push_back({{"token" + std::to_string(i)}});
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_EQ(apns.sent.size(), 200U);
  EXPECT_EQ(blocks.settled.size(), 200U);
  EXPECT_TRUE(blocks.finished);
  EXPECT_EQ(window.free(), 64U);
}

TEST_F(block_delivery_test, never_has_more_pushes_unmarked_than_the_window_allows) {
  window.give(0);
  permits small{8};
  for (int i = 0; i < 100; ++i) blocks.people.push_back({{"token" + std::to_string(i)}});
  delivery.emplace(blocks, messages, app, settings,
                   delivery_limits{&small, 8, 4, &stopping, [this] { return now; },
                                   [] { return std::uint64_t{0}; }, 10s, {}},
                   observer, [](auto&) -> task<void> { co_return; });
  ASSERT_TRUE(testing::run(loop, delivery->run(part, claimed_at)));
  EXPECT_LE(apns.most_under_way, 8U);
  EXPECT_EQ(blocks.settled.size(), 100U);
  EXPECT_EQ(small.free(), 8U);
}

TEST_F(block_delivery_test, passes_over_who_is_settled_who_joined_later_and_who_is_not_due) {
  blocks.people = {{{"settled"}}, {{"late"}}, {{"other day"}}, {{"due"}}};
  blocks.people[1].joined = 5;
  blocks.people[2].days = weekdays::from_bits(0b0000001);  // Mondays
  part.settled.set(0);
  ASSERT_TRUE(deliver());
  EXPECT_EQ(apns.sent, std::vector<std::string>{"due"});
  EXPECT_EQ(blocks.settled.size(), 1U);
}

TEST_F(block_delivery_test, gives_the_reason_of_a_skip) {
  blocks.people = {{{"empty"}, "none"}};
  ASSERT_TRUE(deliver());
  EXPECT_TRUE(apns.sent.empty());
  EXPECT_EQ(blocks.settled.at(0).reason, skip_reason::empty);
  EXPECT_EQ(blocks.settled.at(0).skipped, 1);
}

TEST_F(block_delivery_test, expires_everybody_after_the_deadline) {
  blocks.people = {{{"a", "b"}}};
  now = part.deadline;
  ASSERT_TRUE(deliver());
  EXPECT_TRUE(apns.sent.empty());
  EXPECT_EQ(blocks.settled.at(0).expired, 2);
}

TEST_F(block_delivery_test, counts_each_device_of_a_member_and_settles_it_once) {
  blocks.people = {{{"good", "dead", "slow"}}};
  apns.answer = [](const std::string& token) {
    if (token == "dead") return said(400, "BadDeviceToken");
    if (token == "slow") return said(429, "TooManyRequests");
    return said(200);
  };
  ASSERT_TRUE(deliver());
  const auto& end = blocks.settled.at(0);
  EXPECT_EQ(end.accepted, 1);
  EXPECT_EQ(end.rejected, 1);
  EXPECT_EQ(end.retry_devices, 0b100U);
  EXPECT_GT(end.retry_at, now);
  EXPECT_EQ(forgotten, std::vector<std::string>{"dead"});
}

TEST_F(block_delivery_test, forgets_dead_tokens_before_the_block_is_finished) {
  blocks.people = {{{"dead"}}};
  apns.answer = [](const std::string&) { return said(400, "BadDeviceToken"); };
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_EQ(forgotten, std::vector<std::string>{"dead"});
  EXPECT_FALSE(finished_before_forgetting);
}

TEST_F(block_delivery_test, sends_nothing_of_a_block_whose_lease_ran_out_while_it_waited) {
  blocks.people = {{{"somebody else's"}}};
  blocks.lease_lost = true;
  claimed_at -= renew_after;
  ASSERT_EQ(deliver().value(), delivery_end::lease_lost);
  EXPECT_TRUE(apns.sent.empty());
}

TEST_F(block_delivery_test, renews_the_lease_while_no_answer_comes) {
  blocks.people = {{{"slow"}}};
  renew_after = 30ms;
  apns.answers_after = 200ms;
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_GE(blocks.commits, 3);
}

TEST_F(block_delivery_test, marks_nobody_when_the_credential_is_refused) {
  for (int i = 0; i < 50; ++i) blocks.people.push_back({{"token" + std::to_string(i)}});
  apns.answer = [](const std::string&) { return said(403, "InvalidProviderToken"); };
  ASSERT_EQ(deliver().value(), delivery_end::resting);
  EXPECT_TRUE(blocks.settled.empty());
  EXPECT_TRUE(blocks.released);
  EXPECT_FALSE(blocks.finished);
  EXPECT_EQ(window.free(), 64U);
}

TEST_F(block_delivery_test, repeats_a_failed_commit_until_it_succeeds) {
  blocks.people = {{{"one"}}, {{"two"}}};
  blocks.failing_commits = 2;
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_EQ(apns.sent.size(), 2U);
  EXPECT_EQ(blocks.settled.size(), 2U);
}

TEST_F(block_delivery_test, releases_the_block_when_told_to_stop) {
  for (int i = 0; i < 50; ++i) blocks.people.push_back({{"token" + std::to_string(i)}});
  stopping = true;
  ASSERT_EQ(deliver().value(), delivery_end::released);
  EXPECT_TRUE(apns.sent.empty());
}

TEST_F(block_delivery_test, stops_sending_when_the_lease_was_lost) {
  for (int i = 0; i < 200; ++i) blocks.people.push_back({{"token" + std::to_string(i)}});
  blocks.lease_lost = true;
  ASSERT_EQ(deliver().value(), delivery_end::lease_lost);
  EXPECT_LT(apns.sent.size(), 200U);
  EXPECT_FALSE(blocks.released);
}

TEST_F(block_delivery_test, passes_over_whoever_moved_away_since_the_block_was_claimed) {
  for (int i = 0; i < 200; ++i) blocks.people.push_back({{"token" + std::to_string(i)}});
  blocks.moved.set(199);
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_EQ(apns.sent.size(), 199U);
  EXPECT_FALSE(blocks.settled.contains(199));
  EXPECT_EQ(window.free(), 64U);
}

TEST_F(block_delivery_test, sends_nothing_to_whoever_moved_away_while_it_waited_for_the_window) {
  permits small{1};
  blocks.people = {{{"first"}}, {{"second"}}};
  blocks.moved.set(1);
  delivery.emplace(blocks, messages, app, settings,
                   delivery_limits{&small, 1, 1, &stopping, [this] { return now; },
                                   [] { return std::uint64_t{0}; }, 10s, {}},
                   observer, [](auto&) -> task<void> { co_return; });
  ASSERT_EQ(testing::run(loop, delivery->run(part, claimed_at)).value(), delivery_end::finished);
  EXPECT_EQ(apns.sent, std::vector<std::string>{"first"});
  EXPECT_EQ(small.free(), 1U);
}

TEST_F(block_delivery_test, only_the_window_that_is_in_doubt_is_sent_quietly) {
  for (int i = 0; i < 100; ++i) blocks.people.push_back({{"token" + std::to_string(i)}});
  part.epoch = 2;
  part.in_doubt = true;
  ASSERT_TRUE(deliver());
  EXPECT_EQ(std::count(apns.quiet.begin(), apns.quiet.end(), true), 64);
  EXPECT_TRUE(apns.quiet.front());
  EXPECT_FALSE(apns.quiet.back());
}

TEST_F(block_delivery_test, a_block_that_was_given_back_makes_its_usual_sound) {
  blocks.people = {{{"first copy"}}};
  part.epoch = 2;
  ASSERT_TRUE(deliver());
  EXPECT_EQ(apns.quiet, std::vector<bool>{false});
}

TEST_F(block_delivery_test, a_record_of_a_newer_version_is_left_for_a_newer_worker) {
  blocks.people = {{{"readable"}}, {{"new"}}};
  blocks.people[1].readable = false;
  ASSERT_EQ(deliver().value(), delivery_end::released);
  EXPECT_EQ(apns.sent, std::vector<std::string>{"readable"});
}

TEST_F(block_delivery_test, a_notification_asks_for_no_weekday) {
  blocks.people = {{{"any day"}}};
  blocks.people[0].days = weekdays::from_bits(0);
  part.lane = send_lane::instant;
  messages.breaking = true;
  ASSERT_TRUE(deliver());
  EXPECT_EQ(apns.sent, std::vector<std::string>{"any day"});
  EXPECT_EQ(apns.urgent, std::vector<bool>{true});
}

TEST_F(block_delivery_test, who_is_not_of_the_audience_is_taken_out_of_the_count) {
  blocks.people = {{{"a", "b"}, "stranger"}, {{"reader"}}};
  part.lane = send_lane::instant;
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_EQ(blocks.settled.at(0).excluded, 2);
  EXPECT_EQ(blocks.settled.at(0).skipped, 0);
  EXPECT_EQ(blocks.settled.at(1).accepted, 1);
}

TEST_F(block_delivery_test, whoever_sleeps_waits_in_the_retry_set_without_an_attempt) {
  blocks.people = {{{"a", "b"}, "asleep"}};
  part.lane = send_lane::instant;
  messages.wake = now + 2h;
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_TRUE(apns.sent.empty());
  const auto& end = blocks.settled.at(0);
  EXPECT_TRUE(end.held);
  EXPECT_EQ(end.retry_devices, 0b11U);
  EXPECT_EQ(end.retry_at, now + 2h);
}

TEST_F(block_delivery_test, whoever_sleeps_now_and_may_have_been_sent_to_is_woken_quietly) {
  blocks.people = {{{"a"}, "asleep"}};
  part.lane = send_lane::instant;
  part.in_doubt = true;
  messages.wake = now + 2h;
  ASSERT_TRUE(deliver());
  EXPECT_TRUE(blocks.settled.at(0).held);
  EXPECT_TRUE(blocks.settled.at(0).ambiguous);
}

TEST_F(block_delivery_test, a_notification_is_remembered_where_the_record_lies) {
  blocks.people = {{{"reader"}}, {{"put off"}, "folded"}};
  part.lane = send_lane::instant;
  messages.breaking = true;
  ASSERT_TRUE(deliver());
  EXPECT_TRUE(blocks.settled.at(0).remember);
  EXPECT_TRUE(blocks.settled.at(1).remember);
  EXPECT_EQ(blocks.settled.at(1).reason, skip_reason::folded);
  EXPECT_EQ(blocks.settled.at(1).home_slot, 1U);
}

TEST_F(block_delivery_test, a_pause_stops_sending_and_gives_the_block_back) {
  for (int i = 0; i < 200; ++i) blocks.people.push_back({{"token" + std::to_string(i)}});
  blocks.halt = run_halt::paused;
  ASSERT_EQ(deliver().value(), delivery_end::paused);
  EXPECT_LT(apns.sent.size(), 200U);
  EXPECT_EQ(apns.sent.size(), blocks.settled.size());
  EXPECT_TRUE(blocks.released);
  EXPECT_FALSE(blocks.finished);
}

TEST_F(block_delivery_test, a_paused_run_past_its_deadline_is_expired_all_the_same) {
  blocks.people = {{{"late"}}};
  part.halt = run_halt::paused;
  now = part.deadline;
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_EQ(blocks.settled.at(0).expired, 1);
}

TEST_F(block_delivery_test, a_cancelled_run_skips_whoever_is_left) {
  for (int i = 0; i < 200; ++i) blocks.people.push_back({{"token" + std::to_string(i)}});
  blocks.halt = run_halt::cancelled;
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_LT(apns.sent.size(), 200U);
  EXPECT_EQ(blocks.settled.size(), 200U);
  EXPECT_EQ(blocks.settled.at(199).reason, skip_reason::cancelled);
}

TEST_F(block_delivery_test, digests_leave_a_tenth_of_the_window_to_breaking_news) {
  permits shared{20, 2};
  for (int i = 0; i < 100; ++i) blocks.people.push_back({{"token" + std::to_string(i)}});
  commit_at = 10;
  ASSERT_TRUE(deliver_through(shared, 20));
  EXPECT_EQ(apns.most_under_way, 18U);
}

// Gives one answer a millisecond, by a time that stands still until it is let go on.
class slow_line final : public fake_gateway {
 public:
  slow_line(boost::asio::io_context& loop, simulated_time& time) : fake_gateway(loop), time_(time) {}

  void send(const push& p, answer_sink& sink) override {
    last_ = std::max(last_, time_.now()) + 1ms;
    time_.call_at(last_, [ticket = p.ticket, &sink] { sink.answered(ticket, said(200)); });
  }

 private:
  simulated_time& time_;
  simulated_time::time_point last_{};
};

class answers_that_come_one_by_one : public block_delivery_test {
 protected:
  answers_that_come_one_by_one() {
    for (int i = 0; i < 40; ++i) blocks.people.push_back({{"token" + std::to_string(i)}});
    app.gateways.apns = &gateway;
    claimed_at = now_steady();
    commit_at = 100;
  }
  void deliver_in(permits& through) {
    make_delivery(through, 1000);
    auto done =
        boost::asio::co_spawn(loop, delivery->run(part, claimed_at), boost::asio::use_future);
    do {
      loop.restart();
      loop.poll();
    } while (time.advance());
    EXPECT_EQ(done.get().value(), delivery_end::finished);
    EXPECT_EQ(blocks.settled.size(), 40U);
  }

  simulated_time time;
  slow_line gateway{loop, time};
};

TEST_F(answers_that_come_one_by_one, are_committed_at_the_end_where_nobody_waits_for_the_window) {
  permits wide{1000};
  deliver_in(wide);
  EXPECT_EQ(blocks.largest_commit, 40U);
}

TEST_F(answers_that_come_one_by_one, are_committed_in_milliseconds_where_somebody_waits_for_it) {
  permits wide{1000};
  signal another;
  wide.announce(another);
  deliver_in(wide);
  EXPECT_LE(blocks.largest_commit, 8U);
  EXPECT_GE(blocks.largest_commit, 5U);
  wide.withdraw(another);
}

TEST_F(block_delivery_test, a_block_whose_holders_vanished_twice_goes_one_slot_at_a_time) {
  for (int i = 0; i < 20; ++i) blocks.people.push_back({{"token" + std::to_string(i)}});
  part.epoch = 3;
  part.in_doubt = true;
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_EQ(apns.most_under_way, 1U);
  EXPECT_EQ(blocks.largest_commit, 1U);
  EXPECT_EQ(blocks.noted.size(), 20U);
  EXPECT_EQ(apns.sent.size(), 20U);
}

TEST_F(block_delivery_test, a_block_that_was_given_back_often_goes_as_usual) {
  for (int i = 0; i < 20; ++i) blocks.people.push_back({{"token" + std::to_string(i)}});
  part.epoch = 9;
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_TRUE(blocks.noted.empty());
}

TEST_F(block_delivery_test, whoever_was_noted_again_and_again_is_set_aside_and_the_walk_goes_on) {
  blocks.people = {{{"before"}}, {{"poison"}}, {{"after"}}};
  blocks.notes[1] = block_delivery::noted_to_death - 1;
  part.epoch = 9;
  part.in_doubt = true;
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_EQ(apns.sent, (std::vector<std::string>{"before", "after"}));
  EXPECT_EQ(blocks.settled.at(1).reason, skip_reason::dead_letter);
  EXPECT_EQ(observer.aside, 1);
}

TEST_F(block_delivery_test, a_note_counts_no_more_where_its_worker_lives_and_nobody_was_settled) {
  blocks.people = {{{"token"}}};
  apns.answer = [this](const std::string&) {
    apns.stopped = true;
    return said(403, "InvalidProviderToken");
  };
  part.epoch = 3;
  part.in_doubt = true;
  ASSERT_NE(deliver().value(), delivery_end::finished);
  EXPECT_EQ(blocks.noted, std::vector<int>{0});
  EXPECT_TRUE(blocks.settled.empty());
  EXPECT_EQ(blocks.notes[0], 0U);
}

TEST_F(block_delivery_test, whoever_was_noted_once_is_tried_again_alone) {
  blocks.people = {{{"noted"}}, {{"after"}}};
  blocks.notes[0] = 1;
  part.epoch = 4;
  part.in_doubt = true;
  careful_trials of_process;
  trials = &of_process;
  ASSERT_TRUE(of_process.enter(false));  // another block's
  boost::asio::steady_timer later(loop, 30ms);
  later.async_wait([&](const boost::system::error_code&) {
    EXPECT_TRUE(apns.sent.empty());
    EXPECT_FALSE(of_process.enter(false));  // somebody waits to go alone
    of_process.leave(false);
  });
  apns.answer = [&](const std::string& token) {
    const bool another = of_process.enter(false);
    EXPECT_EQ(another, token == "after");
    if (another) of_process.leave(false);
    return said(200);
  };
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_EQ(apns.sent, (std::vector<std::string>{"noted", "after"}));
  EXPECT_EQ(observer.aside, 0);
  EXPECT_TRUE(of_process.enter(true));
}

// Whoever a worker named with its last words.

TEST_F(block_delivery_test, whoever_was_named_once_goes_last_quietly_when_all_others_are_committed) {
  blocks.people = {{{"first"}}, {{"named"}}, {{"third"}}, {{"fourth"}}};
  blocks.blamed = {{subscriber_of(1), 1}};
  part.epoch = 2;
  part.in_doubt = true;
  std::size_t settled_before_it = 0;
  apns.answer = [&](const std::string& token) {
    if (token == "named") settled_before_it = blocks.settled.size();
    return said(200);
  };
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_EQ(apns.sent, (std::vector<std::string>{"first", "third", "fourth", "named"}));
  EXPECT_EQ(settled_before_it, 3U);
  EXPECT_TRUE(apns.quiet.back());
  EXPECT_EQ(blocks.settled.at(1).accepted, 1);
  EXPECT_EQ(observer.aside, 0);
}

TEST_F(block_delivery_test, whoever_was_named_takes_no_doubt_from_the_others) {
  for (int i = 0; i < 12; ++i) blocks.people.push_back({{"token" + std::to_string(i)}});
  blocks.blamed = {{subscriber_of(0), 1}};
  part.in_doubt = true;
  permits narrow{4};
  ASSERT_TRUE(deliver_through(narrow, 4));
  std::vector<std::string> quiet;
  for (std::size_t i = 0; i < apns.sent.size(); ++i) {
    if (apns.quiet[i]) quiet.push_back(apns.sent[i]);
  }
  EXPECT_EQ(quiet,
            (std::vector<std::string>{"token1", "token2", "token3", "token4", "token0"}));
}

TEST_F(block_delivery_test, whoever_was_named_twice_is_set_aside_and_not_sent_to) {
  blocks.people = {{{"before"}}, {{"poison"}}, {{"after"}}};
  blocks.blamed = {{subscriber_of(1), 2}};
  part.epoch = 3;
  part.in_doubt = true;
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_EQ(apns.sent, (std::vector<std::string>{"before", "after"}));
  EXPECT_EQ(blocks.settled.at(1).reason, skip_reason::dead_letter);
  EXPECT_EQ(observer.aside, 1);
}

TEST_F(block_delivery_test, whoever_was_named_waits_for_the_next_holder_where_the_gateway_is_closed) {
  blocks.people = {{{"first"}}, {{"named"}}};
  blocks.blamed = {{subscriber_of(1), 1}};
  part.in_doubt = true;
  apns.answer = [&](const std::string&) {
    apns.stopped = true;
    return said(200);
  };
  EXPECT_NE(deliver().value(), delivery_end::finished);
  EXPECT_EQ(apns.sent, (std::vector<std::string>{"first"}));
  EXPECT_FALSE(blocks.finished);
}

TEST_F(block_delivery_test, nobody_is_served_when_a_delivery_waits) {
  blocks.people = {{{"one"}}};
  apns.answer = [&](const std::string&) {
    EXPECT_EQ(now_served.run, nullptr);
    return said(200);
  };
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_EQ(now_served.run, nullptr);
}

TEST_F(block_delivery_test, a_platform_without_a_gateway_is_skipped) {
  app.gateways.apns = nullptr;
  blocks.people = {{{"nowhere"}}};
  ASSERT_TRUE(deliver());
  EXPECT_EQ(blocks.settled.at(0).reason, skip_reason::no_gateway);
}

}  // namespace
}  // namespace paperboy

// Deliveries whose gateways are closed, slow, or tried.

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "core/flows/retry_delivery.hpp"
#include "core/flows/turns.hpp"
#include "core/steady_time.hpp"
#include "tests/core/fakes/fake_roster.hpp"
#include "tests/core/fakes/said.hpp"
#include "tests/core/flows/delivery_fakes.hpp"

namespace paperboy {
namespace {

using namespace std::chrono_literals;
using testing::said;

constexpr instant slot_at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + 4h};

struct no_quota final : quota {
  task<result<std::uint32_t>> draw(const std::string&, std::uint32_t, quota_share::wish w) override {
    co_return w.messages;
  }
};

struct counted_circuits final : pace_observer {
  void circuit_changed(const std::string&, platform, circuit_cause, bool open,
                       std::string_view) noexcept override {
    opened += open ? 1 : 0;
    if (open && at_opening) at_opening();
  }
  void put_off(const std::string&, platform) noexcept override { ++off; }
  int opened = 0;
  int off = 0;
  std::function<void()> at_opening;
};

class no_history final : public instant_history {
 public:
  task<result<std::vector<told_item>>> told(const std::string&, instant, instant) override {
    co_return std::vector<told_item>{};
  }
  task<result<std::vector<had_item>>> had_by(const stored_subscriber&) override {
    co_return std::vector<had_item>{};
  }
};

class paced_delivery : public ::testing::Test {
 protected:
  paced_delivery() {
    app_context& app = apps["demo"];
    app.id = "demo";
    app.gateways = {&apns, &fcm};
    part.run = "digest-20261124T0400Z";
    part.cohort = "demo:Asia/Baku:480";
    part.seq = 5;
    part.epoch = 1;
    part.date = {20'781};
    part.weekday = 1;
    part.at = slot_at;
    part.deadline = slot_at + 4h;
  }

  pacing& paces() {
    if (!made) {
      made.emplace(pacing::parts{apps, quotas, circuits, pace_clock, window_size, false});
    }
    return *made;
  }
  delivery_limits limits() {
    return {&window, window_size, 32, &stopping,
            [this] { return std::exchange(now, now + jumps_at_each_look); },
            [] { return std::uint64_t{0}; }, 10s, paces().of("demo")};
  }
  result<delivery_end> deliver() {
    block_delivery delivery(blocks, messages, apps.at("demo"), settings, limits(), observer,
                            [](auto& dead) -> task<void> {
                              dead.clear();
                              co_return;
                            });
    for (const auto& [slot, end] : blocks.settled) part.settled.set(static_cast<std::size_t>(slot));
    return testing::run(loop, delivery.run(part, now_steady()));
  }
  void people(int count, const std::vector<std::string>& devices) {
    for (int i = 0; i < count; ++i) {
      testing::fake_walk::person p;
      for (const auto& device : devices) {
        p.tokens.push_back(device + ' ' + std::to_string(blocks.people.size()));
      }
      blocks.people.push_back(p);
    }
  }
  void refuse_apns() {
    apns.answer = [](const std::string&) { return said(403, "InvalidProviderToken"); };
  }

  boost::asio::io_context loop{1};
  testing::fake_gateway apns{loop};
  testing::fake_gateway fcm{loop};
  testing::fake_walk blocks;
  testing::fake_source messages;
  std::map<std::string, app_context> apps;
  delivery_settings settings;
  no_quota quotas;
  counted_circuits circuits;
  std::size_t window_size = 64;
  permits window{64};
  bool stopping = false;
  instant now = slot_at + 1s;
  std::chrono::milliseconds jumps_at_each_look{0};
  testing::silent_observer observer;
  claim part;
  std::optional<pacing> made;
};

TEST_F(paced_delivery, a_refused_credential_marks_nobody_and_does_not_hold_the_other_gateway) {
  for (int i = 0; i < 100; ++i) people(1, {i % 2 == 0 ? "ios" : "android"});
  refuse_apns();
  ASSERT_EQ(deliver().value(), delivery_end::resting);
  EXPECT_EQ(circuits.opened, 1);
  EXPECT_EQ(fcm.sent.size(), 50U);
  EXPECT_EQ(blocks.settled.size(), 50U);
  for (const auto& [slot, end] : blocks.settled) {
    EXPECT_EQ(slot % 2, 1);
    EXPECT_EQ(end.accepted, 1);
  }
  EXPECT_FALSE(blocks.finished);
  EXPECT_GE(blocks.rested, 1s);
  EXPECT_EQ(window.free(), 64U);
}

TEST_F(paced_delivery, whoever_waits_for_one_gateway_wakes_nobody_who_waits_for_anothers_trial) {
  simulated_time time;
  gateway_pace& failing = *paces().of("demo", platform::ios);
  for (int i = 0; i < 100; ++i) {
    const auto a = said(500, "InternalServerError");
    const auto pass = failing.ask(pace_clock(), {});
    failing.sent(pace_clock());
    failing.answered(pass.era, a, decide_apns(a, {}), pace_clock(), 0);
  }
  ASSERT_TRUE(failing.open_circuit());
  time.call_at(time.now() + 31s, [] {});
  ASSERT_TRUE(time.advance());
  gateway_pace& full = *paces().of("demo", platform::android);
  while (full.ask(pace_clock(), {}).goes()) full.sent(pace_clock());
  signal another;
  failing.announce(another);
  turns mine(apps.at("demo").gateways, paces().of("demo"));
  mine.start(push_kind::digest, false);
  EXPECT_FALSE(mine.take(0b11U));
  mine.new_pass();
  EXPECT_TRUE(mine.take(0b01U));  // the trial is still to be had
  time.call_at(time.now() + 1ms, [] {});
  auto woken = boost::asio::co_spawn(loop, another.wait_for(1ms), boost::asio::use_future);
  loop.restart();
  loop.poll();
  time.advance();
  loop.restart();
  loop.poll();
  EXPECT_FALSE(woken.get());
  failing.withdraw(another);
}

TEST_F(paced_delivery, after_three_refusals_nothing_more_is_sent_with_that_credential) {
  people(100, {"ios"});
  refuse_apns();
  ASSERT_EQ(deliver().value(), delivery_end::resting);
  const auto before = apns.sent.size();
  EXPECT_LE(before, 64U);
  ASSERT_EQ(deliver().value(), delivery_end::resting);
  EXPECT_EQ(apns.sent.size(), before);
  EXPECT_TRUE(blocks.settled.empty());
}

TEST_F(paced_delivery, another_credential_is_tried_with_one_push_and_then_everybody_is_served) {
  people(100, {"ios"});
  refuse_apns();
  ASSERT_TRUE(deliver());
  apns.sent.clear();
  apns.most_under_way = 0;
  apns.answer = [](const std::string&) { return said(200); };
  paces().credentials_replaced();
  ASSERT_EQ(deliver().value(), delivery_end::resting);
  EXPECT_EQ(apns.most_under_way, 1U);
  EXPECT_EQ(blocks.settled.size(), 1U);
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_EQ(blocks.settled.size(), 100U);
  EXPECT_EQ(apns.sent.size(), 100U);
}

TEST_F(paced_delivery, a_device_whose_gateway_is_closed_waits_for_it_where_the_subscriber_has_others) {
  people(3, {"ios"});
  people(2, {"android", "ios"});
  refuse_apns();
  window_size = 1;  // one after another, so that the circuit is open when the others come
  window = permits{1};
  ASSERT_EQ(deliver().value(), delivery_end::resting);
  EXPECT_EQ(apns.sent.size(), 3U);
  ASSERT_EQ(blocks.settled.size(), 2U);
  for (const auto& [slot, end] : blocks.settled) {
    EXPECT_EQ(end.accepted, 1);
    EXPECT_EQ(end.retry_devices, 0b10U);
    EXPECT_GE(end.retry_at, now + 1s);
    EXPECT_LE(end.retry_at, part.deadline);
  }
}

TEST_F(paced_delivery, a_gateway_that_has_given_up_by_itself_gets_nothing) {
  people(10, {"ios"});
  apns.stopped = true;
  ASSERT_EQ(deliver().value(), delivery_end::resting);
  EXPECT_TRUE(apns.sent.empty());
  EXPECT_TRUE(blocks.settled.empty());
}

TEST_F(paced_delivery, a_slow_gateway_is_served_in_slot_order_beside_the_other) {
  for (int i = 0; i < 100; ++i) people(1, {i % 2 == 0 ? "ios" : "android"});
  people(20, {"ios", "android"});
  window_size = 8;
  fcm.answers_after = 2ms;
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_EQ(blocks.settled.size(), 120U);
  EXPECT_LE(fcm.most_under_way, 8U);
  const auto number = [](const std::string& token) { return std::stoi(token.substr(token.find(' '))); };
  for (const auto* sent : {&apns.sent, &fcm.sent}) {
    EXPECT_EQ(sent->size(), 70U);
    EXPECT_TRUE(std::is_sorted(sent->begin(), sent->end(), [&](const auto& a, const auto& b) {
      return number(a) < number(b);
    }));
  }
  EXPECT_EQ(window.free(), 64U);
}

TEST_F(paced_delivery, a_subscriber_with_more_devices_than_may_be_under_way_is_served) {
  window_size = 1;
  people(5, {"ios", "ios", "ios"});
  ASSERT_EQ(deliver().value(), delivery_end::finished);
  EXPECT_EQ(apns.sent.size(), 15U);
}

TEST_F(paced_delivery, a_failing_gateway_is_left_alone_after_half_of_a_hundred_answers) {
  people(250, {"ios"});
  window_size = 1;
  window = permits{1};
  apns.answer = [](const std::string&) { return said(500, "InternalServerError"); };
  ASSERT_EQ(deliver().value(), delivery_end::resting);
  EXPECT_EQ(apns.sent.size(), 100U);
  EXPECT_EQ(blocks.settled.size(), 100U);
  EXPECT_GE(blocks.rested, 29s);
}

TEST_F(paced_delivery, only_first_answers_are_counted_as_such) {
  people(4, {"ios"});
  int calls = 0;
  apns.answer = [&](const std::string&) {
    gateway_answer a;
    if (++calls <= 4) {
      a.end = attempt_end::not_processed;
    } else {
      a.status = 200;
    }
    return a;
  };
  ASSERT_TRUE(deliver());
  EXPECT_EQ(observer.ends.size(), 8U);
  EXPECT_EQ(observer.firsts, 4);
}

class paced_retry : public paced_delivery {
 protected:
  paced_retry() {
    messages.retried = part;
    device d;
    d.platform = platform::ios;
    d.token = "ios 1";
    stored_subscriber s;
    s.value.app = "demo";
    s.value.id.bytes[0] = 1;
    s.value.devices.push_back(d);
    roster.people[s.value.id] = s;
    entry.id = s.value.id;
    entry.run = part.run;
    entry.cohort = part.cohort;
    entry.devices = 1;
    entry.attempt = 2;
  }
  retry_end again() {
    retry_delivery delivery(blocks, roster, history, messages, apps.at("demo"), settings, limits(),
                            observer, [](auto&) -> task<void> { co_return; });
    EXPECT_TRUE(testing::run(loop, delivery.run(entry, now_steady())));
    return blocks.retried.back();
  }
  void fail(int answers, int of_ten) {
    for (int i = 0; i < answers; ++i) {
      gateway_pace& pace = *paces().of("demo", platform::ios);
      const auto a = i % 10 < of_ten ? said(500, "InternalServerError") : said(200);
      const auto pass = pace.ask(pace_clock(), {});
      pace.sent(pace_clock());
      pace.answered(pass.era, a, decide_apns(a, {}), pace_clock(), 0);
    }
  }

  testing::fake_roster roster;
  no_history history;
  retry_entry entry;
};

TEST_F(paced_retry, goes_out_while_the_gateway_answers_well) {
  const auto end = again();
  EXPECT_EQ(end.end.accepted, 1);
  EXPECT_FALSE(end.put_off);
}

TEST_F(paced_retry, is_settled_in_the_end_and_not_sent_again) {
  blocks.failing_settlements = 2;
  EXPECT_EQ(again().end.accepted, 1);
  EXPECT_EQ(apns.sent.size(), 1U);
  EXPECT_EQ(blocks.failing_settlements, 0);
}

TEST_F(paced_retry, is_set_aside_once_two_workers_named_it) {
  entry.ambiguous = true;
  blocks.blamed = {{entry.id, block_delivery::named_to_death}};
  const auto end = again();
  EXPECT_TRUE(apns.sent.empty());
  EXPECT_EQ(end.end.skipped, 1);
  EXPECT_EQ(end.end.reason, skip_reason::dead_letter);
  EXPECT_EQ(observer.aside, 1);
}

TEST_F(paced_retry, goes_out_quietly_when_one_worker_named_it) {
  entry.ambiguous = true;
  blocks.blamed = {{entry.id, 1}};
  EXPECT_EQ(again().end.accepted, 1);
  EXPECT_EQ(apns.quiet, std::vector<bool>{true});
}

TEST_F(paced_retry, over_the_budget_is_put_off_and_is_no_attempt) {
  fail(100, 3);
  gateway_pace& pace = *paces().of("demo", platform::ios);
  for (std::uint64_t i = 0; i < retry_budget::at_least; ++i) {
    ASSERT_TRUE(pace.ask(pace_clock(), {push_kind::digest, true}).goes());
  }
  const auto end = again();
  EXPECT_TRUE(apns.sent.empty());
  EXPECT_TRUE(end.put_off);
  EXPECT_EQ(end.end.retry_devices, 1U);
  EXPECT_GE(end.end.retry_at, now + 15s);
  EXPECT_LE(end.end.retry_at, now + 45s);
  EXPECT_EQ(circuits.off, 1);
}

TEST_F(paced_retry, of_a_closed_gateway_is_put_off_within_the_deadline) {
  apns.stopped = true;
  now = part.deadline - 10s;
  const auto end = again();
  EXPECT_TRUE(end.put_off);
  EXPECT_EQ(end.end.retry_at, part.deadline);
  EXPECT_EQ(end.end.expired, 0);
}

TEST_F(paced_retry, is_not_put_off_beyond_the_deadline_by_a_clock_that_jumps_ahead) {
  apns.stopped = true;
  jumps_at_each_look = 5h;
  const auto end = again();
  EXPECT_TRUE(end.put_off);
  EXPECT_EQ(end.end.retry_at, part.deadline);
}

}  // namespace
}  // namespace paperboy

#include "core/flows/pacing.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "core/domain/decision.hpp"
#include "tests/core/flows/delivery_fakes.hpp"

namespace paperboy {
namespace {

using namespace std::chrono_literals;

struct noted_changes final : pace_observer {
  void circuit_changed(const std::string& app, platform p, circuit_cause cause, bool open,
                       std::string_view reason) noexcept override {
    said.push_back(app + (p == platform::ios ? " apns " : " fcm ") +
                   (cause == circuit_cause::credential ? "credential " : "server_errors ") +
                   (open ? "open " : "closed ") + std::string(reason));
  }
  void put_off(const std::string&, platform) noexcept override { ++off; }
  std::vector<std::string> said;
  int off = 0;
};

// Grants what it holds; counts how often it was asked.
struct fake_quota final : quota {
  task<result<std::uint32_t>> draw(const std::string& project, std::uint32_t per_minute,
                                   quota_share::wish wish) override {
    asked.push_back(project + ' ' + std::to_string(per_minute));
    refusals += wish.refused ? 1 : 0;
    if (away) co_return errc::unavailable;
    co_return std::min(grants, wish.messages);
  }
  std::vector<std::string> asked;
  std::uint32_t grants = 1000;
  int refusals = 0;
  bool away = false;
};

class pacing_test : public ::testing::Test {
 protected:
  static constexpr push_class digest{};
  static constexpr push_class digest_again{push_kind::digest, true};
  static constexpr push_class breaking{push_kind::breaking};

  pacing_test() {
    for (const char* id : {"demo", "other"}) {
      app_context& app = apps[id];
      app.id = id;
      app.gateways = {&apns, &fcm};
    }
  }

  pacing& paces(bool ramped = false) {
    made = std::make_unique<pacing>(
        pacing::parts{apps, quotas, changes, [this] { return now; }, 64, ramped});
    return *made;
  }

  // One push, answered at once. Whether it went out.
  bool push(gateway_pace& pace, std::uint16_t status, std::string reason = {},
            push_class what = digest, std::optional<std::chrono::seconds> retry_after = {}) {
    const auto pass = ask(pace, what);
    if (!pass.goes()) return false;
    answer(pace, pass.era, status, std::move(reason), retry_after);
    return true;
  }
  pace_answer ask(gateway_pace& pace, push_class what) {
    const auto pass = pace.ask(now, what);
    if (pass.goes()) pace.sent(now);
    return pass;
  }
  void answer(gateway_pace& pace, std::uint32_t era, std::uint16_t status, std::string reason = {},
              std::optional<std::chrono::seconds> retry_after = {}) {
    gateway_answer a;
    a.status = status;
    a.reason = std::move(reason);
    a.retry_after = retry_after;
    const bool ios = &pace == made->of("demo", platform::ios);
    pace.answered(era, a, ios ? decide_apns(a, {}) : decide_fcm(a, {}), now, 0);
  }
  gateway_pace& ios() { return *made->of("demo", platform::ios); }
  gateway_pace& android() { return *made->of("demo", platform::android); }

  boost::asio::io_context loop{1};
  testing::fake_gateway apns{loop};
  testing::fake_gateway fcm{loop};
  std::map<std::string, app_context> apps;
  fake_quota quotas;
  noted_changes changes;
  steady_instant now{1h};
  std::unique_ptr<pacing> made;
};

TEST_F(pacing_test, a_refused_credential_stops_its_app_and_gateway_alone) {
  auto& all = paces();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(push(ios(), 403, "InvalidProviderToken"));
  EXPECT_EQ(ios().ask(now, digest).kept_by, pace_reason::circuit);
  EXPECT_TRUE(push(android(), 200));
  EXPECT_TRUE(all.of("other", platform::ios)->ask(now, digest).goes());
  EXPECT_EQ(all.closed_for("demo"), 0ms);
  EXPECT_EQ(changes.said,
            std::vector<std::string>{"demo apns credential open invalid_provider_token"});
}

TEST_F(pacing_test, an_app_is_closed_when_all_its_gateways_are) {
  auto& all = paces();
  for (int i = 0; i < 3; ++i) push(ios(), 403, "InvalidProviderToken");
  for (int i = 0; i < 3; ++i) push(android(), 403);
  EXPECT_EQ(all.closed_for("demo"), 30s);
  apps.at("demo").gateways.fcm = nullptr;
  paces();
  for (int i = 0; i < 3; ++i) push(ios(), 403, "InvalidProviderToken");
  EXPECT_EQ(made->closed_for("demo"), 30s);
  EXPECT_EQ(made->closed_for("nobody"), 0ms);
}

TEST_F(pacing_test, another_credential_is_tried_with_one_push) {
  auto& all = paces();
  for (int i = 0; i < 3; ++i) push(ios(), 403, "InvalidProviderToken");
  all.credentials_replaced();
  const auto trial = ask(ios(), digest);
  ASSERT_TRUE(trial.goes());
  EXPECT_FALSE(ios().ask(now, digest).goes());
  answer(ios(), trial.era, 200);
  EXPECT_TRUE(push(ios(), 200));
  EXPECT_EQ(changes.said.back(), "demo apns credential closed ");
}

TEST_F(pacing_test, a_gateway_that_gave_its_credential_up_is_not_asked) {
  paces();
  apns.stopped = true;
  EXPECT_EQ(ios().ask(now, digest).kept_by, pace_reason::circuit);
  EXPECT_EQ(changes.said, std::vector<std::string>{"demo apns credential open credential_stopped"});
}

TEST_F(pacing_test, a_project_quota_that_is_used_up_holds_everything_until_retry_after) {
  paces();
  EXPECT_TRUE(push(android(), 429, "RATE_LIMIT_EXCEEDED", digest, 30s));
  const auto kept = android().ask(now, breaking);
  EXPECT_EQ(kept.kept_by, pace_reason::hold);
  EXPECT_EQ(kept.wait, 30s);
  EXPECT_TRUE(push(ios(), 200));
  now += 30s;
  EXPECT_TRUE(push(android(), 200));
  EXPECT_EQ(android().window(), 32U);
}

TEST_F(pacing_test, a_limit_of_one_device_holds_nobody_else) {
  paces();
  EXPECT_TRUE(push(ios(), 429, "TooManyRequests"));
  EXPECT_TRUE(push(android(), 429, "QUOTA_EXCEEDED"));
  EXPECT_TRUE(push(ios(), 200));
  EXPECT_TRUE(push(android(), 200));
  EXPECT_EQ(ios().window(), 64U);
  EXPECT_EQ(android().window(), 64U);
}

TEST_F(pacing_test, an_overloaded_fcm_is_left_alone_as_it_asks_but_not_for_one_push_of_many) {
  paces();
  for (int i = 0; i < 100; ++i) push(android(), 200);
  EXPECT_TRUE(push(android(), 503, "UNAVAILABLE", digest, 30s));
  EXPECT_TRUE(push(android(), 200));
  for (int i = 0; i < 5; ++i) push(android(), 503, "UNAVAILABLE", digest, 30s);
  EXPECT_EQ(android().ask(now, digest).kept_by, pace_reason::hold);
  EXPECT_EQ(android().closed_for(now), 30s);
}

TEST_F(pacing_test, never_more_are_under_way_than_the_congestion_window_has) {
  paces();
  std::vector<pace_answer> passes;
  for (int i = 0; i < 64; ++i) passes.push_back(ask(android(), digest));
  EXPECT_EQ(android().ask(now, digest).kept_by, pace_reason::window);
  answer(android(), passes[0].era, 200);
  EXPECT_TRUE(android().ask(now, digest).goes());
}

// Blocks go through their readers anew each time.
TEST_F(pacing_test, whoever_waits_for_room_is_told_when_a_quarter_is_free) {
  paces();
  std::vector<pace_answer> passes;
  for (int i = 0; i < 64; ++i) passes.push_back(ask(android(), digest));
  EXPECT_EQ(android().ask(now, digest).kept_by, pace_reason::window);
  signal freed;
  android().announce(freed);
  for (std::size_t i = 0; i < 15; ++i) answer(android(), passes[i].era, 200);
  EXPECT_FALSE(testing::run(loop, freed.wait_for(1ms)));
  answer(android(), passes[15].era, 200);
  EXPECT_TRUE(testing::run(loop, freed.wait_for(1ms)));
  android().withdraw(freed);
}

TEST_F(pacing_test, a_gateway_that_answers_nothing_for_three_seconds_gets_no_more_until_it_does) {
  paces();
  const auto first = ask(ios(), digest), second = ask(ios(), digest);
  now += 2s;
  ASSERT_TRUE(ask(ios(), digest).goes());
  now += 1s;
  EXPECT_EQ(ios().ask(now, digest).kept_by, pace_reason::hold);
  EXPECT_GT(ios().closed_for(now), pacing::patience);
  EXPECT_TRUE(ask(android(), digest).goes());
  answer(ios(), first.era, 200);
  EXPECT_TRUE(ask(ios(), digest).goes());
  answer(ios(), second.era, 200);
}

TEST_F(pacing_test, a_gateway_that_has_all_it_may_have_gets_no_more_after_one_silent_second) {
  paces();
  for (int i = 0; i < 64; ++i) ask(ios(), digest);
  EXPECT_EQ(ios().ask(now, digest).kept_by, pace_reason::window);
  now += 1s;
  EXPECT_EQ(ios().ask(now, digest).kept_by, pace_reason::hold);
}

TEST_F(pacing_test, a_gateway_that_had_nothing_to_do_is_not_silent) {
  paces();
  EXPECT_TRUE(push(ios(), 200));
  now += 1h;
  EXPECT_TRUE(ask(ios(), digest).goes());
  EXPECT_TRUE(ask(ios(), digest).goes());
}

TEST_F(pacing_test, what_is_withdrawn_wakes_nobody_because_nothing_became_free) {
  paces();
  for (int i = 0; i < 64; ++i) ask(android(), digest);
  signal freed;
  android().announce(freed);
  const auto pass = ios().ask(now, digest);
  ASSERT_TRUE(pass.goes());
  ios().announce(freed);
  ios().withdrawn(pass.era);
  EXPECT_FALSE(testing::run(loop, freed.wait_for(1ms)));
  android().withdraw(freed);
  ios().withdraw(freed);
}

TEST_F(pacing_test, what_was_let_through_is_under_way_when_it_is_sent) {
  paces();
  const auto pass = android().ask(now, digest);
  ASSERT_TRUE(pass.goes());
  EXPECT_EQ(android().under_way(), 0U);
  android().sent(now);
  EXPECT_EQ(android().under_way(), 1U);
  answer(android(), pass.era, 200);
  EXPECT_EQ(android().under_way(), 0U);
}

TEST_F(pacing_test, digests_ramp_up_over_a_minute_and_breaking_news_does_not) {
  paces(true);
  const auto first = ask(ios(), digest);
  EXPECT_TRUE(first.goes());
  EXPECT_EQ(ask(ios(), digest).kept_by, pace_reason::window);
  EXPECT_TRUE(push(ios(), 200, {}, breaking));
  answer(ios(), first.era, 200);
  now += 30s;
  while (ask(ios(), digest).goes()) continue;
  EXPECT_EQ(ios().under_way(), 32U);
}

TEST_F(pacing_test, without_a_spread_there_is_no_ramp) {
  paces(false);
  for (int i = 0; i < 64; ++i) EXPECT_TRUE(ask(ios(), digest).goes());
}

TEST_F(pacing_test, retries_of_a_failing_gateway_have_to_fit_the_budget) {
  paces();
  for (int i = 0; i < 1000; ++i) push(android(), i % 10 < 3 ? 500 : 200, i % 10 < 3 ? "INTERNAL" : "");
  int retries = 0;
  while (push(android(), retries % 10 < 3 ? 500 : 200, retries % 10 < 3 ? "INTERNAL" : "",
              digest_again)) {
    ++retries;
  }
  EXPECT_EQ(retries, 100);
  EXPECT_EQ(changes.off, 1);
}

TEST_F(pacing_test, retries_are_free_as_soon_as_a_gateway_does_its_work_again) {
  paces();
  for (int i = 0; i < 1000; ++i) push(android(), i % 10 < 3 ? 500 : 200, i % 10 < 3 ? "INTERNAL" : "");
  for (int i = 0; i < 100; ++i) push(android(), 200);
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(push(android(), 200, "", digest_again)) << i;
}

class quotas_test : public pacing_test {
 protected:
  quotas_test() {
    for (auto& [id, app] : apps) {
      app.fcm_project = "news-1";
      app.fcm_quota_per_minute = 6000;
    }
  }
  // Lets the drawing go on for as long as it has something to do.
  void draw() {
    if (!spawned) {
      spawned = true;
      boost::asio::co_spawn(loop, made->draw_quotas(), boost::asio::detached);
    }
    loop.restart();
    loop.poll();
  }
  void TearDown() override {
    made->stop();
    loop.restart();
    loop.poll();
  }
  bool spawned = false;
};

TEST_F(quotas_test, pushes_take_from_a_grant_that_the_apps_of_a_project_share) {
  auto& all = paces();
  quotas.grants = 100;
  EXPECT_EQ(android().ask(now, digest).kept_by, pace_reason::quota);
  draw();
  int sent = 0;
  while (push(android(), 200) && all.of("other", platform::android)->ask(now, digest).goes()) {
    sent += 2;
  }
  EXPECT_GE(sent, 50);
  EXPECT_LE(sent, 100);
  EXPECT_EQ(quotas.asked, std::vector<std::string>{"news-1 6000"});
  EXPECT_TRUE(push(ios(), 200));
}

TEST_F(quotas_test, one_question_serves_a_quarter_of_a_second_of_pushes) {
  paces();
  const auto end = now + 10s;
  int sent = 0;
  for (; now < end; now += 1ms) {
    if (push(android(), 200)) ++sent;
    draw();
  }
  EXPECT_GT(sent, 9'700);  // the first grants are small
  EXPECT_LE(quotas.asked.size(), 41U);
  EXPECT_GE(quotas.asked.size(), 38U);
}

TEST_F(quotas_test, the_bucket_is_told_of_a_refusal) {
  paces();
  android().ask(now, digest);
  draw();
  ASSERT_TRUE(push(android(), 429, "RATE_LIMIT_EXCEEDED", digest, 1s));
  now += 1s;
  android().ask(now, digest);
  draw();
  EXPECT_EQ(quotas.refusals, 1);
}

TEST_F(quotas_test, the_rate_stays_for_ten_seconds_while_the_bucket_is_away) {
  paces();
  android().ask(now, digest);
  draw();
  quotas.away = true;
  int sent = 0;
  for (const auto end = now + 60s; now < end; now += 5ms) {
    if (push(android(), 200)) ++sent;
    draw();
  }
  EXPECT_GT(sent, 1'900);
  EXPECT_LT(sent, 2'400);
}

}  // namespace
}  // namespace paperboy

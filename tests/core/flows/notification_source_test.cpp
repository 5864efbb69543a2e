#include "core/flows/notification_source.hpp"

#include <gtest/gtest.h>

#include "tests/core/flows/delivery_fakes.hpp"

namespace paperboy {
namespace {

using namespace std::chrono_literals;

// 03:30 in Baku.
constexpr instant night{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 23h + 30min};
constexpr std::string_view baku = "demo:Asia/Baku:480";

topic topic_of(std::string key, topic_number number, frequency by_default, bool critical = false) {
  topic t;
  t.key = std::move(key);
  t.number = number;
  t.default_frequency = by_default;
  t.critical = critical;
  return t;
}

class notification_source_test : public ::testing::Test {
 protected:
  notification_source_test() {
    app.id = "demo";
    app.defaults.locale = "en";
    app.gateways.apns = &apns;
    order.audience.topics = {"breaking"};
    order.news.title = {{"en", "Quake"}, {"az", "Zəlzələ"}};
    order.time_to_live = 1h;
    part.run = "notification-20261123T233000Z-000000000001";
    part.cohort = baku;
    part.at = night;
    part.deadline = night + 1h;
    sleepy.start = 22h;
    sleepy.end = 7h;
  }

  notification_source& source() {
    if (!made) {
      made.emplace(app, night, order, part.run, has_item,
                   std::make_shared<const catalogue>(std::vector<topic>{
                       topic_of("breaking", 1, frequency::off),
                       topic_of("breaking/quake", 2, frequency::off, true),
                       topic_of("sport", 3, frequency::instant)}),
                   [this](std::string_view) { return wish; });
    }
    return *made;
  }
  judgement judged(std::string_view bytes = "wish") {
    return source().judge(part, who(), bytes, now);
  }
  reader who() const {
    reader r;
    r.silence = silence;
    r.quiet = quiet;
    r.cohort = baku;
    return r;
  }
  void wants(topic_number number, frequency f) { wish.topics.push_back({number, f}); }

  boost::asio::io_context loop{1};
  testing::fake_gateway apns{loop};
  app_context app;
  notification_order order;
  part_of_run part;
  wish_values wish;
  silence_rules silence;
  std::optional<quiet_hours> quiet;
  quiet_hours sleepy;
  instant now = night;
  bool has_item = true;
  std::optional<notification_source> made;
};

using kind = judgement::kind;

TEST_F(notification_source_test, reaches_who_wants_the_topic_at_once) {
  wants(1, frequency::instant);
  EXPECT_EQ(judged().what, kind::send);
}

TEST_F(notification_source_test, reaches_who_wants_both) {
  wants(1, frequency::both);
  EXPECT_EQ(judged().what, kind::send);
}

TEST_F(notification_source_test, is_not_for_who_wants_the_topic_in_the_digest_only) {
  wants(1, frequency::digest);
  EXPECT_EQ(judged().what, kind::exclude);
}

TEST_F(notification_source_test, is_not_for_who_said_nothing_of_a_topic_that_is_off_by_default) {
  EXPECT_EQ(judged().what, kind::exclude);
}

TEST_F(notification_source_test, reaches_who_chose_the_topic_above) {
  order.audience.topics = {"breaking/quake"};
  wants(1, frequency::instant);
  EXPECT_EQ(judged().what, kind::send);
}

TEST_F(notification_source_test, all_topics_are_to_be_wanted_where_all_must_match) {
  order.audience.topics = {"breaking", "sport"};
  order.audience.match = topic_match::all;
  EXPECT_EQ(judged("nothing").what, kind::exclude);
  wants(1, frequency::instant);
  EXPECT_EQ(judged("breaking too").what, kind::send);
}

TEST_F(notification_source_test, one_topic_is_enough_where_any_may_match) {
  order.audience.topics = {"breaking", "sport"};
  EXPECT_EQ(judged().what, kind::send);
}

TEST_F(notification_source_test, who_was_listed_needs_no_topic) {
  order.audience.topics.clear();
  order.audience.subscribers.emplace_back();
  EXPECT_EQ(judged().what, kind::send);
}

TEST_F(notification_source_test, a_mute_and_a_pause_hold_for_everything_critical_news_included) {
  order.critical = true;
  order.audience.topics = {"breaking/quake"};
  wants(2, frequency::instant);
  silence.mute_until = now + 1min;
  EXPECT_EQ(judged().reason, skip_reason::muted);
  silence = {};
  silence.pause = pause{local_date{20'781}, local_date{20'781}};  // 24 November in Baku by now
  EXPECT_EQ(judged().reason, skip_reason::paused);
}

TEST_F(notification_source_test, quiet_hours_drop_what_came_in_them) {
  wants(1, frequency::instant);
  sleepy.action = quiet_action::drop;
  quiet = sleepy;
  const auto j = judged();
  EXPECT_EQ(j.what, kind::skip);
  EXPECT_EQ(j.reason, skip_reason::quiet_hours);
}

TEST_F(notification_source_test, quiet_hours_hold_until_they_end) {
  wants(1, frequency::instant);
  sleepy.action = quiet_action::hold;
  quiet = sleepy;
  part.deadline = night + 12h;
  const auto j = judged();
  EXPECT_EQ(j.what, kind::hold);
  EXPECT_EQ(j.wake, night + 3h + 30min);
}

TEST_F(notification_source_test, what_would_be_held_past_its_time_to_live_is_dropped) {
  wants(1, frequency::instant);
  sleepy.action = quiet_action::hold;
  quiet = sleepy;
  EXPECT_EQ(judged().reason, skip_reason::quiet_hours);
}

TEST_F(notification_source_test, quiet_hours_fold_an_item_into_the_next_digest) {
  wants(1, frequency::instant);
  quiet = sleepy;
  EXPECT_EQ(judged().reason, skip_reason::folded);
}

TEST_F(notification_source_test, what_has_no_item_cannot_be_folded_and_is_dropped) {
  wants(1, frequency::instant);
  quiet = sleepy;
  has_item = false;
  EXPECT_EQ(judged().reason, skip_reason::quiet_hours);
}

TEST_F(notification_source_test, critical_news_on_critical_topics_passes_quiet_hours) {
  order.critical = true;
  order.audience.topics = {"breaking/quake"};
  wants(2, frequency::instant);
  quiet = sleepy;
  EXPECT_EQ(judged().what, kind::send);
}

TEST_F(notification_source_test, critical_news_on_an_ordinary_topic_passes_nothing) {
  order.critical = true;
  wants(1, frequency::instant);
  quiet = sleepy;
  EXPECT_EQ(judged().reason, skip_reason::folded);
}

TEST_F(notification_source_test, is_written_in_the_readers_language) {
  wants(1, frequency::instant);
  wish.locale = "az-AZ";
  EXPECT_EQ(judged("az").chosen->text.title, "Zəlzələ");
  wish.locale = "de-DE";
  EXPECT_EQ(judged("de").chosen->text.title, "Quake");
}

TEST_F(notification_source_test, readers_of_one_language_share_one_text) {
  wants(1, frequency::instant);
  wish.locale = "az-AZ";
  const auto* first = judged("az-AZ").chosen;
  wish.locale = "az";
  EXPECT_EQ(judged("az").chosen, first);
}

TEST_F(notification_source_test, is_expired_after_its_time_to_live) {
  wants(1, frequency::instant);
  now = part.deadline;
  EXPECT_EQ(judged().what, kind::expire);
}

TEST_F(notification_source_test, a_cancelled_run_skips_its_audience_and_nobody_else) {
  part.halt = run_halt::cancelled;
  EXPECT_EQ(judged("stranger").what, kind::exclude);
  wants(1, frequency::instant);
  EXPECT_EQ(judged("reader").reason, skip_reason::cancelled);
}

}  // namespace
}  // namespace paperboy

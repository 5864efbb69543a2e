#include "core/flows/notifying.hpp"

#include <gtest/gtest.h>

#include "core/domain/text_time.hpp"
#include "core/ports/run_book.hpp"
#include "tests/core/fakes/fake_newsroom.hpp"
#include "tests/core/fakes/fake_notification_desk.hpp"
#include "tests/core/fakes/finish.hpp"

namespace paperboy::testing {
namespace {

using namespace std::chrono_literals;

struct a_newsroom {
  a_newsroom() {
    news.now = now;
    app.context.id = "anewz";
    app.context.defaults.locale = "az";
    topic breaking;
    breaking.key = "breaking";
    news.add("anewz", breaking);
    order.audience.topics = {"breaking"};
    order.news.title = {{"az", "Zəlzələ"}, {"en", "Earthquake"}};
    order.news.url = "https://anewz.tv/quake";
  }

  result<notifying_end> enter() {
    return finish(enter_notification(desk, news, app, order, once, now, ++random));
  }
  order_answer entered() { return std::get<order_answer>(enter().value()); }
  std::string faults() {
    std::string text;
    const auto end = enter();
    for (const auto& fault : std::get<std::vector<field_error>>(end.value())) {
      text += fault.pointer + ' ' + fault.code + '\n';
    }
    return text;
  }
  std::optional<item> stored(const std::string& id) {
    return finish(news.find_item("anewz", id)).value();
  }

  fake_notification_desk desk;
  fake_newsroom news;
  app_settings app;
  notification_order order;
  request_identity once{"key", "body"};
  instant now = *parse_instant("2026-11-23T12:00:00.250Z");
  std::uint64_t random = 0xABCD'0000'0000'0000;
};

TEST(run_ids, tell_when_a_run_of_either_kind_falls_due) {
  const auto due = *parse_instant("2026-11-24T04:00:09.999Z");
  const auto id = notification_run_id(due, 0xFFFF'0123'4567'89ab);
  EXPECT_EQ(id, "notification-20261124T040009Z-0123456789ab");
  EXPECT_EQ(instant_of_run(id), *parse_instant("2026-11-24T04:00:09Z"));
  EXPECT_EQ(instant_of_run(digest_run_id("demo", due)), *parse_instant("2026-11-24T04:00:00Z"));
  for (const auto* other : {"", "notification-", "notification-20261124T040009Z",
                            "notification-20261124T040009Z-0123456789a",
                            "notification-20261124T040009Z-0123456789aB",
                            "notification-20261124T040009Z-0123456789abc",
                            "notification-20261124T040009X-0123456789ab",
                            "notification-20261324T040009Z-0123456789ab",
                            "notification-20261124T040060Z-0123456789ab",
                            "digest-20261124T040009Z-0123456789ab", "digest-20261124T0400X"}) {
    EXPECT_EQ(instant_of_run(other), std::nullopt) << other;
  }
}

TEST(notifying, enters_a_run_named_by_its_instant) {
  a_newsroom room;
  const auto first = room.entered();
  EXPECT_EQ(first.end, order_end::entered);
  EXPECT_EQ(first.run, "notification-20261123T120000Z-000000000001");
  ASSERT_EQ(room.desk.entered.size(), 1U);
  EXPECT_EQ(room.desk.entered[0].at, *parse_instant("2026-11-23T12:00:00Z"));
  EXPECT_EQ(room.desk.entered[0].order, room.order);

  room.once.key = "another";
  room.order.send_at = room.now + 1h;
  EXPECT_EQ(room.entered().run, "notification-20261123T130001Z-000000000002");
  EXPECT_EQ(room.desk.entered[1].at, *parse_instant("2026-11-23T13:00:01Z"));
}

TEST(notifying, answers_a_repeated_request_with_the_run_it_made) {
  a_newsroom room;
  const auto first = room.entered();
  const auto again = room.entered();
  EXPECT_EQ(again.end, order_end::repeated);
  EXPECT_EQ(again.run, first.run);
  room.once.body = "other";
  EXPECT_EQ(room.entered().end, order_end::other_body);
  EXPECT_EQ(room.desk.entered.size(), 1U);
}

TEST(notifying, repeats_an_answer_though_the_order_could_not_be_taken_any_more) {
  a_newsroom room;
  room.order.send_at = room.now + 1h;
  const auto first = room.entered();
  room.now += 2h;
  finish(room.news.remove_topic("anewz", "breaking")).value();
  EXPECT_EQ(room.entered().run, first.run);
  room.once.body = "other";
  EXPECT_EQ(room.faults(), "/audience/topics/0 unknown-topic\n/send_at out-of-range\n");
  room.once = {"new", "body"};
  EXPECT_EQ(room.faults(), "/audience/topics/0 unknown-topic\n/send_at out-of-range\n");
}

TEST(notifying, remembers_nothing_of_an_order_that_does_not_hold) {
  a_newsroom room;
  room.order.news.title.clear();
  EXPECT_EQ(room.faults(), "/title empty\n");
  room.order.news.title = {{"en", "Earthquake"}};
  EXPECT_EQ(room.entered().end, order_end::entered);
}

TEST(notifying, refuses_an_item_that_is_not_there) {
  a_newsroom room;
  room.order.item_id = "quake-1";
  EXPECT_EQ(room.faults(), "/item_id unknown-item\n");
  item quake;
  quake.id = "quake-1";
  finish(room.news.put_items("anewz", {&quake, 1})).value();
  EXPECT_EQ(room.entered().end, order_end::entered);
}

TEST(notifying, stores_an_item_for_those_whose_quiet_hours_put_it_off) {
  a_newsroom room;
  const auto run = room.entered().run;
  const auto told = room.stored("notification." + run);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->title, "Zəlzələ");
  EXPECT_EQ(told->language, "az");
  EXPECT_EQ(told->published_at, *parse_instant("2026-11-23T12:00:00Z"));
  EXPECT_TRUE(told->topics.empty());
}

TEST(notifying, stores_none_beside_an_item_that_is_named_or_without_a_link) {
  a_newsroom room;
  room.order.news.url.clear();
  EXPECT_EQ(room.stored("notification." + room.entered().run), std::nullopt);
  item quake;
  quake.id = "quake-1";
  finish(room.news.put_items("anewz", {&quake, 1})).value();
  room.order.item_id = "quake-1";
  room.order.news.url = "https://anewz.tv/quake";
  room.once.key = "another";
  EXPECT_EQ(room.stored("notification." + room.entered().run), std::nullopt);
}

TEST(notifying, stores_the_item_again_when_a_request_that_ended_half_way_is_repeated) {
  a_newsroom room;
  const auto run = room.entered().run;
  const auto told = room.stored("notification." + run);
  finish(room.news.remove_item("anewz", told->id)).value();
  room.now += 1min;
  EXPECT_EQ(room.entered().end, order_end::repeated);
  EXPECT_EQ(room.stored(told->id), told);
}

TEST(notifying, fails_as_its_ports_fail) {
  a_newsroom room;
  room.desk.failure = make_error_code(errc::unavailable);
  EXPECT_EQ(room.enter().error(), errc::unavailable);
  room.order.news.title.clear();
  EXPECT_EQ(room.enter().error(), errc::unavailable);
  room.news.failure = make_error_code(errc::timed_out);
  EXPECT_EQ(room.enter().error(), errc::timed_out);
}

}  // namespace
}  // namespace paperboy::testing

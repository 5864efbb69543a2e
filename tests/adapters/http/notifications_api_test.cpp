#include <gtest/gtest.h>

#include "core/domain/text_time.hpp"
#include "core/ports/run_book.hpp"
#include "tests/adapters/http/api_under_test.hpp"
#include "tests/core/fakes/finish.hpp"

namespace paperboy::http::testing {
namespace {

const std::string staff(api_under_test::api_key);
const std::string path = "/v1/apps/anewz/notifications";
const std::string somebody(32, 'a');

using headers = std::vector<std::pair<std::string, std::string>>;

// A body with these members beside an audience and a title.
std::string body_with(const std::string& more) {
  return R"({"audience":{"topics":["politics"]},"title":{"en":"Earthquake"})" +
         (more.empty() ? "" : ',' + more) + '}';
}

asked order(const std::string& body, const std::string& key = "k1") {
  return {"POST", path, staff, body, "application/json", {{"Idempotency-Key", key}}};
}

TEST(a_notification, is_taken_as_it_was_written) {
  api_under_test api;
  const auto said = api.ask(order(
      R"({"audience":{"topics":["politics","local/baku"],"match":"all"},)"
      R"("title":{"en":"Earthquake","AZ-latn":"Zəlzələ"},"body":{"en":"Magnitude 5.4."},)"
      R"("url":"https://anewz.tv/quake","image_url":"https://img.tv/quake.jpg",)"
      R"("time_to_live":"PT1H","collapse_key":"quake-1","critical":true,)"
      R"("send_at":"2026-11-23T20:00:00+04:00","item_id":null})"));
  ASSERT_EQ(said.status, 202U) << said.body;
  ASSERT_EQ(api.desk.entered.size(), 1U);
  const auto& taken = api.desk.entered[0];
  EXPECT_EQ(said.body, R"({"run_id":")" + taken.run + R"("})");
  EXPECT_TRUE(taken.run.starts_with("notification-20261123T160000Z-")) << taken.run;
  EXPECT_EQ(instant_of_run(taken.run), taken.at);
  EXPECT_EQ(taken.app, "anewz");
  const notification_audience audience{{"politics", "local/baku"}, topic_match::all, {}, {}};
  EXPECT_EQ(taken.order.audience, audience);
  const breaking_news news{{{"az-Latn", "Zəlzələ"}, {"en", "Earthquake"}},
                           {{"en", "Magnitude 5.4."}},
                           "https://anewz.tv/quake",
                           "https://img.tv/quake.jpg",
                           "quake-1"};
  EXPECT_EQ(taken.order.news, news);
  EXPECT_EQ(taken.order.time_to_live, std::chrono::hours{1});
  EXPECT_TRUE(taken.order.critical);
  EXPECT_EQ(taken.order.send_at, parse_instant("2026-11-23T16:00:00Z"));
  EXPECT_EQ(taken.order.item_id, "");
}

TEST(a_notification, needs_no_more_than_an_audience_and_a_title) {
  api_under_test api;
  ASSERT_EQ(api.ask(order(body_with(""), "1")).status, 202U);
  ASSERT_EQ(
      api.ask(order(body_with(R"("body":null,"url":null,"image_url":null,"time_to_live":null,)"
                              R"("collapse_key":null,"critical":null,"send_at":null,)"
                              R"("item_id":null)"),
                    "2"))
          .status,
      202U);
  EXPECT_EQ(api.desk.entered[0].order, api.desk.entered[1].order);
  notification_order least;
  least.audience.topics = {"politics"};
  least.news.title = {{"en", "Earthquake"}};
  EXPECT_EQ(api.desk.entered[0].order, least);
  EXPECT_EQ(api.desk.entered[0].at, api.now);
}

TEST(a_notification, is_for_subscribers_or_devices_by_id_too) {
  api_under_test api;
  const std::string title = R"(,"title":{"en":"Earthquake"}})";
  ASSERT_EQ(api.ask(order(R"({"audience":{"subscriber_ids":[")" + somebody + R"("]})" + title, "1"))
                .status,
            202U);
  ASSERT_EQ(api.ask(order(R"({"audience":{"topics":null,"match":null,"device_ids":[")" + somebody +
                              R"(07"]})" + title,
                          "2"))
                .status,
            202U);
  const auto who = *parse_subscriber_id(somebody);
  EXPECT_EQ(api.desk.entered[0].order.audience.subscribers, (std::vector{who}));
  EXPECT_EQ(api.desk.entered[1].order.audience.devices, (std::vector{device_id{who, 7}}));
}

TEST(a_notification, that_does_not_hold_is_refused_with_every_place) {
  api_under_test api;
  const std::string title = R"(,"title":{"en":"x"}})";
  const std::string id = '"' + somebody + '"';
  const std::vector<std::pair<std::string, std::string>> table{
      {"{}", "/audience required, /title required"},
      {"[]", " wrong-type"},
      {R"({"audience":null,"title":null})", "/audience required, /title required"},
      {R"({"audience":"politics","title":"x"})", "/audience wrong-type, /title wrong-type"},
      {R"({"audience":{})" + title, "/audience empty"},
      {R"({"audience":{"topics":[]})" + title, "/audience/topics empty"},
      {R"({"audience":{"topics":"politics"})" + title, "/audience/topics wrong-type"},
      {R"({"audience":{"topics":["nothing"]})" + title, "/audience/topics/0 unknown-topic"},
      {R"({"audience":{"topics":["sport","{s}:x"]})" + title, "/audience/topics/1 invalid-topic"},
      {R"({"audience":{"topics":["sport"],"subscriber_ids":[)" + id + "]}" + title,
       "/audience too-many"},
      {R"({"audience":{"topics":["sport"],"match":"both"})" + title,
       "/audience/match unknown-match"},
      {R"({"audience":{"subscriber_ids":[)" + id + R"(],"match":"any"})" + title,
       "/audience/match not-for-ids"},
      {R"({"audience":{"subscriber_ids":[)" + id + R"(,"x",7]})" + title,
       "/audience/subscriber_ids/2 wrong-type"},
      {R"({"audience":{"subscriber_ids":[)" + id + R"(,"x","AA"]})" + title,
       "/audience/subscriber_ids/1 invalid-id, /audience/subscriber_ids/2 invalid-id"},
      {R"({"audience":{"device_ids":[)" + id + "]}" + title, "/audience/device_ids/0 invalid-id"},
      {R"({"audience":{"subscriber_ids":[)" + id + ',' + id + "]}" + title,
       "/audience/subscriber_ids/1 duplicate"},
      {R"({"audience":{"everybody":true})" + title, "/audience/everybody unknown-field"},
      {R"({"audience":{"topics":["sport"]},"title":{}})", "/title empty"},
      {R"({"audience":{"topics":["sport"]},"title":{"en":null}})", "/title empty"},
      {R"({"audience":{"topics":["sport"]},"title":{"en":7}})", "/title/en wrong-type"},
      {R"({"audience":{"topics":["sport"]},"title":{"en":"","a/b":"x"}})",
       "/title/a~1b invalid-locale, /title/en empty"},
      {R"({"audience":{"topics":["sport"]},"title":{"az":"x","AZ":"y"}})", "/title/AZ duplicate"},
      {body_with(R"("title":{"en":"x"})"), "/title duplicate-key"},
      {body_with(R"("body":"text")"), "/body wrong-type"},
      {body_with(R"("body":{"en":")" + std::string(501, 'x') + "\"}"), "/body/en too-long"},
      {body_with(R"("url":"")"), "/url empty"},
      {body_with(R"("url":"https://elsewhere.tv/")"), "/url host-not-allowed"},
      {body_with(R"("image_url":"http://anewz.tv/a.jpg")"), "/image_url not-https"},
      {body_with(R"("time_to_live":3600)"), "/time_to_live wrong-type"},
      {body_with(R"("time_to_live":"-PT1H")"), "/time_to_live invalid-duration"},
      {body_with(R"("time_to_live":"P9999Y")"), "/time_to_live invalid-duration"},
      {body_with(R"("time_to_live":"PT0S")"), "/time_to_live out-of-range"},
      {body_with(R"("time_to_live":"P29D")"), "/time_to_live out-of-range"},
      {body_with(R"("collapse_key":"")"), "/collapse_key empty"},
      {body_with(R"("collapse_key":"a b")"), "/collapse_key invalid-key"},
      {body_with(R"("critical":1)"), "/critical wrong-type"},
      {body_with(R"("send_at":"2026-11-23T11:58:00Z")"), "/send_at out-of-range"},
      {body_with(R"("send_at":"2026-12-25T12:00:00Z")"), "/send_at out-of-range"},
      {body_with(R"("send_at":"tomorrow")"), "/send_at invalid-instant"},
      {body_with(R"("item_id":"a/b")"), "/item_id invalid-id"},
      {body_with(R"("item_id":"nothing")"), "/item_id unknown-item"},
      {body_with(R"("priority":10,"__proto__":{})"),
       "/priority unknown-field, /__proto__ unknown-field"},
  };
  for (const auto& [body, errors] : table) {
    const auto said = api.ask(order(body));
    EXPECT_EQ(said.status, 422U) << body;
    EXPECT_EQ(said.errors(), errors) << body;
  }
  EXPECT_TRUE(api.desk.entered.empty());
  // None of them was remembered: the key is still free.
  EXPECT_EQ(api.ask(order(body_with(""))).status, 202U);
}

TEST(a_notification, may_have_a_title_in_many_scripts_but_not_one_that_deceives) {
  api_under_test api;
  const auto title = [](const std::string& text) {
    return R"({"audience":{"topics":["sport"]},"title":{"en":")" + text + "\"}}";
  };
  for (const std::string bad :
       {"", "   ", "\u200D", "a\u202Eb", "a\u2066b", R"(a\nb)", R"(a\tb)"}) {
    const auto said = api.ask(order(title(bad)));
    EXPECT_EQ(said.status, 422U) << bad;
    EXPECT_TRUE(said.errors().starts_with("/title/en ")) << said.body;
  }
  EXPECT_EQ(api.ask(order(title("زلزال"), "1")).status, 202U);
  EXPECT_EQ(api.ask(order(title(std::string(200, 'x')), "2")).status, 202U);
  EXPECT_EQ(api.ask(order(title(std::string(201, 'x')), "3")).errors(), "/title/en too-long");
}

TEST(a_notification, names_an_item_of_its_own_app_only) {
  api_under_test api;
  item quake;
  quake.id = "quake-1";
  paperboy::testing::finish(api.news.put_items("other", {&quake, 1})).value();
  const auto body = body_with(R"("item_id":"quake-1")");
  EXPECT_EQ(api.ask(order(body)).errors(), "/item_id unknown-item");
  paperboy::testing::finish(api.news.put_items("anewz", {&quake, 1})).value();
  EXPECT_EQ(api.ask(order(body)).status, 202U);
}

TEST(an_idempotency_key, is_demanded_in_its_form) {
  api_under_test api;
  const auto with = [&](const headers& fields) {
    return api.ask({"POST", path, staff, body_with(""), "application/json", fields});
  };
  const auto missing = with({});
  EXPECT_EQ(missing.status, 400U);
  EXPECT_EQ(missing.slug(), "missing-idempotency-key");
  for (const std::string bad : {"", " ", "a b", "k\xc9\x99y"}) {
    const auto said = with({{"Idempotency-Key", bad}});
    EXPECT_EQ(said.status, 400U) << bad;
    EXPECT_EQ(said.slug(), "invalid-idempotency-key");
  }
  EXPECT_EQ(with({{"Idempotency-Key", std::string(256, 'k')}}).slug(), "invalid-idempotency-key");
  EXPECT_EQ(with({{"Idempotency-Key", "a"}, {"Idempotency-Key", "a"}}).slug(),
            "invalid-idempotency-key");
  EXPECT_TRUE(api.desk.entered.empty());
  EXPECT_EQ(with({{"Idempotency-Key", std::string(255, '~')}}).status, 202U);
  EXPECT_EQ(with({{"idempotency-key", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\""}}).status, 202U);
}

TEST(a_repeated_request, gets_the_stored_answer) {
  api_under_test api;
  const auto first = api.ask(order(body_with("")));
  const auto again = api.ask(order(body_with("")));
  EXPECT_EQ(again.status, 202U);
  EXPECT_EQ(again.body, first.body);
  EXPECT_FALSE(first.headers.contains("Idempotency-Replayed"));
  EXPECT_EQ(again.headers.at("Idempotency-Replayed"), "true");
  EXPECT_EQ(api.desk.entered.size(), 1U);
}

TEST(a_repeated_request, is_answered_though_its_topic_is_gone) {
  api_under_test api;
  const auto first = api.ask(order(body_with("")));
  paperboy::testing::finish(api.news.remove_topic("anewz", "politics")).value();
  EXPECT_EQ(api.ask(order(body_with(""))).body, first.body);
  EXPECT_EQ(api.ask(order(body_with(""), "k2")).errors(), "/audience/topics/0 unknown-topic");
}

TEST(an_idempotency_key, stands_for_one_body) {
  api_under_test api;
  api.ask(order(body_with("")));
  for (const auto* other : {R"("critical":true)", R"("critical":false)"}) {
    const auto said = api.ask(order(body_with(other)));
    EXPECT_EQ(said.status, 422U);
    EXPECT_EQ(said.slug(), "idempotency-key-reused");
  }
  EXPECT_EQ(api.desk.entered.size(), 1U);
}

TEST(an_idempotency_key, is_its_apps_own_and_its_callers) {
  api_under_test api;
  const auto first = api.ask(order(body_with("")));
  const auto other = api.ask({"POST",
                              "/v1/apps/other/notifications",
                              std::string(api_under_test::other_api_key),
                              body_with(""),
                              "application/json",
                              {{"Idempotency-Key", "k1"}}});
  EXPECT_EQ(other.status, 202U);
  EXPECT_FALSE(other.headers.contains("Idempotency-Replayed"));
  ASSERT_EQ(api.desk.entered.size(), 2U);
  EXPECT_NE(api.desk.entered[0].once.key, api.desk.entered[1].once.key);
  // What the store sees of a key is a hash, whatever stands in it.
  EXPECT_EQ(api.desk.entered[0].once.key.size(), 64U);
  EXPECT_EQ(api.desk.entered[0].once.key.find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(an_idempotency_key, is_in_conflict_while_its_request_is_under_way) {
  api_under_test api;
  paperboy::signal gate;
  api.desk.gate = &gate;
  const auto said = api.ask_together(
      {order(body_with("")), order(body_with("")), order(body_with(R"("critical":true)")),
       order("{", "k1")},
      [&] { gate.notify(); });
  EXPECT_EQ(said[0].status, 202U);
  for (std::size_t i = 1; i < said.size(); ++i) {
    EXPECT_EQ(said[i].status, 409U);
    EXPECT_EQ(said[i].slug(), "request-under-way");
    EXPECT_EQ(said[i].headers.at("Retry-After"), "1");
  }
  api.desk.gate = nullptr;
  const auto later = api.ask(order(body_with("")));
  EXPECT_EQ(later.body, said[0].body);
  EXPECT_EQ(api.desk.entered.size(), 1U);
}

TEST(an_idempotency_key, is_free_again_after_a_request_that_failed) {
  api_under_test api;
  api.desk.failure = make_error_code(errc::unavailable);
  const auto failed = api.ask(order(body_with("")));
  EXPECT_EQ(failed.status, 503U);
  EXPECT_EQ(failed.headers.at("Retry-After"), "1");
  api.desk.failure = {};
  EXPECT_EQ(api.ask(order(body_with(""))).status, 202U);
}

TEST(a_notification, with_a_link_becomes_an_item_of_the_next_digest) {
  api_under_test api;
  ASSERT_EQ(api.ask(order(body_with(R"("url":"https://anewz.tv/quake")"))).status, 202U);
  const auto id = "notification." + api.desk.entered[0].run;
  const auto shown = api.get("/v1/apps/anewz/items/" + id, staff);
  EXPECT_EQ(shown.at("/title"), R"("Earthquake")");
  EXPECT_EQ(shown.at("/topics"), "[]");
}

TEST(a_notification, is_the_newsrooms_to_send_and_for_its_apps_only) {
  api_under_test api;
  const auto as = [&](std::string_view who) {
    auto asking = order(body_with(""));
    asking.credential = who;
    return api.ask(asking).status;
  };
  EXPECT_EQ(as(""), 401U);
  EXPECT_EQ(as(api_under_test::client_key), 403U);
  EXPECT_EQ(as(api.device()), 403U);
  EXPECT_EQ(as(api_under_test::other_api_key), 403U);
  EXPECT_TRUE(api.desk.entered.empty());
}

TEST(a_notification, is_read_only_as_JSON) {
  api_under_test api;
  EXPECT_EQ(api.ask(order("")).slug(), "empty-body");
  EXPECT_EQ(api.ask(order("{")).slug(), "invalid-json");
  auto form = order(body_with(""));
  form.content_type = "application/x-www-form-urlencoded";
  EXPECT_EQ(api.ask(form).status, 415U);
  EXPECT_EQ(api.ask(order(std::string(64 * 1024 + 1, ' '))).status, 413U);
}

}  // namespace
}  // namespace paperboy::http::testing

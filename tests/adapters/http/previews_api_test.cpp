#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "core/domain/text_time.hpp"
#include "core/flows/digest_source.hpp"
#include "core/flows/opening.hpp"
#include "tests/adapters/http/api_under_test.hpp"
#include "tests/core/fakes/finish.hpp"

namespace paperboy::http::testing {
namespace {

const std::string staff(api_under_test::api_key);
const std::string base = "/v1/apps/anewz/";

item make_item(const std::string& id, const std::string& topic, int priority) {
  item i;
  i.id = id;
  i.title = "Title of " + id;
  i.teaser = "Teaser of " + id;
  i.url = "https://anewz.tv/" + id;
  i.topics = {topic};
  i.language = "en";
  i.published_at = *parse_instant("2026-11-23T06:00:00Z");
  i.priority = priority;
  return i;
}

// Stores three items at 10:00.
void publish(api_under_test& api) {
  api.news.now = *parse_instant("2026-11-23T10:00:00Z");
  for (const auto& [id, topic, priority] : std::vector<std::tuple<std::string, std::string, int>>{
           {"p1", "politics", 90}, {"p2", "politics", 20}, {"s1", "sport", 60}}) {
    api.ask({"PUT", base + "items/" + id, staff,
             R"({"title":"Title of )" + id + R"(","teaser":"Teaser","url":"https://anewz.tv/)" +
                 id + R"(","topics":[")" + topic +
                 R"("],"language":"en","published_at":"2026-11-23T09:00:00Z","priority":)" +
                 std::to_string(priority) + "}"});
  }
}

spoken preview(api_under_test& api, const std::string& body) {
  return api.ask({"POST", base + "digests/preview", staff, body});
}

std::vector<std::string> ids(const spoken& s, std::string_view member) {
  std::vector<std::string> list;
  const auto root = s.json();
  for (const auto& one : root.at(member).as_array()) {
    list.emplace_back(one.at("id").as_string());
  }
  return list;
}

using names = std::vector<std::string>;

TEST(a_preview, shows_what_followers_of_topics_would_get_and_why) {
  api_under_test api;
  publish(api);
  const auto said = preview(api, R"({"topics":{"politics":"digest","sport":"off"},"max_items":1})");
  ASSERT_EQ(said.status, 200U) << said.body;
  EXPECT_EQ(ids(said, "items"), names{"p1"});
  EXPECT_EQ(ids(said, "left_out"), (names{"s1", "p2"}));
  EXPECT_EQ(said.at("/left_out/0/reason"), R"("not-followed")");
  EXPECT_EQ(said.at("/left_out/1/reason"), R"("did-not-fit")");
  EXPECT_EQ(said.at("/left_out_total"), "2");
  EXPECT_EQ(said.at("/reason"), "null");
  EXPECT_EQ(said.at("/locale"), R"("en")");
  EXPECT_EQ(said.at("/apns/title"), R"("Title of p1")");
  EXPECT_EQ(said.at("/fcm/token"), R"("…")");
  EXPECT_EQ(said.at("/fcm/id"), R"("00000000-0000-0000-0000-000000000000")");
}

TEST(a_preview, with_nothing_to_tell_says_why) {
  api_under_test api;
  const auto empty = preview(api, R"({"topics":{"politics":"digest"}})");
  EXPECT_EQ(empty.status, 200U);
  EXPECT_EQ(empty.at("/items"), "[]");
  EXPECT_EQ(empty.at("/reason"), R"("empty")");
  EXPECT_EQ(empty.at("/apns"), "null");
  EXPECT_EQ(empty.at("/fcm"), "null");
  publish(api);
  EXPECT_EQ(preview(api, R"({"topics":{"sport":"off"}})").at("/reason"), R"("no_topics")");
  EXPECT_EQ(
      preview(api, R"({"topics":{"politics":"digest","sport":"off"},"min_items":3})").at("/reason"),
      R"("empty")");
}

// What a run of that instant makes of the same items for somebody who follows politics.
std::string sent_by_a_run(api_under_test& api, instant at) {
  const delivery_settings delivery;
  digest_source::setting with{api.apps["anewz"].context, delivery, api.words, api.installation,
                              {}};
  std::vector<item> frozen;
  for (const auto& [id, priority] :
       std::vector<std::pair<std::string, int>>{{"p1", 90}, {"p2", 20}}) {
    item i = make_item(id, "politics", priority);
    i.teaser = "Teaser";
    i.published_at = *parse_instant("2026-11-23T09:00:00Z");
    i.arrived_at = *parse_instant("2026-11-23T10:00:00Z");
    frozen.push_back(i);
  }
  std::vector<topic> known(1);
  known[0].key = "politics";
  known[0].number = 1;
  digest_source source(with, at, frozen, std::make_shared<const catalogue>(known));
  part_of_run part;
  part.cohort = "anewz:Asia/Baku:480";
  part.date = *parse_local_date("2026-11-24");
  part.at = at;
  wish_values wish;
  wish.topics = {{1, frequency::digest}};
  part.deadline = at + std::chrono::hours{4};
  reader who;
  who.days = weekdays::all();
  const auto choice = source.judge(part, who, wish, at);
  return choice.chosen == nullptr
             ? ""
             : api.apns.payload(choice.chosen->text, "…",
                                [] {
                                  message_id id{};
                                  id.text.fill('0');
                                  for (const std::size_t dash : {8U, 13U, 18U, 23U})
                                    id.text[dash] = '-';
                                  return id;
                                }(),
                                {});
}

TEST(a_preview, is_byte_for_byte_what_a_run_of_that_instant_sends) {
  api_under_test api;
  publish(api);
  const auto at = *parse_instant("2026-11-24T04:00:00Z");
  const auto said = preview(
      api, R"({"topics":{"politics":"both","sport":"off"},"at":"2026-11-24T08:00:00+04:00"})");
  const auto sent = sent_by_a_run(api, at);
  ASSERT_FALSE(sent.empty());
  const auto without_edition = [](std::string json) {
    const auto from = json.find(R"("edition":")") + 11;
    return json.erase(from, json.find('"', from) - from);
  };
  const auto from = said.body.find(R"("apns":)") + 7;
  EXPECT_EQ(without_edition(said.body.substr(from, said.body.find('}', from) + 1 - from)),
            without_edition(sent));
}

TEST(a_preview, of_a_subscriber_takes_preferences_and_mark_into_account) {
  api_under_test api;
  publish(api);
  api.device(std::string(64, 'a'), R"(,"topics":{"politics":"digest"})");
  auto& stored = api.people.people.begin()->second;
  const std::string who = R"({"subscriber_id":")" + to_text(stored.value.id) + '"';
  const auto all = preview(api, who + "}");
  ASSERT_EQ(all.status, 200U) << all.body;
  EXPECT_EQ(ids(all, "items"), (names{"p1", "s1", "p2"}));
  stored.mark = *parse_local_date("2026-11-24");
  EXPECT_EQ(preview(api, who + R"(,"at":"2026-11-25T04:00:00Z"})").at("/reason"), R"("empty")");
  stored.mark = {};
  stored.value.wishes.mute_until = api.now + std::chrono::hours{1};
  EXPECT_EQ(preview(api, who + "}").at("/reason"), R"("muted")");
  stored.value.wishes.pause =
      pause{*parse_local_date("2026-11-24"), *parse_local_date("2026-11-24")};
  EXPECT_EQ(preview(api, who + R"(,"at":"2026-11-24T04:00:00Z"})").at("/reason"), R"("paused")");
  stored.value.wishes.digest_enabled = false;
  EXPECT_EQ(preview(api, who + "}").at("/reason"), R"("opted_out")");
}

TEST(a_preview, is_refused_where_it_does_not_hold) {
  api_under_test api;
  const std::vector<std::pair<std::string, std::string>> table{
      {"{}", "/topics required"},
      {"[]", " wrong-type"},
      {R"({"topics":{"nothing":"digest"}})", "/topics/nothing unknown-topic"},
      {R"({"topics":{"sport":"x"}})", "/topics/sport invalid-frequency"},
      {R"({"topics":{},"max_items":0})", "/max_items out-of-range"},
      {R"({"topics":{},"max_items":2,"min_items":3})", "/min_items out-of-range"},
      {R"({"topics":{},"locale":"??"})", "/locale invalid-locale"},
      {R"({"topics":{},"at":"2028-01-01T00:00:00Z"})", "/at out-of-range"},
      {R"({"topics":{},"at":"2026-01-01T00:00:00Z"})", "/at out-of-range"},
      {R"({"subscriber_id":"x"})", "/subscriber_id invalid-id"},
      {R"({"subscriber_id":")" + std::string(32, '0') + R"(","topics":{}})",
       "/topics unknown-field"},
  };
  for (const auto& [body, errors] : table) {
    const auto said = preview(api, body);
    EXPECT_EQ(said.status, 422U) << body;
    EXPECT_EQ(said.errors(), errors) << body;
  }
  EXPECT_EQ(preview(api, R"({"subscriber_id":")" + std::string(32, '0') + "\"}").status, 404U);
}

}  // namespace
}  // namespace paperboy::http::testing

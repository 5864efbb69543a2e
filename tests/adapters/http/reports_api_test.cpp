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
  digest_source::setting with{api.apps["anewz"].context, api.words, api.installation, {}};
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
  const auto choice = source.choose(part, {{}, weekdays::all()}, wish);
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

std::string sealed(api_under_test& api, const std::string& app,
                   std::vector<std::uint16_t> ordinals) {
  return seal_edition(api.installation, app,
                      {*parse_instant("2026-11-23T11:00:00Z"), "en", std::move(ordinals)});
}

// Freezes the items of publish() as the run of 11:00 does.
void freeze(api_under_test& api) {
  const auto at = *parse_instant("2026-11-23T11:00:00Z");
  const auto frozen = paperboy::testing::finish(
      api.news.freeze("anewz", digest_run_id(at), at - std::chrono::hours{36}, at));
  ASSERT_TRUE(frozen);
}

TEST(an_edition, opens_with_its_items_in_order_and_outlives_their_deletion) {
  api_under_test api;
  publish(api);
  freeze(api);
  api.ask({"DELETE", base + "items/s1", staff});
  const auto id = sealed(api, "anewz", {2, 0});
  const auto said = api.get("/v1/editions/" + id, api.device());
  ASSERT_EQ(said.status, 200U) << said.body;
  EXPECT_EQ(ids(said, "items"), (names{"s1", "p1"}));
  EXPECT_EQ(said.at("/edition_id"), '"' + id + '"');
  EXPECT_EQ(said.at("/locale"), R"("en")");
  EXPECT_EQ(said.at("/due_at"), R"("2026-11-23T11:00:00Z")");
}

TEST(an_edition, that_is_forged_foreign_or_no_longer_kept_is_absent) {
  api_under_test api;
  publish(api);
  const auto credential = api.device();
  const auto id = sealed(api, "anewz", {0});
  const auto status = [&](const std::string& edition) {
    return api.get("/v1/editions/" + edition, credential).status;
  };
  EXPECT_EQ(status(id), 404U);  // nothing was frozen
  freeze(api);
  EXPECT_EQ(status(id), 200U);
  EXPECT_EQ(status(sealed(api, "other", {0})), 404U);
  EXPECT_EQ(status(sealed(api, "anewz", {3})), 404U);
  EXPECT_EQ(status(id.substr(0, id.size() - 1)), 404U);
  EXPECT_EQ(status("x"), 404U);
  EXPECT_EQ(api.get("/v1/editions/" + id, staff).status, 403U);
}

TEST(an_edition, that_many_open_is_read_once) {
  api_under_test api;
  publish(api);
  freeze(api);
  const auto credential = api.device();
  const auto id = sealed(api, "anewz", {0});
  for (int i = 0; i < 5; ++i) api.get("/v1/editions/" + id, credential);
  EXPECT_EQ(api.news.frozen_reads, 1);
  api.now += std::chrono::minutes{10};
  api.get("/v1/editions/" + id, credential);
  EXPECT_EQ(api.news.frozen_reads, 2);
}

run make_run(const std::string& id, const std::string& kind) {
  run r;
  r.id = id;
  r.app = "anewz";
  r.kind = kind;
  r.due_at = *parse_instant("2026-11-24T04:00:00Z");
  r.started_at = r.due_at + std::chrono::seconds{1};
  r.count.eligible = 1000;
  r.count.accepted = 990;
  r.count.rejected = 4;
  r.count.skipped_for(skip_reason::empty) = 5;
  r.count.skipped_for(skip_reason::opted_out) = 1;
  r.count.retries = 3;
  r.count.devices_removed = 4;
  return r;
}

TEST(a_run, is_shown_with_its_whole_balance) {
  api_under_test api;
  api.runs.runs = {make_run("digest-20261124T0400Z", "digest")};
  EXPECT_EQ(api.get(base + "runs/digest-20261124T0400Z", staff).body,
            R"({"run_id":"digest-20261124T0400Z","kind":"digest","state":"running",)"
            R"("due_at":"2026-11-24T04:00:00Z","started_at":"2026-11-24T04:00:01Z",)"
            R"("finished_at":null,"eligible":1000,"accepted":990,"rejected":4,"expired":0,)"
            R"("skipped":{"empty":5,"opted_out":1},"pending":0,"retries":3,"devices_removed":4})");
  EXPECT_EQ(api.get(base + "runs/nothing", staff).status, 404U);
  const auto foreign = api.get("/v1/apps/other/runs/digest-20261124T0400Z",
                               std::string(api_under_test::other_api_key));
  EXPECT_EQ(foreign.status, 404U);
}

TEST(runs, are_listed_in_pages_and_by_kind) {
  api_under_test api;
  for (int i = 0; i < 5; ++i) {
    api.runs.runs.push_back(make_run("r" + std::to_string(i), i == 3 ? "notification" : "digest"));
  }
  const auto first = api.get(base + "runs?limit=2", staff);
  EXPECT_EQ(first.at("/runs/0/run_id"), R"("r0")");
  EXPECT_EQ(first.at("/next"), R"("2")");
  const auto rest = api.get(base + "runs?limit=200&cursor=2", staff);
  EXPECT_EQ(rest.at("/runs/2/run_id"), R"("r4")");
  EXPECT_EQ(rest.at("/next"), "null");
  EXPECT_EQ(api.get(base + "runs?kind=notification", staff).at("/runs/0/run_id"), R"("r3")");
  for (const std::string bad : {"limit=0", "limit=201", "limit=ten", "limit=", "limit=-1",
                                "limit=1.0", "kind=all", "kind=", "cursor=", "cursor=x"}) {
    EXPECT_EQ(api.get(base + "runs?" + bad, staff).status, 422U) << bad;
  }
}

TEST(the_audience, is_counted_by_what_is_effective) {
  api_under_test api;
  const auto catalogue_numbers = [](std::initializer_list<explicit_choice> said) {
    return choices(said);
  };
  // politics 1, sport 2 (digest by default), local 3, local/baku 4.
  api.audience.said.emplace("anewz", catalogue_numbers({}));
  api.audience.said.emplace("anewz", catalogue_numbers({{1, frequency::both}}));
  api.audience.said.emplace("anewz",
                            catalogue_numbers({{1, frequency::instant}, {2, frequency::off}}));
  api.audience.said.emplace("anewz",
                            catalogue_numbers({{2, frequency::off}, {3, frequency::digest}}));
  api.audience.said.emplace("other", catalogue_numbers({{1, frequency::both}}));
  const auto count = [&](const std::string& query) {
    const auto said = api.get(base + "audience?" + query, staff);
    return said.status == 200U ? said.at("/subscribers") : std::to_string(said.status);
  };
  EXPECT_EQ(api.get(base + "audience?topics=politics", staff).body,
            R"({"subscribers":2,"devices":2,"by_platform":{"ios":2,"android":0}})");
  EXPECT_EQ(count("topics=sport"), "2");
  EXPECT_EQ(count("topics=local%2Fbaku"), "1");
  EXPECT_EQ(count("topics=politics,sport&match=any"), "3");
  EXPECT_EQ(count("topics=politics,sport&match=all"), "1");
  EXPECT_EQ(count("topics=safety"), "4");
  for (const std::string bad :
       {"", "topics=", "topics=nothing", "topics=sport&match=some", "topics=sport,no/thing"}) {
    EXPECT_EQ(count(bad), "422") << bad;
  }
}

TEST(the_digests_of_a_subscriber, are_shown_with_the_reason) {
  api_under_test api;
  api.device();
  const auto id = to_text(api.people.people.begin()->first);
  api.runs.slots = {{*parse_local_date("2026-11-24"), "skipped", "empty", "digest-2"},
                    {*parse_local_date("2026-11-23"), "sent", "", "digest-1"}};
  EXPECT_EQ(api.get(base + "subscribers/" + id + "/digests", staff).body,
            R"({"digests":[{"slot":"2026-11-24","state":"skipped","reason":"empty",)"
            R"("run_id":"digest-2"},{"slot":"2026-11-23","state":"sent","reason":null,)"
            R"("run_id":"digest-1"}]})");
}

TEST(an_export, holds_everything_but_the_token) {
  api_under_test api;
  api.device(std::string(64, 'a'),
             R"(,"locale":"az","app_version":"1","topics":{"politics":"both"})");
  auto& stored = api.people.people.begin()->second;
  stored.mark = *parse_local_date("2026-11-23");
  const auto id = to_text(stored.value.id);
  const auto said = api.get(base + "subscribers/" + id + "/export", staff);
  EXPECT_EQ(said.status, 200U);
  EXPECT_EQ(said.at("/preferences/topics"), R"({"politics":"both"})");
  EXPECT_EQ(said.at("/preferences/time_zone"), "null");
  EXPECT_EQ(said.at("/cohort"), R"({"time_zone":"Asia/Baku","time":"08:00"})");
  EXPECT_EQ(said.at("/last_digest"), R"("2026-11-23")");
  EXPECT_EQ(
      said.at("/devices/0"),
      R"({"device_id":")" + id +
          R"(00","platform":"ios","environment":"production","state":"live",)"
          R"("registered_at":"2026-11-23T12:00:00Z","locale":"az","app_version":"1",)"
          R"("token_sha256":"e0e77a507412b120f6ede61f62295b1a7b2ff19d3dcc8f7253e51663470c888e"})");
  EXPECT_EQ(said.at("/digests"), "[]");
}

TEST(erasing_a_subscriber, leaves_nothing_of_it) {
  api_under_test api;
  const auto credential = api.device();
  const auto id = to_text(api.people.people.begin()->first);
  EXPECT_EQ(api.ask({"DELETE", base + "subscribers/" + id, staff}).status, 204U);
  EXPECT_EQ(api.ask({"DELETE", base + "subscribers/" + id, staff}).status, 404U);
  EXPECT_EQ(api.get("/v1/devices/self", credential).status, 401U);
  EXPECT_TRUE(api.people.tokens.empty());
}

}  // namespace
}  // namespace paperboy::http::testing

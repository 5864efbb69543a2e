#include <gtest/gtest.h>

#include "tests/adapters/http/api_under_test.hpp"

namespace paperboy::http::testing {
namespace {

const std::string staff(api_under_test::api_key);
const std::string topics = "/v1/apps/anewz/topics/";
const std::string items = "/v1/apps/anewz/items";

asked put(const std::string& target, const std::string& body) {
  return {"PUT", target, staff, body};
}

asked post_lines(const std::string& body) {
  return {"POST", items, staff, body, "application/x-ndjson"};
}

// An item's members, with `more` in the place of those that are named there.
std::string item_body(const std::string& title = "Drones over Quito",
                      const std::string& more = {}) {
  return R"({"title":")" + title +
         R"(","url":"https://anewz.tv/a","topics":["politics"],"language":"en",)"
         R"("published_at":"2026-11-23T10:00:00Z")" +
         more + "}";
}

std::string item_line(const std::string& id, const std::string& title = "A title") {
  return R"({"id":")" + id + R"(",)" + item_body(title).substr(1) + '\n';
}

TEST(a_topic, is_created_changed_read_and_deleted) {
  api_under_test api;
  const std::string body =
      R"({"names":{"en":"Culture","AZ":"Mədəniyyət"},"default":"off","critical":true,"required":false})";
  const auto made = api.ask(put(topics + "culture/film", body));
  EXPECT_EQ(made.status, 201U) << made.body;
  EXPECT_EQ(made.body,
            R"({"key":"culture/film","names":{"az":"Mədəniyyət","en":"Culture"},"default":"off",)"
            R"("critical":true,"required":false})");
  EXPECT_EQ(api.ask(put(topics + "culture%2Ffilm", body)).status, 200U);
  EXPECT_EQ(api.get(topics + "culture/film", staff).body, made.body);
  EXPECT_EQ(api.ask({"DELETE", topics + "culture/film", staff}).status, 204U);
  EXPECT_EQ(api.ask({"DELETE", topics + "culture/film", staff}).status, 404U);
  EXPECT_EQ(api.get(topics + "culture/film", staff).status, 404U);
}

TEST(a_topic, without_a_default_inherits_one) {
  api_under_test api;
  api.ask(put(topics + "sport/chess", R"({"names":{"en":"Chess"}})"));
  EXPECT_EQ(api.get(topics + "sport/chess", staff).at("/default"), "null");
  const auto listed = api.get("/v1/topics", std::string(api_under_test::client_key));
  EXPECT_NE(listed.body.find(R"({"key":"sport/chess","name":"Chess","default":"digest")"),
            std::string::npos)
      << listed.body;
}

struct refused_body {
  std::string body;
  std::string errors;
};

TEST(a_topic, is_refused_where_it_does_not_hold) {
  api_under_test api;
  const std::vector<refused_body> table{
      {R"({})", "/names required"},
      {R"({"names":{}})", "/names out-of-range"},
      {R"({"names":"Culture"})", "/names wrong-type"},
      {R"({"names":{"en":7}})", "/names/en wrong-type"},
      {R"({"names":{"en":null}})", "/names/en wrong-type"},
      {R"({"names":{"english":"Culture"}})", "/names/english invalid-locale"},
      {R"({"names":{"en":""}})", "/names/en empty"},
      {R"({"names":{"en":"  "}})", "/names/en no-visible-character"},
      {R"({"names":{"en":"a\u202eb"}})", "/names/en bidi-override"},
      {R"({"names":{"en":")" + std::string(101, 'x') + R"("}})", "/names/en too-long"},
      {R"({"names":{"en":"A"},"default":"sometimes"})", "/default invalid-frequency"},
      {R"({"names":{"en":"A"},"critical":"yes"})", "/critical wrong-type"},
      {R"({"names":{"en":"A"},"required":null})", "/required wrong-type"},
      {R"({"names":{"en":"A"},"key":"culture"})", "/key unknown-field"},
  };
  for (const auto& row : table) {
    const auto said = api.ask(put(topics + "culture", row.body));
    EXPECT_EQ(said.status, 422U) << row.body;
    EXPECT_EQ(said.errors(), row.errors) << row.body;
  }
  for (const std::string bad :
       {"Culture", "a//b", "a/b/c/d/e", "-a", "a%20b", "a:b", "a{b}", "a*",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    EXPECT_EQ(api.ask(put(topics + bad, R"({"names":{"en":"A"}})")).status, 422U) << bad;
    EXPECT_EQ(api.get(topics + bad, staff).status, 404U) << bad;
  }
}

TEST(the_catalogue, names_topics_in_the_language_that_is_preferred) {
  api_under_test api;
  const auto name_in = [&](const std::string& languages) {
    const auto said = api.ask({"GET",
                               "/v1/topics",
                               std::string(api_under_test::client_key),
                               {},
                               {},
                               {{"Accept-Language", languages}}});
    EXPECT_EQ(said.headers.at("Vary"), "Accept-Language");
    return said.at("/topics/3/name");
  };
  EXPECT_EQ(name_in("az"), R"("safety adı")");
  EXPECT_EQ(name_in("az-AZ, en;q=0.5"), R"("safety adı")");
  EXPECT_EQ(name_in("en;q=0.5, az;q=0.9"), R"("safety adı")");
  EXPECT_EQ(name_in("fr, az;q=0.001"), R"("safety adı")");
  EXPECT_EQ(name_in("az;q=0, en"), R"("Name of safety")");
  EXPECT_EQ(name_in("az;q=2, !!, ;;;"), R"("Name of safety")");
  EXPECT_EQ(name_in("*"), R"("Name of safety")");
  const auto plain = api.get("/v1/topics", api.device());
  EXPECT_EQ(plain.at("/topics/3"),
            R"({"key":"safety","name":"Name of safety","default":"instant","critical":false,)"
            R"("required":true})");
  EXPECT_EQ(api.get("/v1/topics", staff).status, 403U);
}

TEST(an_item, is_created_changed_and_the_same) {
  api_under_test api;
  const auto made = api.ask(put(items + "/politics-4711", item_body()));
  EXPECT_EQ(made.status, 201U) << made.body;
  EXPECT_EQ(made.body,
            R"({"id":"politics-4711","title":"Drones over Quito","url":"https://anewz.tv/a",)"
            R"("topics":["politics"],"language":"en","published_at":"2026-11-23T10:00:00Z",)"
            R"("priority":50,"arrived_at":"2026-11-23T12:00:00Z"})");
  EXPECT_EQ(api.get(items + "/politics-4711", staff).body, made.body);
  api.news.now += std::chrono::hours{1};
  const auto changed = api.ask(
      put(items + "/politics-4711",
          item_body("Another",
                    R"(,"teaser":"T","image_url":"https://cdn.example.com/p.jpg",)"
                    R"("expires_at":"2026-11-25T00:00:00+04:00","priority":0,"story":"s")")));
  EXPECT_EQ(changed.status, 200U) << changed.body;
  EXPECT_EQ(changed.at("/arrived_at"), R"("2026-11-23T12:00:00Z")");
  EXPECT_EQ(changed.at("/expires_at"), R"("2026-11-24T20:00:00Z")");
  EXPECT_EQ(changed.at("/priority"), "0");
  EXPECT_EQ(api.ask({"DELETE", items + "/politics-4711", staff}).status, 204U);
  EXPECT_EQ(api.ask({"DELETE", items + "/politics-4711", staff}).status, 404U);
  EXPECT_EQ(api.get(items + "/politics-4711", staff).status, 404U);
}

TEST(an_item, is_refused_where_it_does_not_hold) {
  api_under_test api;
  const auto with_url = [](const std::string& url) {
    return R"({"title":"T","url":")" + url +
           R"(","topics":["politics"],"language":"en","published_at":"2026-11-23T10:00:00Z"})";
  };
  const std::vector<refused_body> table{
      {R"({})",
       "/title required, /url required, /topics required, /language required, "
       "/published_at required"},
      {"7", " wrong-type"},
      {item_body("", ""), "/title empty"},
      {item_body("   "), "/title no-visible-character"},
      {item_body("\\u200d"), "/title no-visible-character"},
      {item_body(std::string(201, 'x')), "/title too-long"},
      {item_body("a\\tb"), "/title control-character"},
      {item_body("a\\u001bb"), "/title control-character"},
      {item_body("a\\u202eb"), "/title bidi-override"},
      {item_body("a\\u2066b"), "/title bidi-override"},
      {item_body("T", R"(,"teaser":")" + std::string(501, 'x') + '"'), "/teaser too-long"},
      {with_url("javascript:alert(1)"), "/url not-https"},
      {with_url("http://anewz.tv/"), "/url not-https"},
      {with_url("https://user:pw@anewz.tv/"), "/url url-userinfo"},
      {with_url("https://127.0.0.1/"), "/url url-host"},
      {with_url("https://anewz.tv:22/"), "/url url-port"},
      {with_url("https://elsewhere.tv/"), "/url host-not-allowed"},
      {item_body("T", R"(,"image_url":"http://cdn.example.com/a.jpg")"), "/image_url not-https"},
      {item_body("T", R"(,"image_url":"")"), "/image_url empty"},
      {item_body("T", R"(,"expires_at":"2026-11-23T09:00:00Z")"), "/expires_at out-of-range"},
      {item_body("T", R"(,"expires_at":"soon")"), "/expires_at invalid-instant"},
      {item_body("T", R"(,"priority":101)"), "/priority out-of-range"},
      {item_body("T", R"(,"priority":50.0)"), "/priority out-of-range"},
      {item_body("T", R"(,"priority":"50")"), "/priority wrong-type"},
      {item_body("T", R"(,"id":"x")"), "/id unknown-field"},
      {item_body("T", R"(,"arrived_at":"2026-11-23T10:00:00Z")"), "/arrived_at unknown-field"},
  };
  for (const auto& row : table) {
    const auto said = api.ask(put(items + "/one", row.body));
    EXPECT_EQ(said.status, 422U) << row.body;
    EXPECT_EQ(said.errors(), row.errors) << row.body;
  }
  EXPECT_EQ(api.get(items + "/one", staff).status, 404U);
}

TEST(an_item, has_topics_of_the_catalogue_and_an_id_that_a_path_carries) {
  api_under_test api;
  const std::string body =
      R"({"title":"T","url":"https://anewz.tv/a","topics":["nothing"],"language":"en",)"
      R"("published_at":"2026-11-23T10:00:00Z"})";
  const auto said = api.ask(put(items + "/one", body));
  EXPECT_EQ(said.status, 422U);
  EXPECT_NE(said.errors().find("unknown-topic"), std::string::npos) << said.errors();
  EXPECT_EQ(api.ask(put(items + "/a%20b", item_body())).status, 422U);
  EXPECT_EQ(api.ask(put(items + "/" + std::string(129, 'a'), item_body())).status, 422U);
  EXPECT_EQ(api.get(items + "/a%20b", staff).status, 404U);
}

TEST(items, of_an_app_that_the_key_does_not_have_are_forbidden) {
  api_under_test api;
  EXPECT_EQ(api.ask(put("/v1/apps/other/items/one", item_body())).status, 403U);
  EXPECT_EQ(api.ask(put("/v1/apps/nobody/items/one", item_body())).status, 403U);
  EXPECT_EQ(api.ask({"PUT", items + "/one", api.device(), item_body()}).status, 403U);
  EXPECT_EQ(api.ask({"PUT", items + "/one", "", item_body()}).status, 401U);
}

TEST(many_items, are_stored_one_by_one_with_a_result_a_line) {
  api_under_test api;
  std::string body;
  for (int i = 0; i < 10; ++i) {
    body += i == 4 ? item_line("item-4", "") : item_line("item-" + std::to_string(i));
  }
  const auto said = api.ask(post_lines(body));
  EXPECT_EQ(said.status, 200U);
  EXPECT_EQ(said.content_type, "application/x-ndjson");
  std::string expected;
  for (int i = 0; i < 10; ++i) {
    expected += i == 4 ? R"({"id":"item-4","type":"urn:paperboy:problem:empty","title":"Empty",)"
                         R"("status":422,"detail":)"
                       : R"({"id":"item-)" + std::to_string(i) + R"(","status":201})" + '\n';
    if (i == 4) {
      const auto from = said.body.find(R"("detail":)") + 9;
      expected += said.body.substr(from, said.body.find('\n') == std::string::npos
                                             ? 0
                                             : said.body.find('\n', from) + 1 - from);
    }
  }
  EXPECT_EQ(said.body, expected);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(api.get(items + "/item-" + std::to_string(i), staff).status, i == 4 ? 404U : 200U);
  }
  const auto again = api.ask(post_lines(item_line("item-0")));
  EXPECT_EQ(again.body, "{\"id\":\"item-0\",\"status\":200}\n");
}

TEST(many_items, name_the_line_that_is_bad_whatever_is_bad_about_it) {
  api_under_test api;
  const std::vector<std::pair<std::string, std::string>> table{
      {"{", R"({"id":null,"type":"urn:paperboy:problem:invalid-json")"},
      {"7", R"({"id":null,"type":"urn:paperboy:problem:wrong-type")"},
      {item_body(), R"({"id":null,"type":"urn:paperboy:problem:)"},
      {R"({"id":"a b",)" + item_body().substr(1), R"({"id":null,"type":"urn:paperboy:problem:)"},
      {R"({"id":"x","id":"y"})", R"({"id":null,"type":"urn:paperboy:problem:duplicate-key")"},
      {R"({"id":"x","more":1})", R"({"id":"x","type":"urn:paperboy:problem:validation-failed")"},
      {R"({"id":"x","title":")" + std::string(65'536, 'x') + "\"}",
       R"({"id":null,"type":"urn:paperboy:problem:body-too-large","title":"Body too large","status":413)"},
  };
  for (const auto& [line, start] : table) {
    const auto said = api.ask(post_lines(line + '\n' + item_line("good")));
    EXPECT_EQ(said.status, 200U);
    EXPECT_EQ(said.body.substr(0, start.size()), start);
    EXPECT_NE(said.body.find("{\"id\":\"good\",\"status\":20"), std::string::npos);
  }
}

TEST(many_items, that_name_one_id_twice_are_taken_in_order) {
  api_under_test api;
  const auto said = api.ask(post_lines(item_line("one", "First") + item_line("one", "Second")));
  EXPECT_EQ(said.body, "{\"id\":\"one\",\"status\":201}\n{\"id\":\"one\",\"status\":200}\n");
  EXPECT_EQ(api.get(items + "/one", staff).at("/title"), R"("Second")");
}

TEST(many_items, are_neither_none_nor_more_than_ten_thousand) {
  api_under_test api;
  EXPECT_EQ(api.ask(post_lines("\n\n")).status, 422U);
  std::string lines;
  for (int i = 0; i < 10'000; ++i) lines += "{}\n";
  EXPECT_EQ(api.ask(post_lines(lines)).status, 200U);
  EXPECT_EQ(api.ask(post_lines(lines + "{}")).status, 413U);
  EXPECT_EQ(api.ask({"POST", items, staff, item_line("one")}).status, 415U);
}

TEST(many_items, reach_the_store_in_batches) {
  api_under_test api;
  std::string lines;
  for (int i = 0; i < 1201; ++i) lines += item_line("item-" + std::to_string(i));
  EXPECT_EQ(api.ask(post_lines(lines)).status, 200U);
  EXPECT_EQ(api.news.largest_put, 500U);
  EXPECT_EQ(api.get(items + "/item-1200", staff).status, 200U);
}

TEST(many_items, without_the_store_are_unavailable_and_may_be_sent_again) {
  api_under_test api;
  api.news.failure = make_error_code(errc::unavailable);
  EXPECT_EQ(api.ask(post_lines(item_line("one"))).status, 503U);
  EXPECT_EQ(api.ask(put(items + "/one", item_body())).status, 503U);
}

}  // namespace
}  // namespace paperboy::http::testing

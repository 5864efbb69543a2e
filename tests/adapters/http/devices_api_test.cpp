#include <gtest/gtest.h>

#include "tests/adapters/http/api_under_test.hpp"

namespace paperboy::http::testing {
namespace {

const std::string key(api_under_test::client_key);
const std::string token_a(64, 'a');
const std::string token_b(64, 'b');

std::string text_at(const spoken& s, std::string_view member) {
  return std::string(s.json().at(member).as_string());
}

struct refused_body {
  std::string body;
  unsigned status;
  std::string slug;
  std::string errors;
};

TEST(a_device, is_refused_with_a_credential_that_does_not_count) {
  api_under_test api;
  const auto good = api.device();
  std::string forged = good;
  forged.back() = forged.back() == '0' ? '1' : '0';
  for (const std::string& credential : {forged, std::string("pd_x"), std::string()}) {
    const auto said = api.get("/v1/devices/self", credential);
    EXPECT_EQ(said.status, 401U);
    EXPECT_EQ(said.headers.at("WWW-Authenticate"), "Bearer");
  }
  // Genuine, but of nobody who is there.
  const auto nobody = api.credentials.issue({{}, 0}, 1);
  const auto said = api.get("/v1/devices/self", nobody);
  EXPECT_EQ(said.status, 401U);
  EXPECT_EQ(said.headers.at("WWW-Authenticate"), "Bearer");
}

TEST(a_device, of_an_app_that_is_no_longer_configured_is_unknown) {
  api_under_test api;
  const auto credential = api.device();
  api.apps.erase("anewz");
  EXPECT_EQ(api.get("/v1/devices/self", credential).status, 401U);
}

TEST(a_device, changes_what_is_given_and_keeps_the_rest) {
  api_under_test api;
  const auto credential = api.device(token_a, R"(,"locale":"az","app_version":"1.0")");
  const auto changed = api.ask({"PATCH", "/v1/devices/self", credential,
                                R"({"time_zone":"Europe/Berlin","app_version":"1.1"})"});
  EXPECT_EQ(changed.status, 200U);
  EXPECT_EQ(changed.at("/time_zone"), R"("Europe/Berlin")");
  EXPECT_EQ(changed.at("/locale"), R"("az")");
  EXPECT_EQ(changed.at("/app_version"), R"("1.1")");
  EXPECT_EQ(api.get("/v1/devices/self", credential).body, changed.body);
  EXPECT_EQ(api.people.people.begin()->second.place.cohort.time_zone, "Europe/Berlin");
}

TEST(a_device, that_changes_nothing_writes_nothing) {
  api_under_test api;
  const auto credential = api.device();
  const int writes = api.people.writes;
  EXPECT_EQ(api.ask({"PATCH", "/v1/devices/self", credential, "{}"}).status, 200U);
  EXPECT_EQ(
      api.ask({"PATCH", "/v1/devices/self", credential, R"({"token":")" + token_a + "\"}"}).status,
      200U);
  EXPECT_EQ(api.people.writes, writes);
}

TEST(a_device, takes_a_changed_token_from_whoever_has_it) {
  api_under_test api;
  const auto loser = api.device(token_a);
  const auto winner = api.device(token_b);
  api.now += std::chrono::hours{1};
  const auto changed =
      api.ask({"PATCH", "/v1/devices/self", winner, R"({"token":")" + token_a + "\"}"});
  EXPECT_EQ(changed.status, 200U);
  EXPECT_EQ(changed.at("/registered_at"), R"("2026-11-23T13:00:00Z")");
  EXPECT_EQ(api.get("/v1/devices/self", loser).status, 401U);
  EXPECT_EQ(api.get("/v1/devices/self", winner).status, 200U);
}

TEST(a_device, refuses_changes_that_do_not_hold) {
  api_under_test api;
  const auto credential = api.device();
  const std::vector<refused_body> table{
      {R"({"token":"abc"})", 422, "invalid-token", "/token invalid-token"},
      {R"({"token":"fcm:not-of-ios"})", 422, "invalid-token", "/token invalid-token"},
      {R"({"token":null})", 422, "wrong-type", "/token wrong-type"},
      {R"({"locale":null})", 422, "wrong-type", "/locale wrong-type"},
      {R"({"platform":"android"})", 422, "unknown-field", "/platform unknown-field"},
      {R"({"environment":"sandbox"})", 422, "unknown-field", "/environment unknown-field"},
      {R"("text")", 422, "wrong-type", " wrong-type"},
      {R"({"time_zone":"Mars/Base"})", 422, "unknown-time-zone", "/time_zone unknown-time-zone"},
  };
  for (const auto& row : table) {
    const auto said = api.ask({"PATCH", "/v1/devices/self", credential, row.body});
    EXPECT_EQ(said.status, row.status) << row.body;
    EXPECT_EQ(said.slug(), row.slug) << row.body;
    EXPECT_EQ(said.errors(), row.errors) << row.body;
  }
}

TEST(a_device, that_is_deleted_is_gone_for_good) {
  api_under_test api;
  const auto credential = api.device(token_a, R"(,"topics":{"politics":"both"})");
  const auto deleted = api.ask({"DELETE", "/v1/devices/self", credential});
  EXPECT_EQ(deleted.status, 204U);
  EXPECT_TRUE(deleted.body.empty());
  EXPECT_EQ(api.ask({"DELETE", "/v1/devices/self", credential}).status, 401U);
  EXPECT_TRUE(api.people.people.empty());
  EXPECT_TRUE(api.people.tokens.empty());
  const auto again = api.register_ios(token_a, R"(,"previous_credential":")" + credential + '"');
  EXPECT_EQ(again.at("/preferences/topics"), "{}");
}

TEST(no_answer, shows_a_push_token) {
  api_under_test api;
  const std::string fcm_token = "fcm-secret:token_1";
  const auto ios = api.device(token_a);
  const auto android = api.ask(
      {"POST", "/v1/devices", key, R"({"platform":"android","token":")" + fcm_token + "\"}"});
  ASSERT_EQ(android.status, 201U);
  api.get("/v1/devices/self", ios);
  api.get("/v1/devices/self", text_at(android, "credential"));
  api.get("/v1/preferences", ios);
  api.ask({"PATCH", "/v1/devices/self", ios, R"({"token":")" + token_b + "\"}"});
  const std::string staff(api_under_test::api_key);
  const auto people = "/v1/apps/anewz/subscribers/" + text_at(android, "subscriber_id");
  EXPECT_EQ(api.get(people + "/export", staff).status, 200U);
  api.get(people + "/preferences", staff);
  for (const auto& secret : {token_a, token_b, fcm_token}) {
    EXPECT_EQ(api.heard.find(secret), std::string::npos);
  }
}

}  // namespace
}  // namespace paperboy::http::testing

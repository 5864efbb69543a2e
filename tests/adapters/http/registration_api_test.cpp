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

TEST(registering, answers_the_device_its_credential_and_its_preferences) {
  api_under_test api;
  const auto made = api.ask(
      {"POST", "/v1/devices", key,
       R"({"platform":"ios","token":")" + token_a +
           R"(","environment":"sandbox","locale":"AZ-az","time_zone":"Europe/Berlin",)"
           R"("app_version":"3.1.0","topics":{"politics":"digest","local":"both","sport":null}})"});
  ASSERT_EQ(made.status, 201U) << made.body;
  EXPECT_EQ(text_at(made, "device_id").substr(0, 32), text_at(made, "subscriber_id"));
  EXPECT_EQ(text_at(made, "credential").substr(0, 3), "pd_");
  EXPECT_EQ(made.at("/preferences/time_zone"), R"("Europe/Berlin")");
  EXPECT_EQ(made.at("/preferences/locale"), R"("az-AZ")");
  EXPECT_EQ(made.at("/preferences/topics"), R"({"local":"both","politics":"digest"})");
  const auto read = api.get("/v1/devices/self", text_at(made, "credential"));
  EXPECT_EQ(read.status, 200U);
  EXPECT_EQ(read.body, R"({"device_id":")" + text_at(made, "device_id") + R"(","subscriber_id":")" +
                           text_at(made, "subscriber_id") +
                           R"(","platform":"ios","environment":"sandbox","locale":"az-AZ",)"
                           R"("time_zone":"Europe/Berlin","app_version":"3.1.0",)"
                           R"("registered_at":"2026-11-23T12:00:00Z"})");
}

TEST(registering, inherits_locale_and_zone_from_the_app) {
  api_under_test api;
  const auto made = api.register_ios(token_a);
  EXPECT_EQ(made.at("/preferences/time_zone"), R"("Asia/Baku")");
  EXPECT_EQ(made.at("/preferences/locale"), R"("en")");
}

TEST(registering, keeps_an_apns_token_as_bytes) {
  api_under_test api;
  api.device(std::string(62, '0') + "fF");
  ASSERT_EQ(api.people.people.size(), 1U);
  const auto& d = api.people.people.begin()->second.value.devices.front();
  EXPECT_EQ(d.token, std::string(31, '\0') + '\xff');
}

struct refused_body {
  std::string body;
  unsigned status;
  std::string slug;
  std::string errors;
};

TEST(registering, names_everything_that_does_not_hold) {
  const std::string ios = R"({"platform":"ios","token":")" + token_a + '"';
  const std::string android = R"({"platform":"android","token":"fcm:abc_-1")";
  const std::vector<refused_body> table{
      {"", 400, "empty-body", ""},
      {"{", 400, "invalid-json", ""},
      {"[]", 422, "wrong-type", " wrong-type"},
      {"null", 422, "wrong-type", " wrong-type"},
      {"{}", 422, "required", "/platform required, /token required"},
      {R"({"platform":"windows","token":"aa"})", 422, "unknown-platform",
       "/platform unknown-platform"},
      {R"({"platform":"ios","token":"abc"})", 422, "invalid-token", "/token invalid-token"},
      {R"({"platform":"ios","token":"zz"})", 422, "invalid-token", "/token invalid-token"},
      {R"({"platform":"ios","token":""})", 422, "invalid-token", "/token invalid-token"},
      {R"({"platform":"ios","token":")" + std::string(202, 'a') + "\"}", 422, "invalid-token",
       "/token invalid-token"},
      {R"({"platform":"ios","token":7})", 422, "wrong-type", "/token wrong-type"},
      {R"({"platform":"android","token":"with space"})", 422, "invalid-token",
       "/token invalid-token"},
      {R"({"platform":"android","token":"line\nbreak"})", 422, "invalid-token",
       "/token invalid-token"},
      {R"({"platform":"android","token":"😀"})", 422, "invalid-token", "/token invalid-token"},
      {R"({"platform":"android","token":")" + std::string(4097, 'x') + "\"}", 422, "invalid-token",
       "/token invalid-token"},
      {R"({"platform":"android","token":")" + token_a + "\"}", 422, "invalid-token",
       "/token invalid-token"},
      {android + R"(,"environment":"sandbox"})", 422, "not-for-android",
       "/environment not-for-android"},
      {ios + R"(,"environment":"staging"})", 422, "unknown-environment",
       "/environment unknown-environment"},
      {ios + R"(,"locale":"zz_ZZ"})", 422, "invalid-locale", "/locale invalid-locale"},
      {ios + R"(,"locale":"en-)" + std::string(100, 'a') + "\"}", 422, "invalid-locale",
       "/locale invalid-locale"},
      {ios + R"(,"time_zone":"UTC+3"})", 422, "unknown-time-zone", "/time_zone unknown-time-zone"},
      {ios + R"(,"time_zone":"asia/baku"})", 422, "unknown-time-zone",
       "/time_zone unknown-time-zone"},
      {ios + R"(,"time_zone":"../../etc/passwd"})", 422, "unknown-time-zone",
       "/time_zone unknown-time-zone"},
      {ios + R"(,"app_version":""})", 422, "invalid-app-version",
       "/app_version invalid-app-version"},
      {ios + R"(,"app_version":")" + std::string(33, '1') + "\"}", 422, "invalid-app-version",
       "/app_version invalid-app-version"},
      {ios + R"(,"topics":"sport"})", 422, "wrong-type", "/topics wrong-type"},
      {ios + R"(,"topics":{"sport":"often"}})", 422, "invalid-frequency",
       "/topics/sport invalid-frequency"},
      {ios + R"(,"topics":{"nothing":"digest"}})", 422, "unknown-topic",
       "/topics/nothing unknown-topic"},
      {ios + R"(,"topics":{"a{b}:*\n":"digest"}})", 422, "unknown-topic",
       "/topics/a{b}:*\n unknown-topic"},
      {ios + R"(,"topics":{")" + std::string(300, 'a') + R"(":"digest"}})", 422, "unknown-topic",
       "/topics/" + std::string(112, 'a') + " unknown-topic"},
      {ios + R"(,"topics":{"safety":"off"}})", 422, "locked", "/topics/safety locked"},
      {ios + R"(,"surprise":1,"__proto__":{}})", 422, "unknown-field",
       "/surprise unknown-field, /__proto__ unknown-field"},
      {ios + R"(,"subscriber_token":"e30.e30."})", 422, "unknown-field",
       "/subscriber_token unknown-field"},
      {ios + R"(,"platform":"ios"})", 422, "duplicate-key", "/platform duplicate-key"},
      {ios + R"(,"app_version":"1\u0000"})", 422, "null-character", "/app_version null-character"},
      {R"({"platform":"ios","token":"abc","locale":"?","more":1})", 422, "validation-failed",
       "/token invalid-token, /locale invalid-locale, /more unknown-field"},
  };
  api_under_test api;
  for (const auto& row : table) {
    const auto said = api.ask({"POST", "/v1/devices", key, row.body});
    EXPECT_EQ(said.status, row.status) << row.body << '\n' << said.body;
    EXPECT_EQ(said.content_type, "application/problem+json");
    EXPECT_EQ(said.slug(), row.slug) << row.body;
    EXPECT_EQ(said.errors(), row.errors) << row.body;
    EXPECT_LE(said.body.size(), 1024U);
  }
  EXPECT_TRUE(api.people.people.empty());
}

TEST(registering, says_what_is_wrong_in_these_words) {
  api_under_test api;
  const auto said = api.ask({"POST", "/v1/devices", key, R"({"platform":"ios","token":"abc"})"});
  EXPECT_EQ(said.body,
            R"({"type":"urn:paperboy:problem:invalid-token","title":"Invalid token","status":422,)"
            R"("detail":"An ios token has an even number of hexadecimal digits, 2 to 200.",)"
            R"("errors":[{"pointer":"/token","code":"invalid-token",)"
            R"("detail":"An ios token has an even number of hexadecimal digits, 2 to 200."}]})");
}

TEST(registering, is_for_the_client_key) {
  api_under_test api;
  const std::string body = R"({"platform":"ios","token":")" + token_a + "\"}";
  EXPECT_EQ(api.ask({"POST", "/v1/devices", "", body}).status, 401U);
  EXPECT_EQ(api.ask({"POST", "/v1/devices", std::string(api_under_test::api_key), body}).status,
            403U);
  EXPECT_EQ(api.ask({"POST", "/v1/devices", api.device(), body}).status, 403U);
}

TEST(registering, again_moves_the_token_and_starts_afresh) {
  api_under_test api;
  const auto first = api.device(token_a, R"(,"topics":{"politics":"both"})");
  const auto again = api.register_ios(token_a);
  EXPECT_EQ(again.status, 201U);
  EXPECT_EQ(again.at("/preferences/topics"), "{}");
  EXPECT_EQ(api.get("/v1/preferences", first).status, 401U);
  EXPECT_EQ(api.get("/v1/preferences", text_at(again, "credential")).status, 200U);
  EXPECT_EQ(api.people.tokens.size(), 1U);
}

TEST(registering, with_the_previous_credential_is_the_same_device_and_subscriber) {
  api_under_test api;
  const auto made = api.register_ios(token_a, R"(,"topics":{"politics":"both"})");
  const auto first = text_at(made, "credential");
  const auto again = api.register_ios(
      token_b, R"(,"topics":{"sport":"off"},"previous_credential":")" + first + '"');
  ASSERT_EQ(again.status, 201U) << again.body;
  EXPECT_EQ(text_at(again, "subscriber_id"), text_at(made, "subscriber_id"));
  EXPECT_EQ(text_at(again, "device_id"), text_at(made, "device_id"));
  EXPECT_EQ(again.at("/preferences/topics"), R"({"politics":"both"})");
  EXPECT_EQ(api.get("/v1/devices/self", first).status, 401U);
  EXPECT_EQ(api.get("/v1/devices/self", text_at(again, "credential")).status, 200U);
}

TEST(registering, a_device_that_was_moved_comes_back_whole) {
  api_under_test api;
  const auto first = api.device(token_a, R"(,"topics":{"politics":"both"})");
  api.device(token_a);
  EXPECT_EQ(api.get("/v1/preferences", first).status, 401U);
  const auto again = api.register_ios(token_b, R"(,"previous_credential":")" + first + '"');
  EXPECT_EQ(again.at("/preferences/topics"), R"({"politics":"both"})");
  EXPECT_EQ(api.get("/v1/preferences", text_at(again, "credential")).status, 200U);
}

TEST(registering, a_previous_credential_that_does_not_count_is_passed_over) {
  api_under_test api;
  const auto of_other_app = text_at(
      api.ask({"POST", "/v1/devices", std::string(api_under_test::other_client_key),
               R"({"platform":"ios","token":")" + token_b + R"(","topics":{"sport":"off"}})"}),
      "credential");
  for (const std::string& previous : {std::string("pd_forged"), std::string(), of_other_app}) {
    const auto made = api.register_ios(token_a, R"(,"previous_credential":")" + previous + '"');
    EXPECT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(made.at("/preferences/topics"), "{}");
  }
}

TEST(registering, is_decided_anew_when_outrun_and_gives_up_in_the_end) {
  api_under_test api;
  api.people.conflicts = 3;
  EXPECT_EQ(api.register_ios(token_a).status, 201U);
  api.people.conflicts = 4;
  EXPECT_EQ(api.register_ios(token_a).status, 409U);
}

TEST(registering, without_the_store_is_unavailable) {
  api_under_test api;
  api.people.failure = make_error_code(errc::unavailable);
  const auto said = api.register_ios(token_a);
  EXPECT_EQ(said.status, 503U);
  EXPECT_FALSE(said.headers.at("Retry-After").empty());
}

}  // namespace
}  // namespace paperboy::http::testing

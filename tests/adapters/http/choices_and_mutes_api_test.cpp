#include <gtest/gtest.h>

#include "core/domain/text_time.hpp"
#include "tests/adapters/http/api_under_test.hpp"

namespace paperboy::http::testing {
namespace {

const std::string path = "/v1/preferences";
const std::string merge_patch = "application/merge-patch+json";

asked patch(const std::string& credential, const std::string& body) {
  return {"PATCH", path, credential, body, merge_patch};
}

struct refused_body {
  std::string body;
  std::string errors;
};

TEST(a_topic_choice, is_put_and_deleted_with_its_slashes_raw_or_escaped) {
  api_under_test api;
  const auto credential = api.device();
  const std::string body = R"({"frequency":"both"})";
  const auto said = api.ask({"PUT", path + "/topics/local/baku", credential, body});
  EXPECT_EQ(said.status, 200U);
  EXPECT_EQ(said.at("/topics"), R"({"local/baku":"both"})");
  EXPECT_EQ(said.headers.at("ETag"), api.get(path, credential).headers.at("ETag"));
  EXPECT_EQ(api.ask({"PUT", path + "/topics/local%2Fbaku", credential, body}).body, said.body);
  EXPECT_EQ(api.ask({"DELETE", path + "/topics/local%2Fbaku", credential}).status, 204U);
  EXPECT_EQ(api.ask({"DELETE", path + "/topics/local/baku", credential}).status, 204U);
  EXPECT_EQ(api.get(path, credential).at("/topics"), "{}");
}

TEST(a_topic_choice, is_refused_for_what_the_catalogue_does_not_have_or_locks) {
  api_under_test api;
  const auto credential = api.device();
  const std::string body = R"({"frequency":"both"})";
  const auto put = [&](const std::string& topic, const std::string& text) {
    return api.ask({"PUT", path + "/topics/" + topic, credential, text});
  };
  EXPECT_EQ(put("culture", body).slug(), "unknown-topic");
  EXPECT_EQ(put("%7Bx%7D:*", body).slug(), "unknown-topic");
  EXPECT_EQ(put("safety", R"({"frequency":"off"})").slug(), "locked");
  EXPECT_EQ(put("sport", R"({"frequency":"often"})").slug(), "invalid-frequency");
  EXPECT_EQ(put("sport", R"({"frequency":null})").slug(), "wrong-type");
  EXPECT_EQ(put("sport", R"({})").slug(), "required");
  EXPECT_EQ(put("sport", R"({"frequency":"off","x":1})").slug(), "unknown-field");
  EXPECT_EQ(api.ask({"DELETE", path + "/topics/culture", credential}).status, 422U);
  EXPECT_EQ(api.people.people.begin()->second.value.version, 1U);
}

TEST(a_mute, lasts_until_an_instant_or_for_a_time) {
  api_under_test api;
  const auto credential = api.device();
  const auto mute = [&](const std::string& body) {
    return api.ask({"POST", path + "/mute", credential, body});
  };
  EXPECT_EQ(mute(R"({"for":"PT2H"})").at("/mute_until"), R"("2026-11-23T14:00:00Z")");
  const auto until = mute(R"({"until":"2026-11-25T08:00:00+04:00"})");
  EXPECT_EQ(until.status, 200U);
  EXPECT_EQ(until.at("/mute_until"), R"("2026-11-25T04:00:00Z")");
  EXPECT_EQ(until.at("/next_digest/slot"), R"("2026-11-25")");
  api.now += std::chrono::days{2};
  EXPECT_EQ(api.get(path, credential).at("/mute_until"), "null");
}

TEST(a_mute, stays_when_preferences_are_replaced_and_ends_with_null) {
  api_under_test api;
  const auto credential = api.device();
  api.ask({"POST", path + "/mute", credential, R"({"for":"P1D"})"});
  EXPECT_EQ(api.ask({"PUT", path, credential, "{}"}).at("/mute_until"),
            R"("2026-11-24T12:00:00Z")");
  EXPECT_EQ(api.ask(patch(credential, R"({"mute_until":null})")).at("/mute_until"), "null");
}

TEST(a_mute, is_refused_in_the_past_for_ever_and_without_a_length) {
  api_under_test api;
  const auto credential = api.device();
  const std::vector<refused_body> table{
      {R"({})", " required"},
      {R"({"until":"2026-11-25T00:00:00Z","for":"PT1H"})", " too-many"},
      {R"({"until":"2026-11-23T12:00:00Z"})", "/until out-of-range"},
      {R"({"until":"2027-11-24T00:00:00Z"})", "/until out-of-range"},
      {R"({"until":"2026-11-25"})", "/until invalid-instant"},
      {R"({"until":7})", "/until wrong-type"},
      {R"({"for":"PT0S"})", "/for out-of-range"},
      {R"({"for":"P366D"})", "/for out-of-range"},
      {R"({"for":"-PT1H"})", "/for invalid-duration"},
      {R"({"for":"P9999Y"})", "/for invalid-duration"},
      {R"({"for":3600})", "/for wrong-type"},
      {R"({"for":"PT1H","why":"sleep"})", "/why unknown-field"},
  };
  for (const auto& row : table) {
    const auto said = api.ask({"POST", path + "/mute", credential, row.body});
    EXPECT_EQ(said.status, 422U) << row.body;
    EXPECT_EQ(said.errors(), row.errors) << row.body;
  }
}

TEST(the_next_digest, passes_over_what_the_subscriber_silenced) {
  api_under_test api;
  const auto credential = api.device();
  const auto slot_after = [&](const std::string& body) {
    return api.ask(patch(credential, body)).at("/next_digest/slot");
  };
  auto& stored = api.people.people.begin()->second;
  EXPECT_EQ(slot_after(R"({"digest":{"time":"17:00"}})"), R"("2026-11-23")");
  stored.mark = *parse_local_date("2026-11-23");
  EXPECT_EQ(slot_after("{}"), R"("2026-11-24")");
  EXPECT_EQ(slot_after(R"({"pause":{"first_day":"2026-11-20","last_day":"2026-11-30"}})"),
            R"("2026-12-01")");
  EXPECT_EQ(slot_after(R"({"pause":{"first_day":"2026-11-25","last_day":"2026-11-30"}})"),
            R"("2026-11-24")");
  EXPECT_EQ(slot_after(R"({"pause":null,"digest":{"enabled":false}})"), "-");
  EXPECT_EQ(api.get(path, credential).at("/next_digest"), "null");
}

}  // namespace
}  // namespace paperboy::http::testing

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

asked patch_if(const std::string& credential, const std::string& tag, const std::string& body) {
  return {"PATCH", path, credential, body, merge_patch, {{"If-Match", tag}}};
}

TEST(if_match, lets_only_the_version_through_that_it_names) {
  api_under_test api;
  const auto credential = api.device();
  const auto tag = api.get(path, credential).headers.at("ETag");
  const std::string one = R"({"digest":{"time":"09:00"}})";
  const std::string two = R"({"digest":{"time":"10:00"}})";
  EXPECT_EQ(api.ask(patch_if(credential, "\"77\"", one)).status, 412U);
  EXPECT_EQ(api.ask(patch_if(credential, "W/" + tag, one)).status, 412U);
  EXPECT_EQ(api.ask(patch_if(credential, "nonsense", one)).status, 412U);
  EXPECT_EQ(api.ask(patch_if(credential, "\"77\", " + tag, one)).status, 200U);
  const auto late = api.ask(patch_if(credential, tag, two));
  EXPECT_EQ(late.status, 412U);
  EXPECT_EQ(late.slug(), "precondition-failed");
  EXPECT_EQ(api.ask(patch_if(credential, "*", two)).status, 200U);
  EXPECT_EQ(
      api.ask({"PUT", path, credential, "{}", "application/json", {{"If-Match", tag}}}).status,
      412U);
  EXPECT_EQ(api.ask({"POST",
                     path + "/mute",
                     credential,
                     R"({"for":"PT1H"})",
                     "application/json",
                     {{"If-Match", tag}}})
                .status,
            412U);
}

TEST(if_match, holds_while_only_the_clock_or_the_catalogue_changed) {
  api_under_test api;
  const auto credential = api.device();
  const auto tag = api.get(path, credential).headers.at("ETag");
  api.now += std::chrono::days{2};
  EXPECT_NE(api.get(path, credential).headers.at("ETag"), tag);
  EXPECT_EQ(api.ask(patch_if(credential, tag, R"({"digest":{"time":"09:00"}})")).status, 200U);
}

TEST(if_match, is_asked_anew_when_a_write_was_outrun) {
  api_under_test api;
  const auto credential = api.device();
  const auto tag = api.get(path, credential).headers.at("ETag");
  api.people.conflicts = 1;
  EXPECT_EQ(api.ask(patch_if(credential, tag, R"({"digest":{"time":"09:00"}})")).status, 200U);
  api.people.conflicts = 4;
  EXPECT_EQ(api.ask(patch(credential, R"({"digest":{"time":"10:00"}})")).status, 409U);
}

TEST(if_none_match, answers_304_until_something_shown_changes) {
  api_under_test api;
  const auto credential = api.device();
  const auto tag = api.get(path, credential).headers.at("ETag");
  const auto ask = [&](const std::string& tags) {
    return api.ask({"GET", path, credential, {}, {}, {{"If-None-Match", tags}}});
  };
  const auto unchanged = ask("\"0\", W/" + tag);
  EXPECT_EQ(unchanged.status, 304U);
  EXPECT_EQ(unchanged.headers.at("ETag"), tag);
  EXPECT_TRUE(unchanged.body.empty());
  EXPECT_EQ(ask("\"1\"").status, 200U);
  api.now += std::chrono::days{1};  // another next digest
  EXPECT_EQ(ask(tag).status, 200U);
}

}  // namespace
}  // namespace paperboy::http::testing

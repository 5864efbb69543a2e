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

const std::string path = "/v1/preferences";
const std::string merge_patch = "application/merge-patch+json";

TEST(a_subscriber, is_changed_by_the_newsroom_as_by_the_app) {
  api_under_test api;
  const auto credential = api.device();
  const auto id = to_text(api.people.people.begin()->first);
  const auto where = "/v1/apps/anewz/subscribers/" + id + "/preferences";
  EXPECT_EQ(api.get(where, staff).body, api.get(path, credential).body);
  const auto changed = api.ask({"PATCH", where, staff, R"({"topics":{"politics":"both"}})"});
  EXPECT_EQ(changed.status, 200U);
  EXPECT_EQ(api.get(path, credential).body, changed.body);
  const auto stale = api.ask({"PATCH", where, staff, "{}", merge_patch, {{"If-Match", "\"1\""}}});
  EXPECT_EQ(stale.status, 412U);
}

TEST(a_subscriber, of_somebody_else_is_as_absent_as_one_who_is_not_there) {
  api_under_test api;
  api.device();
  const auto id = to_text(api.people.people.begin()->first);
  const std::string stranger(api_under_test::other_api_key);
  const auto ask = [&](const std::string& method, const std::string& who, const std::string& what) {
    return api.ask({method, "/v1/apps/other/subscribers/" + who + what, stranger, "{}"});
  };
  for (const auto& [method, what] :
       std::vector<std::pair<std::string, std::string>>{{"GET", "/preferences"},
                                                        {"PATCH", "/preferences"},
                                                        {"GET", "/digests"},
                                                        {"GET", "/export"},
                                                        {"DELETE", ""}}) {
    const auto foreign = ask(method, id, what);
    EXPECT_EQ(foreign.status, 404U) << method << what;
    EXPECT_EQ(foreign.body, ask(method, std::string(32, '0'), what).body);
    EXPECT_EQ(foreign.body, ask(method, "nobody", what).body);
  }
  EXPECT_EQ(api.people.people.size(), 1U);
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

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

std::vector<std::string> ids(const spoken& s, std::string_view member) {
  std::vector<std::string> list;
  const auto root = s.json();
  for (const auto& one : root.at(member).as_array()) {
    list.emplace_back(one.at("id").as_string());
  }
  return list;
}

using names = std::vector<std::string>;

std::string sealed(api_under_test& api, const std::string& app,
                   std::vector<std::uint16_t> ordinals) {
  return seal_edition(api.installation, app,
                      {*parse_instant("2026-11-23T11:00:00Z"), "en", std::move(ordinals)});
}

// Freezes the items of publish() as the run of 11:00 does.
void freeze(api_under_test& api) {
  const auto at = *parse_instant("2026-11-23T11:00:00Z");
  const auto frozen = paperboy::testing::finish(
      api.news.freeze("anewz", digest_run_id("anewz", at), at - std::chrono::hours{36}, at));
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

}  // namespace
}  // namespace paperboy::http::testing

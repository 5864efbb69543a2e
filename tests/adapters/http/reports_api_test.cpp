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

}  // namespace
}  // namespace paperboy::http::testing

#include <gtest/gtest.h>

#include "core/domain/text_time.hpp"
#include "tests/adapters/http/api_under_test.hpp"

namespace paperboy::http::testing {
namespace {

const std::string staff(api_under_test::api_key);
const std::string base = "/v1/apps/anewz/runs/";
const std::string breaking = "notification-20261124T061500Z-5f3a9c01d2e4";
const std::string digest = "digest-20261124T0400Z";

// The book and the desk know a run of that id, in that state.
void enter(api_under_test& api, const std::string& id, run_state state) {
  run r;
  r.id = id;
  r.app = "anewz";
  r.kind = id.substr(0, id.find('-'));
  r.state = state;
  r.due_at = *parse_instant("2026-11-24T06:15:00Z");
  r.count.eligible = 10;
  r.count.pending = 10;
  api.runs.runs.push_back(std::move(r));
  api.desk.states["anewz/" + id] = state;
}

spoken steer(api_under_test& api, const std::string& id, const std::string& to) {
  return api.ask({"POST", base + id + '/' + to, staff});
}

TEST(steering, answers_the_run_in_the_state_that_it_has_from_now_on) {
  for (const auto& id : {breaking, digest}) {
    api_under_test api;
    enter(api, id, run_state::running);
    const std::vector<std::pair<std::string, std::string>> steps{{"pause", "paused"},
                                                                 {"pause", "paused"},
                                                                 {"resume", "running"},
                                                                 {"resume", "running"},
                                                                 {"cancel", "cancelled"},
                                                                 {"cancel", "cancelled"}};
    for (const auto& [to, state] : steps) {
      const auto said = steer(api, id, to);
      EXPECT_EQ(said.status, 200U) << said.body;
      EXPECT_EQ(said.at("/state"), '"' + state + '"');
      EXPECT_EQ(said.at("/run_id"), '"' + id + '"');
      EXPECT_EQ(said.at("/pending"), "10");
    }
  }
}

TEST(steering, cancels_what_is_scheduled_or_paused) {
  for (const auto before : {run_state::scheduled, run_state::paused}) {
    api_under_test api;
    enter(api, breaking, before);
    EXPECT_EQ(steer(api, breaking, "cancel").at("/state"), R"("cancelled")");
  }
}

TEST(steering, says_why_not) {
  api_under_test api;
  enter(api, breaking, run_state::done);
  enter(api, digest, run_state::cancelled);
  const auto expect = [&](const std::string& id, const std::string& to, const std::string& why) {
    const auto said = steer(api, id, to);
    EXPECT_EQ(said.status, 409U);
    EXPECT_EQ(said.slug(), "wrong-state");
    EXPECT_EQ(said.at("/detail"), '"' + why + '"');
  };
  expect(breaking, "cancel", "The run is done or cancelled: there is nothing left to cancel.");
  expect(breaking, "pause", "The run is done or cancelled: there is nothing left to pause.");
  expect(digest, "pause", "The run is done or cancelled: there is nothing left to pause.");
  expect(digest, "resume", "The run is not paused: there is nothing to resume.");
}

TEST(steering, finds_runs_of_its_own_app_only) {
  api_under_test api;
  enter(api, breaking, run_state::running);
  const auto absent = steer(api, "nothing", "cancel");
  EXPECT_EQ(absent.status, 404U);
  const auto foreign = api.ask({"POST", "/v1/apps/other/runs/" + breaking + "/cancel",
                                std::string(api_under_test::other_api_key)});
  EXPECT_EQ(foreign.status, 404U);
  EXPECT_EQ(foreign.body, absent.body);
  EXPECT_EQ(api.desk.states.at("anewz/" + breaking), run_state::running);
}

TEST(steering, takes_no_body) {
  api_under_test api;
  enter(api, breaking, run_state::running);
  EXPECT_EQ(api.ask({"POST", base + breaking + "/cancel", staff, "{}"}).slug(), "unexpected-body");
  EXPECT_EQ(api.desk.states.at("anewz/" + breaking), run_state::running);
}

TEST(steering, and_dead_letters_say_when_the_store_is_away) {
  api_under_test api;
  enter(api, breaking, run_state::running);
  api.desk.failure = make_error_code(errc::unavailable);
  EXPECT_EQ(steer(api, breaking, "pause").status, 503U);
  EXPECT_EQ(api.get(base + breaking + "/dead", staff).status, 503U);
}

TEST(a_scheduled_run, is_shown_and_listed_by_its_kind) {
  api_under_test api;
  enter(api, breaking, run_state::scheduled);
  enter(api, digest, run_state::running);
  const auto listed = api.get("/v1/apps/anewz/runs?kind=notification", staff);
  EXPECT_EQ(listed.at("/runs/0/state"), R"("scheduled")");
  EXPECT_EQ(listed.at("/runs/0/kind"), R"("notification")");
  EXPECT_EQ(listed.at("/runs/0/started_at"), "null");
  EXPECT_EQ(listed.at("/runs/1"), "-");
  EXPECT_EQ(api.get(base + breaking, staff).at("/run_id"), '"' + breaking + '"');
}

TEST(dead_letters, name_whom_a_run_set_aside_and_why) {
  api_under_test api;
  enter(api, digest, run_state::running);
  EXPECT_EQ(api.get(base + digest + "/dead", staff).body, R"({"dead":[]})");
  dead_letter letter;
  letter.subscriber = *parse_subscriber_id(std::string(32, 'a'));
  letter.reason = "stopped the walk twice";
  letter.at = *parse_instant("2026-11-24T04:03:17Z");
  api.desk.dead["anewz/" + digest] = {letter};
  EXPECT_EQ(api.get(base + digest + "/dead", staff).body,
            R"({"dead":[{"subscriber_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",)"
            R"("reason":"stopped the walk twice","at":"2026-11-24T04:03:17Z"}]})");
  EXPECT_EQ(api.get(base + "nothing/dead", staff).status, 404U);
}

}  // namespace
}  // namespace paperboy::http::testing

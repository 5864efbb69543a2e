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

TEST(preferences, show_every_member_with_what_is_inherited) {
  api_under_test api;
  const auto credential = api.device();
  const auto said = api.get(path, credential);
  EXPECT_EQ(said.status, 200U);
  EXPECT_EQ(said.body,
            R"({"time_zone":"Asia/Baku","locale":"en","digest":{"enabled":true,"time":"08:00",)"
            R"("days":["mon","tue","wed","thu","fri","sat","sun"],"max_items":5,"min_items":1,)"
            R"("include_instant":"exclude"},"quiet_hours":null,"pause":null,"mute_until":null,)"
            R"("topics":{},"effective":{)"
            R"("local":{"frequency":"off","source":"app","locked":false},)"
            R"("local/baku":{"frequency":"off","source":"app","locked":false},)"
            R"("politics":{"frequency":"off","source":"app","locked":false},)"
            R"("safety":{"frequency":"instant","source":"topic","locked":true},)"
            R"("sport":{"frequency":"digest","source":"topic","locked":false}},)"
            R"("next_digest":{"at":"2026-11-24T04:00:00Z","local":"2026-11-24T08:00:00+04:00",)"
            R"("slot":"2026-11-24"},"version":1})");
}

TEST(preferences, a_merge_patch_changes_what_it_names) {
  api_under_test api;
  const auto credential = api.device();
  const auto said = api.ask(patch(
      credential,
      R"({"time_zone":"Europe/Berlin","locale":"de-de","digest":{"time":"07:30","days":["fri","mon"],)"
      R"("max_items":8,"min_items":2,"include_instant":"all"},)"
      R"("quiet_hours":{"start":"22:00","end":"07:00"},)"
      R"("pause":{"first_day":"2026-12-24","last_day":"2027-01-02"},)"
      R"("topics":{"politics":"both","local":"digest","culture":null,"sport":"off"}})"));
  EXPECT_EQ(said.status, 422U);
  EXPECT_EQ(said.errors(), "/topics/culture unknown-topic");

  const auto done = api.ask(patch(
      credential,
      R"({"time_zone":"Europe/Berlin","locale":"de-de","digest":{"time":"07:30","days":["fri","mon"],)"
      R"("max_items":8,"min_items":2,"include_instant":"all"},)"
      R"("quiet_hours":{"start":"22:00","end":"07:00"},)"
      R"("pause":{"first_day":"2026-12-24","last_day":"2027-01-02"},)"
      R"("topics":{"politics":"both","local":"digest","sport":"off"}})"));
  ASSERT_EQ(done.status, 200U) << done.body;
  EXPECT_EQ(done.at("/digest"),
            R"({"enabled":true,"time":"07:30","days":["mon","fri"],"max_items":8,"min_items":2,)"
            R"("include_instant":"all"})");
  EXPECT_EQ(done.at("/locale"), R"("de-DE")");
  EXPECT_EQ(done.at("/quiet_hours"), R"({"start":"22:00","end":"07:00","action":"fold"})");
  EXPECT_EQ(done.at("/pause"), R"({"first_day":"2026-12-24","last_day":"2027-01-02"})");
  EXPECT_EQ(done.at("/topics"), R"({"local":"digest","politics":"both","sport":"off"})");
  EXPECT_EQ(done.at("/effective/local~1baku"),
            R"({"frequency":"digest","source":"subscriber","locked":false})");
  EXPECT_EQ(done.at("/version"), "2");
  EXPECT_EQ(done.at("/next_digest/slot"), R"("2026-11-27")");
  EXPECT_EQ(done.at("/next_digest/local"), R"("2026-11-27T07:30:00+01:00")");
  EXPECT_EQ(api.get(path, credential).body, done.body);
  const auto& home = api.people.people.begin()->second.place.cohort;
  EXPECT_EQ(to_text(home), "anewz:Europe/Berlin:450");

  const auto partly = api.ask(patch(credential, R"({"quiet_hours":{"action":"drop"}})"));
  EXPECT_EQ(partly.at("/quiet_hours"), R"({"start":"22:00","end":"07:00","action":"drop"})");
  EXPECT_EQ(partly.at("/version"), "3");
}

TEST(preferences, null_resets_to_the_inherited_value) {
  api_under_test api;
  const auto credential = api.device();
  api.ask(patch(credential,
                R"({"time_zone":"Europe/Berlin","digest":{"time":"07:30","max_items":8},)"
                R"("quiet_hours":{"start":"22:00","end":"07:00"},)"
                R"("topics":{"politics":"both","local":"digest"}})"));
  const auto some = api.ask(
      patch(credential, R"({"time_zone":null,"digest":{"time":null},"topics":{"politics":null}})"));
  EXPECT_EQ(some.at("/time_zone"), R"("Asia/Baku")");
  EXPECT_EQ(some.at("/digest/time"), R"("08:00")");
  EXPECT_EQ(some.at("/digest/max_items"), "8");
  EXPECT_EQ(some.at("/topics"), R"({"local":"digest"})");
  const auto all =
      api.ask(patch(credential, R"({"digest":null,"quiet_hours":null,"topics":null})"));
  EXPECT_EQ(all.at("/digest/max_items"), "5");
  EXPECT_EQ(all.at("/quiet_hours"), "null");
  EXPECT_EQ(all.at("/topics"), "{}");
}

TEST(preferences, a_patch_that_changes_nothing_keeps_version_and_tag) {
  api_under_test api;
  const auto credential = api.device();
  const auto first = api.ask(patch(credential, R"({"digest":{"time":"09:00"}})"));
  const int writes = api.people.writes;
  const auto again = api.ask(patch(credential, R"({"digest":{"time":"09:00"}})"));
  EXPECT_EQ(again.status, 200U);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.headers.at("ETag"), first.headers.at("ETag"));
  EXPECT_EQ(api.people.writes, writes);
}

TEST(preferences, put_replaces_and_inherits_what_is_left_out) {
  api_under_test api;
  const auto credential = api.device();
  api.ask(patch(credential, R"({"digest":{"max_items":8},"topics":{"politics":"both"}})"));
  const asked put{"PUT", path, credential, R"({"topics":{"sport":"off"}})"};
  const auto said = api.ask(put);
  EXPECT_EQ(said.status, 200U);
  EXPECT_EQ(said.at("/digest/max_items"), "5");
  EXPECT_EQ(said.at("/topics"), R"({"sport":"off"})");
  const auto again = api.ask(put);
  EXPECT_EQ(again.status, 200U);
  EXPECT_EQ(again.body, said.body);
}

TEST(preferences, what_a_get_shows_may_be_put_back) {
  api_under_test api;
  const auto credential = api.device();
  api.ask(patch(credential, R"({"quiet_hours":{"start":"22:00","end":"07:00"},)"
                            R"("topics":{"politics":"both","local":"digest"}})"));
  api.ask({"POST", path + "/mute", credential, R"({"for":"PT2H"})"});
  const auto shown = api.get(path, credential);
  for (const std::string method : {"PUT", "PATCH"}) {
    const auto said = api.ask({method, path, credential, shown.body});
    ASSERT_EQ(said.status, 200U) << said.body;
    for (const auto member :
         {"/time_zone", "/digest", "/quiet_hours", "/mute_until", "/topics", "/effective"}) {
      EXPECT_EQ(said.at(member), shown.at(member));
    }
  }
}

TEST(preferences, a_choice_for_a_topic_that_was_locked_since_is_not_shown) {
  api_under_test api;
  const auto credential = api.device();
  api.ask(patch(credential, R"({"topics":{"politics":"both"}})"));
  api.ask({"PUT", "/v1/apps/anewz/topics/politics", std::string(api_under_test::api_key),
           R"({"names":{"en":"Politics"},"default":"digest","required":true})"});
  const auto shown = api.get(path, credential);
  EXPECT_EQ(shown.at("/topics"), "{}");
  EXPECT_EQ(shown.at("/effective/politics"),
            R"({"frequency":"digest","source":"topic","locked":true})");
  EXPECT_EQ(api.ask({"PUT", path, credential, shown.body}).status, 200U);
}

struct refused_body {
  std::string body;
  std::string errors;
};

TEST(preferences, name_everything_that_does_not_hold) {
  const std::vector<refused_body> table{
      {R"([])", " wrong-type"},
      {R"({"digest":{"time":"24:00"}})", "/digest/time invalid-time"},
      {R"({"digest":{"time":"8:0"}})", "/digest/time invalid-time"},
      {R"({"digest":{"time":"07:61"}})", "/digest/time invalid-time"},
      {R"({"digest":{"time":"-1"}})", "/digest/time invalid-time"},
      {R"({"digest":{"time":480}})", "/digest/time wrong-type"},
      {R"({"digest":{"enabled":"yes"}})", "/digest/enabled wrong-type"},
      {R"({"digest":{"days":["monday"]}})", "/digest/days invalid-days"},
      {R"({"digest":{"days":["mon","mon"]}})", "/digest/days invalid-days"},
      {R"({"digest":{"days":[]}})", "/digest/days invalid-days"},
      {R"({"digest":{"days":"mon"}})", "/digest/days wrong-type"},
      {R"({"digest":{"max_items":0}})", "/digest/max_items out-of-range"},
      {R"({"digest":{"max_items":21}})", "/digest/max_items out-of-range"},
      {R"({"digest":{"max_items":1.0}})", "/digest/max_items out-of-range"},
      {R"({"digest":{"max_items":-0}})", "/digest/max_items out-of-range"},
      {R"({"digest":{"max_items":9223372036854775808}})", "/digest/max_items out-of-range"},
      {R"({"digest":{"max_items":3,"min_items":4}})", "/digest/min_items out-of-range"},
      {R"({"digest":{"include_instant":"some"}})", "/digest/include_instant unknown-value"},
      {R"({"digest":{"hour":8}})", "/digest/hour unknown-field"},
      {R"({"digest":"off"})", "/digest wrong-type"},
      {R"({"quiet_hours":{"start":"22:00"}})", "/quiet_hours/end required"},
      {R"({"quiet_hours":{"start":"22:00","end":"22:00"}})", "/quiet_hours/end empty-window"},
      {R"({"quiet_hours":{"start":"22:00","end":"7","action":"x"}})",
       "/quiet_hours/end invalid-time, /quiet_hours/action unknown-value"},
      {R"({"pause":{"first_day":"2026-12-24"}})", "/pause/last_day required"},
      {R"({"pause":{"first_day":"2026-12-24","last_day":"2026-12-23"}})",
       "/pause/last_day before-first"},
      {R"({"pause":{"first_day":"2026-02-30","last_day":"24.12.2026"}})",
       "/pause/first_day invalid-date, /pause/last_day invalid-date"},
      {R"({"pause":{"first_day":"1999-12-31","last_day":"2100-01-01"}})",
       "/pause/first_day invalid-date, /pause/last_day invalid-date"},
      {R"({"time_zone":"+03:00"})", "/time_zone unknown-time-zone"},
      {R"({"time_zone":3})", "/time_zone wrong-type"},
      {R"({"locale":"german, please"})", "/locale invalid-locale"},
      {R"({"topics":"sport"})", "/topics wrong-type"},
      {R"({"topics":{"sport":1}})", "/topics/sport wrong-type"},
      {R"({"topics":{"sport":"daily"}})", "/topics/sport invalid-frequency"},
      {R"({"topics":{"local/ganja":"off"}})", "/topics/local~1ganja unknown-topic"},
      {R"({"topics":{"safety":"off"}})", "/topics/safety locked"},
      {R"({"mute_until":"tomorrow"})", "/mute_until invalid-instant"},
      {R"({"mute_until":"2028-01-01T00:00:00Z"})", "/mute_until out-of-range"},
      {R"({"constructor":{}})", "/constructor unknown-field"},
  };
  api_under_test api;
  const auto credential = api.device();
  const auto before = api.get(path, credential);
  for (const auto& row : table) {
    for (const std::string method : {"PATCH", "PUT"}) {
      const auto said = api.ask({method, path, credential, row.body});
      EXPECT_EQ(said.status, 422U) << row.body;
      EXPECT_EQ(said.errors(), row.errors) << method << ' ' << row.body;
    }
  }
  EXPECT_EQ(api.get(path, credential).body, before.body);
}

TEST(preferences, a_time_inside_a_gap_of_the_clock_is_taken_and_shifted) {
  api_under_test api;
  api.now = *parse_instant("2026-03-28T12:00:00Z");
  const auto credential = api.device();
  const auto said =
      api.ask(patch(credential, R"({"time_zone":"Europe/Berlin","digest":{"time":"02:30"}})"));
  EXPECT_EQ(said.status, 200U);
  EXPECT_EQ(said.at("/digest/time"), R"("02:30")");
  EXPECT_EQ(said.at("/next_digest"),
            R"({"at":"2026-03-29T01:00:00Z","local":"2026-03-29T03:00:00+02:00",)"
            R"("slot":"2026-03-29"})");
}

}  // namespace
}  // namespace paperboy::http::testing

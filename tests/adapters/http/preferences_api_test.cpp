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

TEST(a_subscriber, is_changed_by_the_newsroom_as_by_the_app) {
  api_under_test api;
  const auto credential = api.device();
  const std::string staff(api_under_test::api_key);
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

}  // namespace
}  // namespace paperboy::http::testing

#include "adapters/fcm/wire.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <boost/json.hpp>

#include "core/domain/payload.hpp"
#include "tests/adapters/net/random_notification.hpp"

namespace paperboy::fcm {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view id = "0b1e6f0c-6b0a-4c9e-8d54-2f6f6a1f3b11";

std::string text_of(const prepared& message, std::string_view token, std::string_view ttl,
                    bool quiet) {
  std::string text(prepared::before_token);
  text += token;
  text += message.before_id();
  text += id;
  text += message.before_ttl();
  text += ttl;
  text += message.after_ttl(quiet);
  return text;
}

TEST(fcm_payload, has_the_shape_that_firebase_and_phones_expect) {
  notification n;
  n.title = R"(A "quoted" title)";
  n.body = "Two\nlines";
  n.url = "https://news.example/1";
  n.image_url = "https://img.example/1.jpg";
  n.edition = "ed1";
  n.scope = "2026-11-24";
  EXPECT_EQ(text_of(prepared(n), "TOKEN", "3600", false),
            R"({"message":{"token":"TOKEN","notification":{"title":"A \"quoted\" title",)"
            R"("body":"Two\nlines","image":"https://img.example/1.jpg"},"data":{)"
            R"("paperboy_id":"0b1e6f0c-6b0a-4c9e-8d54-2f6f6a1f3b11","paperboy_kind":"digest",)"
            R"("paperboy_edition":"ed1","paperboy_url":"https://news.example/1"},"android":{)"
            R"("collapse_key":"paperboy_digest","ttl":"3600s","priority":"NORMAL",)"
            R"("notification":{"channel_id":"paperboy_digest","tag":"digest-2026-11-24"}}}})");
}

TEST(fcm_payload, of_a_quiet_copy_differs_in_its_channel_alone) {
  notification n;
  n.kind = push_kind::breaking;
  n.title = "Now";
  n.scope = "run1";
  std::string loud = text_of(prepared(n), "T", "60", false);
  const auto at = loud.find("paperboy_breaking\",\"tag\"");
  ASSERT_NE(at, std::string::npos);
  loud.replace(at, std::string_view("paperboy_breaking").size(), "paperboy_quiet");
  EXPECT_EQ(text_of(prepared(n), "T", "60", true), loud);
}

RC_GTEST_PROP(fcm_payload, is_as_long_as_the_core_measures, ()) {
  const notification n = *net::testing::any_notification();
  const prepared message(n);
  const std::string longest = text_of(message, "", "2419200", false);
  RC_ASSERT(longest.size() == fcm_payload_length(n));
  RC_ASSERT(text_of(message, "", "2419200", true).size() <= longest.size());
  const auto back = boost::json::parse(longest);
  RC_ASSERT(back.at("message").at("notification").at("title").as_string() == n.title);
  RC_ASSERT(back.at("message").at("data").at("paperboy_id").as_string() == id);
}

RC_GTEST_PROP(fcm_payload, of_a_fitted_notification_is_within_firebases_limit, ()) {
  const notification n = fit(*net::testing::any_notification());
  RC_ASSERT(text_of(prepared(n), "", "2419200", false).size() <= payload_limit);
}

TEST(fcm_time_to_live, stays_within_firebases_bounds) {
  const instant now{1'800'000'000'000ms};
  EXPECT_EQ(time_to_live(now + 90min, now), 5400s);
  EXPECT_EQ(time_to_live(now + 1500ms, now), 1s);
  EXPECT_EQ(time_to_live(now - 1s, now), 0s);
  EXPECT_EQ(time_to_live(now + 24h * 365, now), 2419200s);
}

}  // namespace
}  // namespace paperboy::fcm

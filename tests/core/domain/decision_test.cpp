#include "core/domain/decision.hpp"

#include <gtest/gtest.h>
// rapidcheck/gtest.h needs gtest first.
#include <rapidcheck/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace paperboy {
namespace {

using namespace std::chrono_literals;

constexpr auto fifteen_minutes = std::chrono::milliseconds{15min};

bool same(const outcome& a, const outcome& b) {
  return a.what == b.what && a.retry_in == b.retry_in && a.scope == b.scope &&
         a.ambiguous == b.ambiguous && a.renew_credential == b.renew_credential &&
         a.replace_connection == b.replace_connection && a.dead_since == b.dead_since;
}

// One line of a table: the answer, and what the first attempt makes of it.
struct line {
  gateway_answer answer;
  outcome expected;
};

gateway_answer answered(std::uint16_t status, std::string reason = {}) {
  return {.status = status, .reason = std::move(reason)};
}

constexpr instant died{std::chrono::milliseconds{1'700'000'000'500}};
constexpr outcome rejected{.what = verdict::rejected};
constexpr outcome forget{.what = verdict::forget_device};
constexpr outcome stop{.what = verdict::stop_credential};
constexpr outcome elsewhere{.what = verdict::resend_now, .replace_connection = true};

outcome wait(std::chrono::milliseconds delay, retry_scope scope = retry_scope::device) {
  return {.what = verdict::retry, .retry_in = delay, .scope = scope};
}
outcome wait_quietly(std::chrono::milliseconds delay) {
  return {.what = verdict::retry, .retry_in = delay, .ambiguous = true};
}

std::string name_of(const gateway_answer& a) {
  return std::to_string(a.status) + ' ' + a.reason + ' ' + a.field;
}

TEST(apns, decides_every_row_of_apples_table) {
  const gateway_answer unregistered{.status = 410, .reason = "Unregistered", .dead_since = died};
  const gateway_answer expired_token{.status = 410, .reason = "ExpiredToken", .dead_since = died};
  const outcome forget_dated{.what = verdict::forget_device, .dead_since = died};
  const std::vector<line> table{
      {answered(200), {.what = verdict::accepted}},
      {answered(400, "BadCollapseId"), rejected},
      {answered(400, "BadDeviceToken"), forget},
      {answered(400, "BadExpirationDate"), rejected},
      {answered(400, "BadMessageId"), rejected},
      {answered(400, "BadPriority"), rejected},
      {answered(400, "BadTopic"), rejected},
      {answered(400, "DeviceTokenNotForTopic"), rejected},
      {answered(400, "DuplicateHeaders"), rejected},
      {answered(400, "IdleTimeout"), elsewhere},
      {answered(400, "InvalidPushType"), rejected},
      {answered(400, "MissingDeviceToken"), rejected},
      {answered(400, "MissingTopic"), rejected},
      {answered(400, "PayloadEmpty"), rejected},
      {answered(400, "TopicDisallowed"), stop},
      {answered(403, "BadCertificate"), stop},
      {answered(403, "BadCertificateEnvironment"), stop},
      {answered(403, "BadEnvironmentKeyIdInToken"), stop},
      {answered(403, "ExpiredProviderToken"),
       {.what = verdict::resend_now, .renew_credential = true, .replace_connection = true}},
      {answered(403, "Forbidden"), stop},
      {answered(403, "InvalidProviderToken"), stop},
      {answered(403, "MissingProviderToken"), stop},
      {answered(403, "UnrelatedKeyIdInToken"), elsewhere},
      {answered(404, "BadPath"), rejected},
      {answered(405, "MethodNotAllowed"), rejected},
      {expired_token, forget_dated},
      {unregistered, forget_dated},
      {answered(413, "PayloadTooLarge"), rejected},
      {answered(429, "TooManyProviderTokenUpdates"),
       {.what = verdict::retry,
        .retry_in = 120s,
        .scope = retry_scope::gateway,
        .replace_connection = true}},
      {answered(429, "TooManyRequests"), wait(10s)},
      {answered(500, "InternalServerError"), wait(fifteen_minutes)},
      {answered(503, "ServiceUnavailable"), wait(fifteen_minutes)},
      {answered(503, "Shutdown"), elsewhere},
      // Not in the table.
      {answered(204), {.what = verdict::accepted}},
      {answered(400), rejected},
      {answered(400, "SomethingNew"), rejected},
      {answered(400, "<html>"), rejected},
      {answered(404, "Unregistered"), rejected},
      {answered(410), rejected},
      {answered(418, "Teapot"), rejected},
      {answered(401, "SomethingNew"), stop},
      {answered(403), stop},
      {answered(403, "SomethingNew"), stop},
      {answered(429), wait(60s)},
      {answered(500), wait(fifteen_minutes)},
      {answered(502, "<html>"), wait(fifteen_minutes)},
      {answered(503), wait(fifteen_minutes)},
      {answered(599, "SomethingNew"), wait(fifteen_minutes)},
      {answered(0), stop},
      {answered(302), stop},
      {answered(600), stop},
  };
  for (const auto& [answer, expected] : table) {
    const outcome o = decide_apns(answer, {});
    EXPECT_TRUE(same(o, expected)) << name_of(answer) << " gave " << static_cast<int>(o.what);
    EXPECT_FALSE(o.metric.empty()) << name_of(answer);
  }
}

TEST(fcm, decides_every_row_of_googles_table) {
  const gateway_answer bad_token{
      .status = 400, .reason = "INVALID_ARGUMENT", .field = "message.token"};
  const gateway_answer bad_data{
      .status = 400, .reason = "INVALID_ARGUMENT", .field = "message.data[0].value"};
  const gateway_answer device_rate{
      .status = 429, .reason = "QUOTA_EXCEEDED", .field = "device:abc"};
  const gateway_answer project_rate{
      .status = 429, .reason = "QUOTA_EXCEEDED", .field = "project:123"};
  const gateway_answer told_to_wait{
      .status = 429, .reason = "RATE_LIMIT_EXCEEDED", .retry_after = 30s};
  const gateway_answer overloaded{.status = 503, .reason = "UNAVAILABLE", .retry_after = 120s};
  const gateway_answer overloaded_shortly{
      .status = 503, .reason = "UNAVAILABLE", .retry_after = 2s};
  const outcome renew{.what = verdict::resend_now, .renew_credential = true};
  const std::vector<line> table{
      {answered(200), {.what = verdict::accepted}},
      {answered(400, "INVALID_ARGUMENT"), rejected},
      {bad_token, forget},
      {bad_data, rejected},
      {answered(401, "THIRD_PARTY_AUTH_ERROR"), rejected},
      {answered(401, "APNS_AUTH_ERROR"), rejected},
      {answered(401, "ACCESS_TOKEN_EXPIRED"), renew},
      {answered(401, "UNAUTHENTICATED"), renew},
      {answered(401), renew},
      {answered(403, "SENDER_ID_MISMATCH"), forget},
      {answered(403, "PERMISSION_DENIED"), stop},
      {answered(403, "SERVICE_DISABLED"), stop},
      {answered(403), stop},
      {answered(404, "UNREGISTERED"), forget},
      {answered(404, "NOT_FOUND"), stop},
      {answered(404), stop},
      {answered(429, "QUOTA_EXCEEDED"), wait(60s)},
      {device_rate, wait(60s)},
      {project_rate, wait(60s, retry_scope::gateway)},
      {answered(429, "RATE_LIMIT_EXCEEDED"), wait(60s, retry_scope::gateway)},
      {answered(429, "RESOURCE_EXHAUSTED"), wait(60s, retry_scope::gateway)},
      {answered(429), wait(60s, retry_scope::gateway)},
      {told_to_wait, wait(30s, retry_scope::gateway)},
      {answered(500, "INTERNAL"), wait(10s)},
      {answered(502), wait_quietly(30s)},
      {answered(504), wait_quietly(30s)},
      {answered(503, "UNAVAILABLE"), wait(10s)},
      {overloaded, wait(120s, retry_scope::gateway)},
      {overloaded_shortly, wait(10s, retry_scope::gateway)},
      {answered(500, "UNSPECIFIED_ERROR"), wait(10s)},
      {answered(400, "UNSPECIFIED_ERROR"), wait(10s)},
      // Not in the table.
      {answered(400, "FAILED_PRECONDITION"), rejected},
      {answered(400), rejected},
      {answered(405), rejected},
      {answered(413), rejected},
      {answered(400, "UNREGISTERED"), rejected},
      {answered(500), wait(30s)},
      {answered(503), wait(30s)},
      {answered(599, "SOMETHING_NEW"), wait(10s)},
      {answered(0), stop},
      {answered(301), stop},
  };
  for (const auto& [answer, expected] : table) {
    const outcome o = decide_fcm(answer, {});
    EXPECT_TRUE(same(o, expected)) << name_of(answer) << " gave " << static_cast<int>(o.what);
    EXPECT_FALSE(o.metric.empty()) << name_of(answer);
  }
}

TEST(apns, forgets_a_device_only_if_it_was_not_registered_again) {
  const gateway_answer gone{.status = 410, .reason = "Unregistered", .dead_since = died};
  EXPECT_EQ(decide_apns(gone, {.registered_at = died - 1ms}).what, verdict::forget_device);
  EXPECT_EQ(decide_apns(gone, {.registered_at = died}).what, verdict::forget_device);
  EXPECT_EQ(decide_apns(gone, {.registered_at = died + 1ms}).what, verdict::rejected);
  EXPECT_TRUE(may_forget(died, died));
  EXPECT_FALSE(may_forget(died + 1ms, died));
}

TEST(apns, forgets_nothing_on_a_410_without_a_date) {
  EXPECT_EQ(decide_apns(answered(410, "Unregistered"), {}).what, verdict::rejected);
  EXPECT_EQ(decide_apns(answered(410, "ExpiredToken"), {}).what, verdict::rejected);
}

TEST(apns, renews_an_expired_provider_token_once) {
  const auto expired = answered(403, "ExpiredProviderToken");
  EXPECT_TRUE(decide_apns(expired, {}).renew_credential);
  EXPECT_EQ(decide_apns(expired, {.credential_renewed = true}).what, verdict::stop_credential);
}

TEST(apns, never_renews_a_token_that_changed_too_often) {
  EXPECT_FALSE(decide_apns(answered(429, "TooManyProviderTokenUpdates"), {}).renew_credential);
}

TEST(apns, waits_for_a_server_that_shuts_down_after_another_did_too) {
  const auto shutdown = answered(503, "Shutdown");
  EXPECT_TRUE(same(decide_apns(shutdown, {.resends = 1}), wait(fifteen_minutes)));
}

TEST(apns, stops_a_key_that_is_unrelated_on_fresh_connections_too) {
  const auto unrelated = answered(403, "UnrelatedKeyIdInToken");
  EXPECT_TRUE(same(decide_apns(unrelated, {.resends = most_resends}), stop));
}

TEST(apns, retries_its_5xx_after_the_configured_time) {
  const attempt a{.apns_server_error_retry = 2s};
  EXPECT_TRUE(same(decide_apns(answered(503, "ServiceUnavailable"), a), wait(2s)));
  EXPECT_TRUE(same(decide_apns(answered(503), a), wait(2s)));
  const gateway_answer later{.status = 503, .reason = "ServiceUnavailable", .retry_after = 9s};
  EXPECT_TRUE(same(decide_apns(later, a), wait(9s)));
}

TEST(fcm, renews_an_access_token_once) {
  EXPECT_EQ(decide_fcm(answered(401), {.credential_renewed = true}).what, verdict::stop_credential);
}

TEST(fcm, gives_up_on_an_unspecified_error_after_few_attempts) {
  const auto unspecified = answered(500, "UNSPECIFIED_ERROR");
  EXPECT_EQ(decide_fcm(unspecified, {.number = 2}).what, verdict::retry);
  EXPECT_EQ(decide_fcm(unspecified, {.number = 3}).what, verdict::rejected);
}

TEST(gateway, obeys_retry_after_within_bounds) {
  const auto asked = [](std::chrono::seconds wanted) {
    const gateway_answer a{.status = 429, .reason = "RATE_LIMIT_EXCEEDED", .retry_after = wanted};
    return decide_fcm(a, {}).retry_in;
  };
  EXPECT_EQ(asked(0s), 0s);
  EXPECT_EQ(asked(-5s), 0s);
  EXPECT_EQ(asked(45s), 45s);
  EXPECT_EQ(asked(1'000'000'000s), longest_retry_after);
  EXPECT_EQ(asked(std::chrono::seconds::max()), longest_retry_after);
}

TEST(gateway, sends_what_was_not_processed_again_at_once_and_then_waits) {
  const gateway_answer refused{.end = attempt_end::not_processed};
  for (const auto decide : {&decide_apns, &decide_fcm}) {
    for (unsigned resends = 0; resends < most_resends; ++resends) {
      const outcome o = decide(refused, {.resends = resends});
      EXPECT_EQ(o.what, verdict::resend_now);
      EXPECT_FALSE(o.ambiguous);
    }
    EXPECT_TRUE(same(decide(refused, {.resends = most_resends}), wait(1s, retry_scope::gateway)));
  }
}

TEST(gateway, that_gave_no_complete_answer_gets_a_quiet_copy) {
  const gateway_answer lost{.end = attempt_end::ambiguous};
  EXPECT_TRUE(same(decide_apns(lost, {}), wait_quietly(1s)));
  EXPECT_TRUE(same(decide_fcm(lost, {}), wait_quietly(10s)));
}

gateway_answer any_answer() {
  gateway_answer a;
  a.end =
      *rc::gen::element(attempt_end::answered, attempt_end::not_processed, attempt_end::ambiguous);
  a.status = *rc::gen::arbitrary<std::uint16_t>();
  if (*rc::gen::arbitrary<bool>()) a.status = *rc::gen::inRange<std::uint16_t>(200, 600);
  a.reason = *rc::gen::oneOf(
      rc::gen::arbitrary<std::string>(),
      rc::gen::element<std::string>("Unregistered", "BadDeviceToken", "UNREGISTERED", "Shutdown",
                                    "INVALID_ARGUMENT", "QUOTA_EXCEEDED", "ExpiredToken"));
  a.field = *rc::gen::arbitrary<std::string>();
  if (*rc::gen::arbitrary<bool>()) {
    a.retry_after = std::chrono::seconds{*rc::gen::arbitrary<std::int64_t>()};
  }
  if (*rc::gen::arbitrary<bool>()) {
    a.dead_since = instant{std::chrono::milliseconds{*rc::gen::arbitrary<std::int64_t>()}};
  }
  return a;
}

RC_GTEST_PROP(any_answer, is_decided_within_bounds, ()) {
  const gateway_answer answer = any_answer();
  const attempt a{.number = *rc::gen::inRange(1U, 200U),
                  .resends = *rc::gen::inRange(0U, 10U),
                  .credential_renewed = *rc::gen::arbitrary<bool>(),
                  .registered_at = died};
  for (const auto decide : {&decide_apns, &decide_fcm}) {
    const outcome o = decide(answer, a);
    RC_ASSERT(!o.metric.empty());
    RC_ASSERT(o.retry_in >= 0ms && o.retry_in <= longest_retry_after);
    RC_ASSERT(o.retry_in == 0ms || o.what == verdict::retry);
    RC_ASSERT(o.what != verdict::resend_now || a.resends < most_resends || !a.credential_renewed);
    if (answer.end != attempt_end::answered) {
      RC_ASSERT(o.what == verdict::retry || o.what == verdict::resend_now);
    }
    if (o.what == verdict::forget_device) {
      RC_ASSERT(answer.status >= 400 && answer.status <= 410);
      RC_ASSERT(!o.dead_since || may_forget(a.registered_at, *o.dead_since));
    }
  }
}

}  // namespace
}  // namespace paperboy

// APNs, cases A1 to A30 and A41: one request and its answer.
#include <openssl/bio.h>

#include <string>

#include "tests/adapters/simulators/fixtures.hpp"

namespace paperboy::simulators::test {
namespace {

using apns_request = apns_test;

TEST_F(apns_request, a1_good_push_is_200_without_a_body_and_echoes_its_id) {
  const reply& r = push();
  EXPECT_EQ(r.status, 200);
  EXPECT_TRUE(r.headers_end_stream);
  EXPECT_TRUE(r.data_frames.empty());
  EXPECT_EQ(r.header("apns-id"), "9e2f8f3a-1c52-4c1b-8a55-0f4f5b1f7d10");
}

TEST_F(apns_request, a2_push_without_an_id_gets_a_fresh_uuid) {
  const std::string first = push({{"apns-id", ""}}).header("apns-id");
  const std::string second = push({{"apns-id", ""}}).header("apns-id");
  EXPECT_EQ(first.size(), 36U);
  EXPECT_NE(first, second);
}

TEST_F(apns_request, a3_only_post_is_allowed) {
  EXPECT_EQ(told({{":method", "GET"}}), "405 MethodNotAllowed");
}

TEST_F(apns_request, a4_other_paths_are_bad) {
  EXPECT_EQ(told({{":path", "/3/devices/x"}}), "404 BadPath");
  EXPECT_EQ(told({{":path", "/"}}), "404 BadPath");
  EXPECT_EQ(told({{":path", "/3/device/" + device + "/more"}}), "404 BadPath");
}

TEST_F(apns_request, a5_device_token_may_not_be_missing) {
  EXPECT_EQ(told({{":path", "/3/device/"}}), "400 MissingDeviceToken");
}

TEST_F(apns_request, a6_device_token_is_hexadecimal_and_known) {
  EXPECT_EQ(told({{":path", "/3/device/xyz"}}), "400 BadDeviceToken");
  EXPECT_EQ(told({{":path", "/3/device/abc"}}), "400 BadDeviceToken");
  simulator().call([](gateway_simulator& s) { s.options().accept_any_device = false; });
  EXPECT_EQ(told(), "400 BadDeviceToken");
  add_phone(device, {});
  EXPECT_EQ(told(), "200");
}

TEST_F(apns_request, a7_sandbox_token_is_bad_in_production) {
  add_phone(device, {.topic = {}, .gateway = gateway_name::sandbox});
  EXPECT_EQ(told(), "400 BadDeviceToken");
  EXPECT_EQ(said(connect(gateway_name::sandbox)->ask(headers(), std::string(small_alert))), "200");
}

TEST_F(apns_request, a8_token_of_another_app_is_not_for_this_topic) {
  add_phone(device, {.topic = "com.example.other", .gateway = {}});
  EXPECT_EQ(told(), "400 DeviceTokenNotForTopic");
}

TEST_F(apns_request, a9_topic_may_not_be_missing) {
  EXPECT_EQ(told({{"apns-topic", ""}}), "400 MissingTopic");
}

TEST_F(apns_request, a10_topic_has_to_be_one_of_the_team) {
  options.apns_keys[0].topics = {"com.example.news"};
  EXPECT_EQ(told(), "200");
  EXPECT_EQ(told({{"apns-topic", "com.example.other"}}), "400 TopicDisallowed");
}

TEST_F(apns_request, a11_topic_has_the_form_of_a_bundle_id) {
  EXPECT_EQ(told({{"apns-topic", "com example"}}), "400 BadTopic");
}

TEST_F(apns_request, a12_push_type_is_one_of_apples) {
  EXPECT_EQ(told({{"apns-push-type", "foo"}}), "400 InvalidPushType");
}

TEST_F(apns_request, a13_topic_has_the_suffix_of_the_push_type_if_that_is_asked_for) {
  EXPECT_EQ(told({{"apns-push-type", "voip"}}), "400 InvalidPushType");
  EXPECT_EQ(told({{"apns-push-type", "voip"}, {"apns-topic", "com.example.news.voip"}}), "200");
  simulator().call([](gateway_simulator& s) { s.options().suffix_must_match_push_type = false; });
  EXPECT_EQ(told({{"apns-push-type", "voip"}}), "200");
}

TEST_F(apns_request, a14_priority_is_10_5_or_1_and_not_10_in_the_background) {
  EXPECT_EQ(told({{"apns-priority", "7"}}), "400 BadPriority");
  EXPECT_EQ(told({{"apns-priority", "10"}, {"apns-push-type", "background"}}), "400 BadPriority");
  for (const char* good : {"10", "5", "1"}) EXPECT_EQ(told({{"apns-priority", good}}), "200");
}

TEST_F(apns_request, a15_expiration_is_a_number_of_seconds) {
  EXPECT_EQ(told({{"apns-expiration", "abc"}}), "400 BadExpirationDate");
  EXPECT_EQ(told({{"apns-expiration", "-1"}}), "400 BadExpirationDate");
  EXPECT_EQ(told({{"apns-expiration", "0"}}), "200");
}

TEST_F(apns_request, a16_id_is_a_uuid) {
  EXPECT_EQ(told({{"apns-id", "4711"}}), "400 BadMessageId");
  EXPECT_EQ(told({{"apns-id", "9e2f8f3a-1c52-4c1b-8a55-0f4f5b1f7d1g"}}), "400 BadMessageId");
}

TEST_F(apns_request, a17_collapse_id_has_at_most_64_bytes) {
  EXPECT_EQ(told({{"apns-collapse-id", std::string(64, 'c')}}), "200");
  EXPECT_EQ(told({{"apns-collapse-id", std::string(65, 'c')}}), "400 BadCollapseId");
  std::string letters;
  for (int i = 0; i < 33; ++i) letters += "ə";
  EXPECT_EQ(told({{"apns-collapse-id", letters}}), "400 BadCollapseId");
}

TEST_F(apns_request, a18_headers_do_not_repeat) {
  header_list twice = headers();
  twice.emplace_back("apns-topic", "com.example.news");
  EXPECT_EQ(said(client().ask(twice, std::string(small_alert))), "400 DuplicateHeaders");
}

TEST_F(apns_request, a19_payload_may_not_be_empty) {
  EXPECT_EQ(told({}, ""), "400 PayloadEmpty");
}

TEST_F(apns_request, a20_payload_has_at_most_4096_bytes_and_5120_for_voip) {
  const header_list voip{{"apns-push-type", "voip"}, {"apns-topic", "com.example.news.voip"}};
  EXPECT_EQ(told({}, std::string(4096, ' ')), "200");
  EXPECT_EQ(told({}, std::string(4097, ' ')), "413 PayloadTooLarge");
  EXPECT_EQ(told(voip, std::string(5120, ' ')), "200");
  EXPECT_EQ(told(voip, std::string(5121, ' ')), "413 PayloadTooLarge");
}

TEST_F(apns_request, a21_provider_token_may_not_be_missing) {
  EXPECT_EQ(told({{"authorization", ""}}), "403 MissingProviderToken");
  EXPECT_EQ(told({{"authorization", "Basic eDp5"}}), "403 MissingProviderToken");
}

TEST_F(apns_request, a22_provider_token_has_to_be_genuine) {
  const std::string claims =
      "{\"iss\":\"TEAM123456\",\"iat\":" + std::to_string(seconds.load()) + "}";
  const std::string good_header = R"({"alg":"ES256","kid":"ABC123DEFG"})";
  const apns_credential other = make_apns_credential();
  const auto with = [this](const std::string& token) {
    return told({{"authorization", "bearer " + token}});
  };
  EXPECT_EQ(with(provider_token(other.private_key, seconds)), "403 InvalidProviderToken");
  EXPECT_EQ(with(provider_token(key.private_key, seconds, "TEAM123456", "XXXXXXXXXX")),
            "403 InvalidProviderToken");
  EXPECT_EQ(with(provider_token(key.private_key, seconds, "TEAM654321")),
            "403 InvalidProviderToken");
  EXPECT_EQ(with(sign(R"({"alg":"RS256","kid":"ABC123DEFG"})", claims, key.private_key)),
            "403 InvalidProviderToken");
  EXPECT_EQ(with(base64url(R"({"alg":"none","kid":"ABC123DEFG"})") + "." + base64url(claims) + "."),
            "403 InvalidProviderToken");
  EXPECT_EQ(with("garbage"), "403 InvalidProviderToken");
  EXPECT_EQ(with(sign(good_header, "{\"iss\":\"TEAM123456\"}", key.private_key)),
            "403 InvalidProviderToken");
}

TEST_F(apns_request, a22_der_signature_is_taken_unless_strict) {
  const std::string token =
      sign(R"({"alg":"ES256","kid":"ABC123DEFG"})",
           "{\"iss\":\"TEAM123456\",\"iat\":" + std::to_string(seconds.load()) + "}",
           key.private_key, encoding::der);
  EXPECT_EQ(told({{"authorization", "Bearer " + token}}), "200");
  reconnect();
  simulator().call([](gateway_simulator& s) { s.options().strict_jwt = true; });
  EXPECT_EQ(told({{"authorization", "bearer " + token}}), "403 InvalidProviderToken");
  EXPECT_EQ(told(), "200");
}

TEST_F(apns_request, a23_provider_token_expires_after_an_hour) {
  EXPECT_EQ(told(), "200");
  seconds += 3600;
  EXPECT_EQ(told(), "200");
  seconds += 1;
  EXPECT_EQ(told(), "403 ExpiredProviderToken");
}

TEST_F(apns_request, a24_provider_token_of_the_future_is_invalid) {
  const std::string ahead = provider_token(key.private_key, seconds + 301);
  EXPECT_EQ(told({{"authorization", "bearer " + ahead}}), "403 InvalidProviderToken");
  const std::string a_little = provider_token(key.private_key, seconds + 299);
  EXPECT_EQ(told({{"authorization", "bearer " + a_little}}), "200");
}

TEST_F(apns_request, a25_second_token_within_20_minutes_spoils_the_connection) {
  EXPECT_EQ(told(), "200");
  seconds += 60;
  const std::string second = token_now();
  EXPECT_EQ(told({{"authorization", "bearer " + second}}), "429 TooManyProviderTokenUpdates");
  EXPECT_EQ(told(), "429 TooManyProviderTokenUpdates");
  reconnect();
  EXPECT_EQ(told({{"authorization", "bearer " + second}}), "200");
}

TEST_F(apns_request, a25_second_token_after_20_minutes_is_an_ordinary_renewal) {
  EXPECT_EQ(told(), "200");
  seconds += 20 * 60;
  EXPECT_EQ(told({{"authorization", "bearer " + token_now()}}), "200");
}

TEST_F(apns_request, a26_connection_is_bound_to_one_team_and_its_related_keys) {
  const apns_credential related = make_apns_credential("TEAM123456", "RELATED123");
  const apns_credential unrelated = make_apns_credential("TEAM123456", "OTHERKEY12");
  const apns_credential other_team = make_apns_credential("TEAM999999", "OTHERTEAM1");
  options.apns_keys[0].relation = "news";
  for (const auto& [c, relation] : {std::pair(&related, "news"), std::pair(&unrelated, "sport"),
                                    std::pair(&other_team, "news")})
    options.apns_keys.push_back({c->team_id, c->key_id, c->public_key, {}, true, true, relation});
  const auto with = [this](const apns_credential& c) {
    const std::string token = provider_token(c.private_key, seconds, c.team_id, c.key_id);
    return told({{"authorization", "bearer " + token}});
  };
  EXPECT_EQ(told(), "200");
  EXPECT_EQ(with(related), "200");
  EXPECT_EQ(with(unrelated), "403 UnrelatedKeyIdInToken");
  EXPECT_EQ(with(other_team), "403 InvalidProviderToken");
  EXPECT_EQ(told(), "200");
  reconnect();
  EXPECT_EQ(with(unrelated), "200");
}

TEST_F(apns_request, a27_key_of_the_sandbox_is_no_key_for_production) {
  options.apns_keys[0].production = false;
  EXPECT_EQ(told(), "403 BadEnvironmentKeyIdInToken");
  EXPECT_EQ(said(connect(gateway_name::sandbox)->ask(headers(), std::string(small_alert))), "200");
}

TEST_F(apns_request, a28_unregistered_token_is_410_with_milliseconds) {
  const auto since = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
  simulator().call([since](gateway_simulator& s) { s.unregister(device, since); });
  const reply& r = push();
  EXPECT_EQ(r.status, 410);
  EXPECT_EQ(r.header("content-type"), "application/json");
  EXPECT_EQ(r.body, R"({"reason":"Unregistered","timestamp":1700000000000})");
  add_phone(
      device,
      {.topic = {}, .gateway = {}, .state = phone_state::expired, .dead_since = 1'700'000'000'001});
  EXPECT_EQ(push().body, R"({"reason":"ExpiredToken","timestamp":1700000000001})");
}

TEST_F(apns_request, a29_too_many_pushes_to_one_token_stop_only_that_token) {
  options.device_limit = 3;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(told(), "200");
  EXPECT_EQ(told(), "429 TooManyRequests");
  EXPECT_EQ(told({{":path", "/3/device/" + std::string(64, 'b')}}), "200");
  seconds += 1;
  EXPECT_EQ(told(), "200");
}

TEST_F(apns_request, a30_server_errors_come_when_injected) {
  add_fault("InternalServerError,at=1");
  add_fault("ServiceUnavailable,at=1");
  add_fault("Shutdown,at=1");
  EXPECT_EQ(told(), "500 InternalServerError");
  EXPECT_EQ(told(), "503 ServiceUnavailable");
  EXPECT_EQ(told(), "503 Shutdown");
  EXPECT_EQ(told(), "200");
}

TEST_F(apns_request, a41_only_the_sandbox_says_a_unique_id) {
  EXPECT_EQ(push().header("apns-unique-id"), "");
  const auto sandbox = connect(gateway_name::sandbox);
  EXPECT_EQ(sandbox->ask(headers(), std::string(small_alert)).header("apns-unique-id").size(), 36U);
}

TEST_F(apns_request, refused_method_wins_over_everything_that_is_wrong_besides) {
  EXPECT_EQ(told({{":method", "PUT"}, {":path", "/x"}, {"apns-id", "x"}}), "405 MethodNotAllowed");
  EXPECT_EQ(told({{"apns-topic", ""}, {"authorization", ""}}), "400 MissingTopic");
  EXPECT_EQ(told({{"authorization", ""}, {":path", "/3/device/xyz"}}), "403 MissingProviderToken");
}

TEST_F(apns_request, phone_shows_and_replaces_by_collapse_id_and_sounds_unless_passive) {
  push({{"apns-collapse-id", "digest-1"}});
  push({{"apns-collapse-id", "digest-1"}},
       R"({"aps":{"alert":"x","interruption-level":"passive"}})");
  push({{"apns-collapse-id", "digest-2"}}, R"({"aps":{"content-available":1}})");
  push({{"apns-priority", "7"}});
  const auto all = received(device);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_TRUE(all[0].taken && all[0].shown && all[0].sounds && !all[0].replaces);
  EXPECT_TRUE(all[1].shown && !all[1].sounds && all[1].replaces);
  EXPECT_TRUE(all[2].taken && !all[2].shown && !all[2].sounds);
  EXPECT_TRUE(!all[3].taken && all[3].reason == "BadPriority" && all[3].status == 400);
  EXPECT_EQ(all[0].topic, "com.example.news");
  EXPECT_EQ(all[0].payload, small_alert);
}

}  // namespace
}  // namespace paperboy::simulators::test

// FCM, cases F1 to F18 and F22 to F26, and the token endpoint, O1 to O3.
#include <nghttp2/nghttp2.h>

#include "tests/adapters/simulators/fixtures.hpp"

namespace paperboy::simulators::test {
namespace {

const std::string phone_token = "fGq1xnS2Q0mVbP8xJ:APA91bHun4MxP5egoKMwt2KZFBaFUH";

class fcm : public simulator_test {
 protected:
  fcm() {
    options.fcm_projects.push_back(
        {account.project_id, account.client_email, account.public_key, true, true});
  }

  test_client& client() {
    if (!client_) client_ = connect(gateway_name::fcm);
    return *client_;
  }
  std::string token_uri() {
    return simulator().call([](gateway_simulator& s) { return s.token_uri(); });
  }
  const reply& exchange(const std::string& assertion_text,
                        const std::string& grant = "urn:ietf:params:oauth:grant-type:jwt-bearer") {
    return client().ask({{":method", "POST"},
                         {":scheme", "https"},
                         {":authority", "localhost"},
                         {":path", "/token"},
                         {"content-type", "application/x-www-form-urlencoded"}},
                        "grant_type=" + grant + "&assertion=" + assertion_text);
  }
  std::string access_token(
      std::string_view scope = "https://www.googleapis.com/auth/firebase.messaging") {
    const std::string& body =
        exchange(assertion(account.private_key, account.client_email, token_uri(), seconds, scope))
            .body;
    const std::size_t from = body.find("ya29.");
    return from == body.npos ? std::string() : body.substr(from, body.find('"', from) - from);
  }
  header_list headers(const std::string& path = "/v1/projects/paperboy-demo/messages:send") {
    if (token_.empty()) token_ = access_token();
    return {{":method", "POST"},
            {":scheme", "https"},
            {":authority", "localhost"},
            {":path", path},
            {"authorization", "Bearer " + token_}};
  }
  const reply& send(const std::string& body) { return client().ask(headers(), body); }
  static std::string message(const std::string& rest = R"("notification":{"title":"x"})") {
    return R"({"message":{"token":")" + phone_token + "\"," + rest + "}}";
  }
  static bool has(const reply& r, std::string_view text) {
    return r.body.find(text) != std::string::npos;
  }
  static bool has_fcm_error(const reply& r, std::string_view code) {
    return has(r, "google.firebase.fcm.v1.FcmError\",\"errorCode\":\"" + std::string(code) + "\"");
  }
  static bool has_any_fcm_error(const reply& r) { return has(r, "FcmError"); }
  static bool has_field(const reply& r, std::string_view field) {
    return has(r, "google.rpc.BadRequest\",\"fieldViolations\":[{\"field\":\"" +
                      std::string(field) + "\"");
  }

  fcm_credential account = make_fcm_credential("paperboy-demo", 1024);  // quickly made
  std::string token_;

 private:
  std::unique_ptr<test_client> client_;
};

TEST_F(fcm, f1_good_message_is_200_in_two_data_frames) {
  const reply& r = send(message());
  EXPECT_EQ(r.status, 200);
  EXPECT_TRUE(has(r, "\"name\": \"projects/paperboy-demo/messages/0:"));
  ASSERT_EQ(r.data_frames.size(), 2U);
  EXPECT_EQ(r.data_frames[1], 0U);
}

TEST_F(fcm, f2_validate_only_is_answered_and_not_delivered) {
  const reply& r = send(R"({"validateOnly":true,"message":{"token":")" + phone_token + "\"}}");
  EXPECT_TRUE(has(r, "fake_message_id"));
  EXPECT_TRUE(received(phone_token).empty());
}

TEST_F(fcm, f3_missing_or_expired_access_token_is_401_without_fcm_error) {
  header_list without = headers();
  without.pop_back();
  const reply missing = client().ask(without, message());
  EXPECT_EQ(missing.status, 401);
  EXPECT_TRUE(has(missing, "UNAUTHENTICATED"));
  seconds += 3600;
  const reply& expired = send(message());
  EXPECT_EQ(expired.status, 401);
  EXPECT_TRUE(has(expired, "google.rpc.ErrorInfo\",\"reason\":\"ACCESS_TOKEN_EXPIRED\""));
  EXPECT_FALSE(has_any_fcm_error(expired));
}

TEST_F(fcm, f4_wrong_scope_or_project_is_403_without_fcm_error) {
  token_ = access_token("https://www.googleapis.com/auth/userinfo.email");
  const reply scope = send(message());
  EXPECT_EQ(scope.status, 403);
  EXPECT_TRUE(has(scope, "PERMISSION_DENIED"));
  EXPECT_FALSE(has_any_fcm_error(scope));
  token_.clear();
  EXPECT_EQ(client().ask(headers("/v1/projects/other/messages:send"), message()).status, 403);
}

TEST_F(fcm, f5_malformed_token_names_its_field) {
  for (const char* token : {"not a token, surely not", "short"}) {
    const reply& r = send(R"({"message":{"token":")" + std::string(token) + "\"}}");
    EXPECT_EQ(r.status, 400);
    EXPECT_TRUE(has_fcm_error(r, "INVALID_ARGUMENT"));
    EXPECT_TRUE(has_field(r, "message.token"));
  }
}

TEST_F(fcm, f6_no_target_has_the_bad_request_before_the_fcm_error) {
  const reply& r = send(R"({"message":{"notification":{"title":"x"}}})");
  EXPECT_EQ(r.status, 400);
  EXPECT_TRUE(has(r, "Recipient of the message is not set."));
  EXPECT_LT(r.body.find("BadRequest"), r.body.find("FcmError"));
}

TEST_F(fcm, f7_two_targets_are_refused) {
  const reply& r = send(message(R"("topic":"news")"));
  EXPECT_EQ(r.status, 400);
  EXPECT_TRUE(has(r, "oneof"));
}

TEST_F(fcm, f8_data_values_are_strings) {
  const reply& r = send(message(R"("data":{"n":12})"));
  EXPECT_EQ(r.status, 400);
  EXPECT_TRUE(has_field(r, "message.data[0].value"));
  EXPECT_TRUE(has(r, "(TYPE_STRING), 12"));
  EXPECT_FALSE(has_any_fcm_error(r));
}

TEST_F(fcm, f9_unknown_fields_bad_json_and_bad_durations_are_refused) {
  EXPECT_TRUE(has(send(message(R"("colour":"red")")), R"(Unknown name \"colour\" at 'message')"));
  EXPECT_EQ(send("{").status, 400);
  EXPECT_EQ(send("[]").status, 400);
  EXPECT_TRUE(has_field(send(message(R"("android":{"ttl":3600})")), "message.android.ttl"));
  EXPECT_EQ(send(message(R"("android":{"ttl":"3600"})")).status, 400);
  EXPECT_EQ(send(message(R"("android":{"ttl":"-1s"})")).status, 400);
  EXPECT_EQ(send(message(R"("android":{"ttl":"2419201s"})")).status, 400);
  EXPECT_EQ(send(message(R"("android":{"ttl":"2419200s"})")).status, 200);
  EXPECT_EQ(send(message(R"("android":{"ttl":"3.5s","collapseKey":"k"})")).status, 200);
}

TEST_F(fcm, f10_reserved_data_keys_are_refused) {
  for (const char* key : {"from", "message_type", "google.x", "gcm"})
    EXPECT_TRUE(has_fcm_error(send(message("\"data\":{\"" + std::string(key) + "\":\"x\"}")),
                              "INVALID_ARGUMENT"));
}

TEST_F(fcm, f11_message_has_at_most_4096_bytes_and_2048_to_a_topic) {
  const auto data = [](std::size_t size) {
    return R"("data":{"k":")" + std::string(size - 1, 'x') + "\"}";
  };
  EXPECT_EQ(send(message(data(4096))).status, 200);
  const reply& big = send(message(data(4097)));
  EXPECT_EQ(big.status, 400);
  EXPECT_TRUE(has(big, "too big"));
  EXPECT_FALSE(has(big, "details"));
  EXPECT_EQ(send(R"({"message":{"topic":"news",)" + data(2048) + "}}").status, 200);
  EXPECT_EQ(send(R"({"message":{"topic":"news",)" + data(2049) + "}}").status, 400);
}

TEST_F(fcm, f12_unregistered_token_is_404_unregistered) {
  const std::string token = phone_token;
  simulator().call([&token](gateway_simulator& s) { s.unregister(token, {}); });
  const reply& r = send(message());
  EXPECT_EQ(r.status, 404);
  EXPECT_TRUE(has(r, "\"status\":\"NOT_FOUND\""));
  EXPECT_TRUE(has_fcm_error(r, "UNREGISTERED"));
}

TEST_F(fcm, f13_token_of_another_project_is_a_sender_id_mismatch) {
  add_phone(phone_token, {.topic = "other-project", .gateway = {}});
  const reply& r = send(message());
  EXPECT_EQ(r.status, 403);
  EXPECT_TRUE(has_fcm_error(r, "SENDER_ID_MISMATCH"));
}

TEST_F(fcm, f14_bad_apns_key_is_a_third_party_error_for_apple_devices_only) {
  options.fcm_projects[0].apns_key_good = false;
  EXPECT_EQ(send(message()).status, 200);
  add_phone(phone_token, {.topic = {}, .gateway = {}, .apple = true});
  const reply& r = send(message());
  EXPECT_EQ(r.status, 401);
  EXPECT_TRUE(has_fcm_error(r, "THIRD_PARTY_AUTH_ERROR"));
}

TEST_F(fcm, f15_project_quota_has_error_info_and_no_fcm_error) {
  options.fcm_project_quota = 1;
  options.fcm_quota_retry_after = "60";
  EXPECT_EQ(send(message()).status, 200);
  const reply& r = send(message());
  EXPECT_EQ(r.status, 429);
  EXPECT_EQ(r.header("retry-after"), "60");
  EXPECT_TRUE(has(r, "RATE_LIMIT_EXCEEDED") && has(r, "SendsPerMinutePerProject"));
  EXPECT_FALSE(has_any_fcm_error(r));
}

TEST_F(fcm, f16_device_quota_is_quota_exceeded_with_its_violation) {
  options.device_limit = 1;
  EXPECT_EQ(send(message()).status, 200);
  const reply& r = send(message());
  EXPECT_EQ(r.status, 429);
  EXPECT_TRUE(has_fcm_error(r, "QUOTA_EXCEEDED") && has(r, "google.rpc.QuotaFailure"));
}

TEST_F(fcm, f17_refused_messages_use_the_quota_and_429_does_not) {
  options.fcm_project_quota = 2;
  EXPECT_EQ(send("{").status, 400);
  EXPECT_EQ(send(message()).status, 200);
  EXPECT_EQ(send(message()).status, 429);
  seconds += 59;
  EXPECT_EQ(send(message()).status, 429);
  seconds += 1;
  EXPECT_EQ(send(message()).status, 200);
}

TEST_F(fcm, f18_server_errors_come_when_injected) {
  EXPECT_EQ(send(message()).status, 200);
  add_fault("INTERNAL,at=1");
  add_fault("UNAVAILABLE,at=1,retry-after=Fri, 20 Nov 2026 10:00:00 GMT,gateway=fcm");
  add_fault("UNAVAILABLE,gateway=fcm,at=1,retry-after=7");
  add_fault("BAD_GATEWAY,at=1");
  EXPECT_EQ(send(message()).status, 500);
  EXPECT_EQ(send(message()).header("retry-after"), "Fri, 20 Nov 2026 10:00:00 GMT");
  const reply seconds_later = send(message());
  EXPECT_EQ(seconds_later.status, 503);
  EXPECT_EQ(seconds_later.header("retry-after"), "7");
  const reply& html = send(message());
  EXPECT_EQ(html.status, 502);
  EXPECT_TRUE(html.body.starts_with("<!DOCTYPE html>"));
}

TEST_F(fcm, f22_missing_authority_is_400) {
  header_list without = headers();
  std::erase_if(without, [](const auto& one) { return one.first == ":authority"; });
  EXPECT_EQ(client().ask(without, message()).status, 400);
}

TEST_F(fcm, f23_server_pings_after_an_answer) {
  EXPECT_EQ(send(message()).status, 200);
  EXPECT_TRUE(client().wait_for_ping());
}

TEST_F(fcm, f24_legacy_paths_are_404_in_html) {
  for (const char* path : {"/batch", "/fcm/send", "/v1/projects//messages:send"}) {
    const reply& r = client().ask(headers(path), message());
    EXPECT_EQ(r.status, 404);
    EXPECT_FALSE(has(r, "UNREGISTERED"));
  }
}

TEST_F(fcm, f25_http1_keep_alive_works) {
  const std::string body = message();
  token_ = access_token();
  const std::string one =
      "POST /v1/projects/paperboy-demo/messages:send HTTP/1.1\r\nHost: localhost\r\n"
      "Authorization: Bearer " +
      token_ + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  const std::string answers = http1(port(gateway_name::fcm), ca(), one + one, 2);
  EXPECT_TRUE(answers.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_NE(answers.rfind("HTTP/1.1 200 OK\r\n"), 0U);
  EXPECT_EQ(received(phone_token).size(), 2U);
}

TEST_F(fcm, f26_installation_id_is_a_target_too) {
  const std::string id = "c8KbT1xSQm2vRzL0pWnYaD";
  EXPECT_EQ(send(R"({"message":{"fid":")" + id + "\"}}").status, 200);
  EXPECT_EQ(send(R"({"message":{"token":")" + id + "\"}}").status, 200);
  simulator().call([&id](gateway_simulator& s) { s.unregister(id, {}); });
  EXPECT_TRUE(has_fcm_error(send(R"({"message":{"fid":")" + id + "\"}}"), "UNREGISTERED"));
}

TEST_F(fcm, phone_replaces_by_tag_and_the_quiet_channel_makes_no_sound) {
  const auto android = [](const char* channel) {
    return message(R"("notification":{"title":"x"},"android":{"collapse_key":"paperboy_digest",)"
                   R"("notification":{"tag":"digest-1","channel_id":")" +
                   std::string(channel) + "\"}}");
  };
  EXPECT_EQ(send(android("paperboy_digest")).status, 200);
  EXPECT_EQ(send(android("paperboy_quiet")).status, 200);
  const auto all = received(phone_token);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[0].shown && all[0].sounds && !all[0].replaces);
  EXPECT_TRUE(all[1].shown && !all[1].sounds && all[1].replaces);
  EXPECT_EQ(all[1].tag, "digest-1");
  EXPECT_EQ(all[1].collapse_id, "paperboy_digest");
}

TEST_F(fcm, o1_good_assertion_gets_a_token) {
  const reply& r =
      exchange(assertion(account.private_key, account.client_email, token_uri(), seconds));
  EXPECT_EQ(r.status, 200);
  EXPECT_TRUE(has(r, "\"expires_in\":3599") && has(r, "\"token_type\":\"Bearer\""));
}

TEST_F(fcm, o2_bad_assertion_is_an_invalid_grant) {
  const auto refused = [this](const std::string& text) {
    const reply& r = exchange(text);
    return r.status == 400 && has(r, "\"error\": \"invalid_grant\"");
  };
  const std::string& email = account.client_email;
  const std::string uri = token_uri();
  const fcm_credential other = make_fcm_credential("other", 1024);
  const apns_credential elliptic = make_apns_credential();
  EXPECT_TRUE(refused(assertion(account.private_key, email, "https://other.test/token", seconds)));
  EXPECT_TRUE(refused(assertion(account.private_key, "who@else.test", uri, seconds)));
  EXPECT_TRUE(refused(assertion(other.private_key, email, uri, seconds)));
  EXPECT_TRUE(refused(assertion(elliptic.private_key, email, uri, seconds)));
  EXPECT_TRUE(refused(assertion(account.private_key, email, uri, seconds + 301)));
  EXPECT_TRUE(refused(assertion(account.private_key, email, uri, seconds - 3901)));
  EXPECT_TRUE(refused("garbage"));
  const std::string long_lived = "{\"iss\":\"" + email + "\",\"scope\":\"x\",\"aud\":\"" + uri +
                                 "\",\"iat\":" + std::to_string(seconds.load()) +
                                 ",\"exp\":" + std::to_string(seconds.load() + 3901) + "}";
  EXPECT_TRUE(refused(sign(R"({"alg":"RS256"})", long_lived, account.private_key)));
}

TEST_F(fcm, o3_other_grants_are_unsupported) {
  const reply& r = exchange("x", "password");
  EXPECT_EQ(r.status, 400);
  EXPECT_TRUE(has(r, "unsupported_grant_type"));
}

TEST_F(fcm, o4_token_endpoint_fails_when_told_to) {
  add_fault("503,gateway=oauth,at=1");
  add_fault("429,gateway=oauth,at=1,retry-after=3");
  add_fault("invalid_grant,gateway=oauth,at=1");
  const std::string good =
      assertion(account.private_key, account.client_email, token_uri(), seconds);
  EXPECT_EQ(exchange(good).status, 503);
  EXPECT_EQ(exchange(good).header("retry-after"), "3");
  EXPECT_TRUE(has(exchange(good), "invalid_grant"));
  EXPECT_EQ(exchange(good).status, 200);
  const push_counts seen =
      simulator().call([](gateway_simulator& s) { return s.counts(gateway_name::oauth); });
  EXPECT_EQ(seen.requests, 4U);
  EXPECT_EQ(seen.taken, 1U);
}

TEST_F(fcm, revoked_access_token_is_401) {
  EXPECT_EQ(send(message()).status, 200);
  simulator().call([](gateway_simulator& s) { s.revoke_access_tokens(); });
  EXPECT_EQ(send(message()).status, 401);
}

}  // namespace
}  // namespace paperboy::simulators::test

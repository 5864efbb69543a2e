#include "adapters/fcm/client.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "adapters/net/json_web_token.hpp"
#include "core/domain/payload.hpp"
#include "tests/adapters/net/gateway_fixture.hpp"

namespace paperboy::fcm {
namespace {

using namespace std::chrono_literals;
using simulators::gateway_name;

struct fcm_client_test : net::testing::gateway_fixture {
  fcm_client_test() {
    options.fcm_projects.push_back(
        {credential().project_id, credential().client_email, credential().public_key});
  }

  static const simulators::fcm_credential& credential() {
    static const auto made = simulators::make_fcm_credential("paperboy-demo");
    return made;
  }

  service_account account_of(const simulators::fcm_credential& c) const {
    return read_service_account(simulators::service_account_json(c, simulator->token_uri()));
  }

  void start() {
    start_simulator();
    start_client();
  }

  void start_client() {
    settings s;
    s.account = account_of(credential());
    s.endpoint = simulator->url(gateway_name::fcm);
    s.ca_file = ca_file;
    s.connections = connections;
    way.emplace(context, s, limits);
    message = way->prepare(net::testing::sample_notification());
  }

  push to_phone() {
    push p;
    p.message = message.get();
    p.token = token;
    p.expires_at = in(1h);
    return p;
  }

  std::uint64_t fetches() { return simulator->counts(gateway_name::oauth).requests; }

  net::connection_settings connections = [] {
    auto c = settings::default_connections();
    c.pace.between_connections = 30ms;
    c.pace.longest_back_off = 60ms;
    c.tick = 5ms;
    return c;
  }();
  access_token_limits limits{.first_back_off = 20ms, .longest_back_off = 40ms};
  std::optional<client> way;
  std::shared_ptr<const prepared_message> message;
  const std::string token = "fcm-token:" + std::string(150, 'A');
};

TEST_F(fcm_client_test, hands_firebase_what_the_phone_is_to_show) {
  start();
  const auto answer = ask(*way, to_phone());
  EXPECT_EQ(answer.status, 200) << answer.reason << answer.field;
  const auto got = simulator->received(token);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].collapse_id, "paperboy_digest");
  EXPECT_EQ(got[0].tag, "digest-2026-11-24");
  EXPECT_EQ(got[0].channel, "paperboy_digest");
  EXPECT_TRUE(got[0].sounds);
  const auto payload = boost::json::parse(got[0].payload);
  EXPECT_EQ(payload.at("message").at("data").at("paperboy_id").as_string(),
            net::testing::id_of(1).view());
  const std::string ttl(payload.at("message").at("android").at("ttl").as_string());
  EXPECT_EQ(got[0].payload,
            way->payload(net::testing::sample_notification(), token, net::testing::id_of(1),
                         std::chrono::seconds(std::stoi(ttl))));
}

TEST_F(fcm_client_test, sends_a_copy_that_replaces_the_first_without_a_sound) {
  start();
  push p = to_phone();
  EXPECT_EQ(ask(*way, p).status, 200);
  p.quiet = true;
  EXPECT_EQ(ask(*way, p).status, 200);
  const auto got = simulator->received(token);
  ASSERT_EQ(got.size(), 2U);
  EXPECT_TRUE(got[1].replaces);
  EXPECT_FALSE(got[1].sounds);
}

TEST_F(fcm_client_test, fetches_one_access_token_for_many_pushes) {
  start();
  ask_many(*way, to_phone(), 1000);
  EXPECT_EQ(fetches(), 1U);
  EXPECT_EQ(simulator->counts(gateway_name::fcm).taken, 1000U);
}

TEST_F(fcm_client_test, never_passes_a_hundred_streams_and_sends_no_ping) {
  options.latency = 20ms;
  start();
  ask_many(*way, to_phone(), 2000);
  // Either would have ended a connection.
  EXPECT_EQ(way->counts().lost, 0U);
  EXPECT_EQ(way->counts().failed, 0U);
}

TEST_F(fcm_client_test, fetches_another_token_when_firebase_refuses_the_one_it_has) {
  start();
  EXPECT_EQ(ask(*way, to_phone()).status, 200);
  simulator->revoke_access_tokens();
  EXPECT_EQ(ask(*way, to_phone()).status, 401);
  EXPECT_EQ(ask(*way, to_phone()).status, 200);
  EXPECT_EQ(fetches(), 2U);
  EXPECT_FALSE(way->credential_stopped());
}

TEST_F(fcm_client_test, fetches_only_one_though_many_pushes_were_refused) {
  start();
  EXPECT_EQ(ask(*way, to_phone()).status, 200);
  simulator->revoke_access_tokens();
  ask_many(*way, to_phone(), 100);
  EXPECT_EQ(ask(*way, to_phone()).status, 200);
  EXPECT_EQ(fetches(), 2U);
}

TEST_F(fcm_client_test, does_not_take_apples_key_for_its_own) {
  start();
  add_fault("THIRD_PARTY_AUTH_ERROR,gateway=fcm,times=5");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(*way, to_phone()).reason, "THIRD_PARTY_AUTH_ERROR");
  EXPECT_EQ(fetches(), 1U);
  EXPECT_FALSE(way->credential_stopped());
}

TEST_F(fcm_client_test, renews_the_token_while_the_old_one_is_used) {
  options.access_token_lifetime = 3s;
  limits.renew_before = 300s;  // more than the whole life: half of it counts
  start();
  std::uint16_t worst = 200;
  ASSERT_TRUE(run_until([&] {
    worst = std::max(worst, ask(*way, to_phone()).status);
    return fetches() >= 2;
  }));
  EXPECT_EQ(worst, 200);
}

TEST_F(fcm_client_test, waits_while_google_cannot_give_a_token) {
  start();
  add_fault("503,gateway=oauth,times=3");
  EXPECT_EQ(ask(*way, to_phone()).status, 200);
  EXPECT_EQ(fetches(), 4U);
}

TEST_F(fcm_client_test, ends_what_waited_too_long_for_a_token_as_not_processed) {
  connections.queue_limit = 100ms;
  start();
  add_fault("503,gateway=oauth");
  EXPECT_EQ(ask(*way, to_phone()).end, attempt_end::not_processed);
  EXPECT_FALSE(way->credential_stopped());
}

TEST_F(fcm_client_test, stops_when_google_refuses_the_account_and_resumes_with_a_good_one) {
  start();
  const auto stranger = simulators::make_fcm_credential("paperboy-demo");
  way->credentials_replaced(account_of(stranger));
  EXPECT_EQ(ask(*way, to_phone()).end, attempt_end::not_processed);
  EXPECT_TRUE(way->credential_stopped());
  const auto asked = fetches();
  EXPECT_EQ(ask(*way, to_phone()).end, attempt_end::not_processed);
  EXPECT_EQ(fetches(), asked) << "no further attempts";

  way->credentials_replaced(account_of(credential()));
  EXPECT_FALSE(way->credential_stopped());
  EXPECT_EQ(ask(*way, to_phone()).status, 200);
}

TEST_F(fcm_client_test, stops_after_three_refusals_of_its_permission) {
  options.fcm_projects[0].may_send = false;
  start();
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(way->credential_stopped());
    EXPECT_EQ(ask(*way, to_phone()).status, 403);
  }
  EXPECT_TRUE(way->credential_stopped());
}

TEST_F(fcm_client_test, hands_over_what_firebase_says_of_a_token) {
  start();
  simulator->unregister(token, std::chrono::system_clock::now());
  const auto gone = ask(*way, to_phone());
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(gone.reason, "UNREGISTERED");
  push p = to_phone();
  p.token = "short";
  const auto malformed = ask(*way, p);
  EXPECT_EQ(malformed.status, 400);
  EXPECT_EQ(malformed.reason, "INVALID_ARGUMENT");
  EXPECT_EQ(malformed.field, "message.token");
}

TEST_F(fcm_client_test, obeys_no_token_that_would_break_out_of_the_json) {
  start();
  push p = to_phone();
  p.token = R"(x","topic":"all)";
  EXPECT_EQ(ask(*way, p).reason, "INVALID_ARGUMENT");
  EXPECT_EQ(simulator->counts(gateway_name::fcm).requests, 0U);
}

TEST_F(fcm_client_test, loses_and_doubles_nothing_over_goaways) {
  start();
  add_fault("goaway=NO_ERROR,gateway=fcm,last=before,every=150,times=4,debug=max_age");
  ask_many(*way, to_phone(), 1000);
  for (const auto& [ticket, answer] : sink.all) EXPECT_EQ(answer.status, 200) << ticket;
  EXPECT_EQ(simulator->counts(gateway_name::fcm).taken, 1000U);
}

// Firebase ends connections by itself: session_timeout, max_age, server_shutting_down.
TEST_F(fcm_client_test, goes_on_over_connections_that_firebase_ends_for_their_age) {
  options.connection_maximum_age = 120ms;
  options.latency = 5ms;
  start();
  std::size_t sent = 0;
  ASSERT_TRUE(run_until([&] {
    ask_many(*way, to_phone(), 50);
    sent += 50;
    return simulator->accepted(gateway_name::fcm) >= 5;
  }));
  for (const auto& [ticket, answer] : sink.all) EXPECT_EQ(answer.status, 200) << ticket;
  EXPECT_EQ(simulator->counts(gateway_name::fcm).taken, sent);
  EXPECT_GE(way->counts().lost, 3U);
  EXPECT_EQ(way->counts().failed, 0U);
}

TEST_F(fcm_client_test, goes_on_after_firebase_ended_an_idle_connection) {
  options.connection_idle_limit = 40ms;
  start();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask(*way, to_phone()).status, 200);
    ASSERT_TRUE(run_until([&] { return way->connections() == 0; }));
  }
  EXPECT_EQ(way->counts().lost, 3U);
}

TEST_F(fcm_client_test, goes_on_when_firebase_shuts_down_under_load) {
  options.latency = 20ms;
  start();
  push p = to_phone();
  for (int i = 0; i < 1000; ++i) {
    p.ticket = ++last_ticket;
    p.id = net::testing::id_of(p.ticket);
    way->send(p, sink);
  }
  for (std::size_t answers = 200; answers <= 600; answers += 200) {
    ASSERT_TRUE(run_until([&] { return sink.all.size() >= answers; }));
    simulator->go_away(gateway_name::fcm, 0, "server_shutting_down");
  }
  ASSERT_TRUE(run_until([&] { return sink.all.size() == 1000; }));
  for (const auto& [ticket, answer] : sink.all) EXPECT_EQ(answer.status, 200) << ticket;
  EXPECT_EQ(simulator->counts(gateway_name::fcm).taken, 1000U);
}

TEST_F(fcm_client_test, survives_a_page_of_html) {
  start();
  add_fault("502,gateway=fcm,body=<html>Try again in 30 seconds</html>");
  const auto answer = ask(*way, to_phone());
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(answer.reason, "");
}

TEST_F(fcm_client_test, lets_breaking_news_pass_a_thousand_digests_that_wait) {
  connections.most_connections = 1;
  start();
  EXPECT_EQ(ask(*way, to_phone()).status, 200);
  simulator->options().latency = 250ms;
  const auto before = sink.all.size();
  push p = to_phone();
  for (int i = 0; i < 1090; ++i) {
    p.ticket = ++last_ticket;
    p.id = net::testing::id_of(p.ticket);
    way->send(p, sink);
  }
  ASSERT_TRUE(run_until([&] { return simulator->counts(gateway_name::fcm).requests == 91; }));

  p.urgent = true;
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(ask(*way, p).status, 200);
  const auto took = std::chrono::steady_clock::now() - started;
  EXPECT_LT(took, 1s);
  RecordProperty("milliseconds", static_cast<int>(took / 1ms));
  EXPECT_LE(sink.all.size() - before, 1U + 180U);
  ASSERT_TRUE(run_until([&] { return way->under_way() == 0; }));
  EXPECT_EQ(simulator->counts(gateway_name::fcm).taken, 1092U);
  EXPECT_EQ(way->counts().lost, 0U) << "a hundred streams, never one more";
}

TEST_F(fcm_client_test, can_be_destroyed_while_it_fetches_a_token) {
  start_simulator();
  for (int turns = 0; turns < 40; turns += 2) {
    start_client();
    push p = to_phone();
    p.ticket = ++last_ticket;
    way->send(p, sink);
    for (int i = 0; i < turns; ++i) context.run_one_for(1ms);
    way.reset();
  }
  context.run_for(10ms);
}

}  // namespace
}  // namespace paperboy::fcm

#include "adapters/apns/client.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/adapters/net/gateway_fixture.hpp"

namespace paperboy::apns {
namespace {

using namespace std::chrono_literals;
using simulators::gateway_name;
using simulators::received_push;

constexpr std::string_view topic = "com.example.news";

struct apns_client_test : net::testing::gateway_fixture {
  apns_client_test() {
    options.apns_keys.push_back({key.team_id, key.key_id, key.public_key, {}, true, true, {}});
  }

  void start() {
    start_simulator();
    settings s;
    s.topic = topic;
    s.team_id = key.team_id;
    s.key_id = key.key_id;
    s.private_key = key.private_key;
    s.endpoint = simulator->url(gateway_name::apns);
    s.sandbox_endpoint = simulator->url(gateway_name::sandbox);
    s.ca_file = ca_file;
    s.connections = connections;
    minter = std::make_shared<provider_token_minter>(key.team_id, key.key_id, key.private_key);
    way.emplace(context, s, minter);
    message = way->prepare(net::testing::sample_notification());
  }

  push to(const std::string& raw_token) {
    push p;
    p.message = message.get();
    p.token = raw_token;
    p.expires_at = in(1h);
    return p;
  }

  simulators::apns_credential key = simulators::make_apns_credential();
  net::connection_settings connections = [] {
    auto c = settings::default_connections();
    c.pace.between_connections = 30ms;
    c.pace.longest_back_off = 60ms;
    c.tick = 5ms;
    return c;
  }();
  std::shared_ptr<provider_token_minter> minter;
  std::optional<client> way;
  std::shared_ptr<const prepared_message> message;
  const std::string token = std::string(31, '\xAB') + '\x01';
  const std::string hex = [] {
    std::string text;
    for (int i = 0; i < 31; ++i) text += "ab";
    return text + "01";
  }();
};

TEST_F(apns_client_test, hands_apple_what_the_phone_is_to_show) {
  start();
  const auto answer = ask(*way, to(token));
  EXPECT_EQ(answer.end, attempt_end::answered);
  EXPECT_EQ(answer.status, 200) << answer.reason;
  const auto got = simulator->received(hex);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].gateway, gateway_name::apns);
  EXPECT_EQ(got[0].topic, topic);
  EXPECT_EQ(got[0].push_type, "alert");
  EXPECT_EQ(got[0].priority, "10");
  EXPECT_EQ(got[0].id, net::testing::id_of(1).view());
  EXPECT_EQ(got[0].collapse_id.size(), 22U);
  EXPECT_TRUE(got[0].sounds);
  EXPECT_EQ(got[0].payload, way->payload(net::testing::sample_notification(), token,
                                         net::testing::id_of(1), 3600s));
  const auto expires = std::stoll(got[0].expiration) -
                       std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())
                           .time_since_epoch()
                           .count();
  EXPECT_NEAR(static_cast<double>(expires), 3600.0, 5.0);
}

TEST_F(apns_client_test, sends_a_copy_that_replaces_the_first_without_a_sound) {
  start();
  push p = to(token);
  EXPECT_EQ(ask(*way, p).status, 200);
  p.quiet = true;
  EXPECT_EQ(ask(*way, p).status, 200);
  const auto got = simulator->received(hex);
  ASSERT_EQ(got.size(), 2U);
  EXPECT_TRUE(got[1].replaces);
  EXPECT_FALSE(got[1].sounds);
}

TEST_F(apns_client_test, keeps_the_environments_apart) {
  start();
  push p = to(token);
  p.gateway_environment = environment::sandbox;
  EXPECT_EQ(ask(*way, p).status, 200);
  EXPECT_EQ(simulator->received(hex).at(0).gateway, gateway_name::sandbox);
  EXPECT_EQ(way->connections(environment::production), 0U);
  EXPECT_EQ(way->connections(environment::sandbox), 1U);
}

TEST_F(apns_client_test, waits_for_the_first_accepted_token_before_it_opens_more_streams) {
  options.apns_when_over_limit = simulators::over_limit::go_away;
  connections.most_connections = 1;
  start();
  ask_many(*way, to(token), 2000);
  EXPECT_EQ(simulator->counts(gateway_name::apns).taken, 2000U);
  EXPECT_EQ(simulator->accepted(gateway_name::apns), 1U);
  EXPECT_EQ(way->under_way(), 0U);
}

TEST_F(apns_client_test, hands_over_a_dead_token_with_its_date) {
  start();
  simulator->unregister(hex, std::chrono::system_clock::time_point(1764000000s));
  const auto answer = ask(*way, to(token));
  EXPECT_EQ(answer.status, 410);
  EXPECT_EQ(answer.reason, "Unregistered");
  EXPECT_EQ(answer.dead_since, instant(1764000000000ms));
}

TEST_F(apns_client_test, reads_a_reason_that_comes_byte_by_byte) {
  start();
  add_fault("BadDeviceToken,piece=1");
  EXPECT_EQ(ask(*way, to(token)).reason, "BadDeviceToken");
}

TEST_F(apns_client_test, puts_refused_pushes_on_a_stream_again_by_itself) {
  start();
  add_fault("reset=REFUSED_STREAM,every=3,times=50");
  ask_many(*way, to(token), 300);
  EXPECT_EQ(simulator->counts(gateway_name::apns).taken, 300U);
  for (const auto& [ticket, answer] : sink.all) EXPECT_EQ(answer.status, 200);
}

TEST_F(apns_client_test, loses_and_doubles_nothing_over_goaways) {
  start();
  add_fault("goaway=NO_ERROR,last=before,every=100,times=5");
  ask_many(*way, to(token), 1000);
  for (const auto& [ticket, answer] : sink.all) {
    EXPECT_EQ(answer.end, attempt_end::answered) << ticket;
  }
  EXPECT_EQ(simulator->counts(gateway_name::apns).taken, 1000U);
}

TEST_F(apns_client_test, waits_longer_and_longer_for_a_host_that_sends_it_away_at_once) {
  options.apns_goaway_at_start = R"({"reason":"BadCertificateEnvironment"})";
  connections.queue_limit = 600ms;
  connections.pace.longest_back_off = 10s;
  start();
  EXPECT_EQ(ask(*way, to(token)).end, attempt_end::not_processed);
  const auto& counts = way->counts(environment::production);
  EXPECT_GE(counts.failed, 1U);
  EXPECT_EQ(counts.lost, 0U);
  // No more than one each 30 ms, however the lots of the back-off fall.
  EXPECT_LE(simulator->accepted(gateway_name::apns), 600U / 30U + 1U);
  EXPECT_EQ(simulator->counts(gateway_name::apns).taken, 0U);
}

TEST_F(apns_client_test, loses_and_doubles_nothing_while_apple_moves_the_number_of_streams) {
  options.apns_reset_twice = true;  // REFUSED_STREAM, then STREAM_CLOSED, on what is above
  options.latency = 3ms;
  connections.most_connections = 1;
  start();
  add_fault("streams=1,at=40");
  add_fault("streams=1000,at=60");
  add_fault("streams=1,at=700");
  add_fault("streams=100,at=720");
  add_fault("streams=7,at=1500");
  add_fault("streams=1000,at=1600");
  ask_many(*way, to(token), 3000);
  for (const auto& [ticket, answer] : sink.all) EXPECT_EQ(answer.status, 200) << ticket;
  EXPECT_EQ(simulator->counts(gateway_name::apns).taken, 3000U);
  EXPECT_EQ(way->counts(environment::production).lost, 0U);
  EXPECT_EQ(simulator->accepted(gateway_name::apns), 1U);
}

TEST_F(apns_client_test, loses_and_doubles_nothing_over_goaways_in_two_steps) {
  start();
  add_fault("goaway=NO_ERROR,last=before,twice,every=100,times=8,debug={\"reason\":\"Shutdown\"}");
  ask_many(*way, to(token), 1000);
  for (const auto& [ticket, answer] : sink.all) EXPECT_EQ(answer.status, 200) << ticket;
  EXPECT_EQ(simulator->counts(gateway_name::apns).taken, 1000U);
}

TEST_F(apns_client_test, says_ambiguous_when_the_answer_was_lost) {
  start();
  add_fault("close,delivered,at=2");
  EXPECT_EQ(ask(*way, to(token)).status, 200);
  EXPECT_EQ(ask(*way, to(token)).end, attempt_end::ambiguous);
  EXPECT_EQ(ask(*way, to(token)).status, 200);
}

TEST_F(apns_client_test, changes_the_connection_after_an_expired_token_but_mints_no_second_one) {
  start();
  add_fault("ExpiredProviderToken,at=1");
  EXPECT_EQ(ask(*way, to(token)).reason, "ExpiredProviderToken");
  EXPECT_EQ(ask(*way, to(token)).status, 200);
  EXPECT_EQ(simulator->accepted(gateway_name::apns), 2U);
  EXPECT_EQ(minter->current(moment::now())->generation, 1U);
  EXPECT_FALSE(way->credential_stopped());
}

TEST_F(apns_client_test, keeps_the_token_and_changes_the_connection_after_too_many_updates) {
  start();
  add_fault("TooManyProviderTokenUpdates,at=1");
  EXPECT_EQ(ask(*way, to(token)).status, 429);
  EXPECT_EQ(ask(*way, to(token)).status, 200);
  EXPECT_EQ(simulator->accepted(gateway_name::apns), 2U);
  EXPECT_EQ(minter->current(moment::now())->generation, 1U);
}

TEST_F(apns_client_test, stops_after_three_refusals_of_its_credential_and_resumes_with_a_good_one) {
  options.apns_keys.clear();  // Apple does not know the key
  start();
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(way->credential_stopped());
    EXPECT_EQ(ask(*way, to(token)).reason, "InvalidProviderToken");
  }
  EXPECT_TRUE(way->credential_stopped());
  EXPECT_EQ(ask(*way, to(token)).end, attempt_end::not_processed);
  EXPECT_EQ(simulator->counts(gateway_name::apns).requests, 3U);

  const auto good = simulators::make_apns_credential(key.team_id, "GOOD999KEY");
  simulator->options().apns_keys.push_back(
      {good.team_id, good.key_id, good.public_key, {}, true, true, {}});
  way->credentials_replaced(
      std::make_shared<provider_token_minter>(good.team_id, good.key_id, good.private_key));
  EXPECT_FALSE(way->credential_stopped());
  EXPECT_EQ(ask(*way, to(token)).status, 200);
}

TEST_F(apns_client_test, does_not_count_refusals_that_a_good_answer_came_between) {
  start();
  add_fault("InvalidProviderToken,every=2,times=5");
  for (int i = 0; i < 10; ++i) ask(*way, to(token));
  EXPECT_FALSE(way->credential_stopped());
}

TEST_F(apns_client_test, refuses_a_token_that_no_phone_has) {
  start();
  EXPECT_EQ(ask(*way, to("")).status, 400);
  EXPECT_EQ(ask(*way, to(std::string(1000, 'x'))).status, 400);
  EXPECT_EQ(simulator->accepted(gateway_name::apns), 0U);
}

TEST_F(apns_client_test, answers_what_is_above_its_limit_as_not_processed) {
  start_simulator();
  settings s;
  s.topic = topic;
  s.endpoint = simulator->url(gateway_name::apns);
  s.sandbox_endpoint = s.endpoint;
  s.ca_file = ca_file;
  s.most_under_way = 10;
  s.connections = connections;
  way.emplace(context, s,
              std::make_shared<provider_token_minter>(key.team_id, key.key_id, key.private_key));
  message = way->prepare(net::testing::sample_notification());
  ask_many(*way, to(token), 15);
  std::size_t refused = 0;
  for (const auto& [ticket, answer] : sink.all) {
    if (answer.end == attempt_end::not_processed) ++refused;
  }
  EXPECT_EQ(refused, 5U);
}

TEST_F(apns_client_test, lets_breaking_news_pass_a_thousand_digests_that_wait) {
  options.apns_stream_limit = 100;
  connections.most_connections = 1;
  start();
  EXPECT_EQ(ask(*way, to(token)).status, 200);  // until then there is one stream
  simulator->options().latency = 250ms;
  const auto before = sink.all.size();
  push p = to(token);
  for (int i = 0; i < 1090; ++i) {
    p.ticket = ++last_ticket;
    p.id = net::testing::id_of(p.ticket);
    way->send(p, sink);
  }
  ASSERT_TRUE(run_until([&] { return simulator->counts(gateway_name::apns).requests == 91; }));

  p.urgent = true;
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(ask(*way, p).status, 200);
  const auto took = std::chrono::steady_clock::now() - started;
  EXPECT_LT(took, 1s);
  RecordProperty("milliseconds", static_cast<int>(took / 1ms));
  // At most one round of the others was answered meanwhile, of the twelve that they need.
  EXPECT_LE(sink.all.size() - before, 1U + 180U);
  ASSERT_TRUE(run_until([&] { return way->under_way() == 0; }));
  EXPECT_EQ(simulator->counts(gateway_name::apns).taken, 1092U);
}

TEST_F(apns_client_test, can_be_destroyed_with_pushes_under_way) {
  start();
  add_fault("swallow");
  push p = to(token);
  for (int i = 0; i < 50; ++i) {
    p.ticket = ++last_ticket;
    way->send(p, sink);
  }
  ASSERT_TRUE(run_until([&] { return simulator->counts(gateway_name::apns).requests > 0; }));
  way.reset();
  context.run_for(10ms);
  EXPECT_TRUE(sink.all.empty());
}

TEST(apns_settings, that_cannot_work_are_refused_at_once) {
  boost::asio::io_context context(1);
  const auto key = simulators::make_apns_credential();
  const auto minter =
      std::make_shared<provider_token_minter>(key.team_id, key.key_id, key.private_key);
  settings s;
  s.endpoint = "http://api.push.apple.com";
  EXPECT_THROW(client(context, s, minter), net::credential_error);
  s = {};
  s.ca_file = "/nowhere.pem";
  EXPECT_THROW(client(context, s, minter), net::tls_error);
}

TEST(apns_settings, find_a_black_hole_within_fifteen_seconds) {
  const auto c = settings::default_connections();
  EXPECT_EQ(c.session.ping_after, 10s);
  EXPECT_LE(c.session.ping_after + c.session.ping_ack_limit + 2 * c.tick, 15s);
  EXPECT_LE(c.session.write_limit + c.tick, 15s);
}

TEST(apns_settings, answer_within_the_limit_of_a_gateway) {
  const auto c = settings::default_connections();
  EXPECT_LT(c.queue_limit + c.request_limit + 2 * c.tick, gateway::answer_limit);
}

}  // namespace
}  // namespace paperboy::apns

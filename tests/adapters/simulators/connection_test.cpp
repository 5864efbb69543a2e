// Cases A23 and A31 to A42 of APNs, F19 to F25 of FCM: what a connection does.
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <future>
#include <stdexcept>

#include "tests/adapters/simulators/fixtures.hpp"

namespace paperboy::simulators::test {
namespace {

using connection = apns_test;
constexpr std::uint32_t refused_stream = NGHTTP2_REFUSED_STREAM;

TEST_F(connection, a23_expired_token_wedges_the_connection_if_that_is_asked_for) {
  options.freeze_after_expired_jwt = true;
  EXPECT_EQ(told(), "200");
  const std::string before = jwt_;
  seconds += 3601;
  EXPECT_EQ(told(), "403 ExpiredProviderToken");
  const auto unanswered =
      client().submit(headers({{"authorization", "bearer " + token_now()}}), "{}");
  EXPECT_TRUE(client().settle());
  EXPECT_FALSE(client().at(unanswered).closed);
}

TEST_F(connection, a31_one_stream_until_the_first_good_push_then_a_thousand) {
  EXPECT_TRUE(client().wait_for_stream_limit(1));
  EXPECT_EQ(told({{"apns-topic", ""}}), "400 MissingTopic");
  EXPECT_EQ(client().stream_limits(), std::vector<std::uint32_t>{1});
  EXPECT_EQ(told(), "200");
  EXPECT_TRUE(client().wait_for_stream_limit(1000));
  EXPECT_EQ(told(), "200");
  EXPECT_EQ(client().stream_limits().size(), 2U);
}

TEST_F(connection, a32_second_stream_before_that_is_refused) {
  const auto first = client().submit(headers(), std::string(small_alert));
  const auto second = client().submit(headers(), std::string(small_alert));
  EXPECT_TRUE(client().wait_for_replies(2));
  EXPECT_EQ(client().at(first).status, 200);
  EXPECT_EQ(client().at(second).resets, std::vector<std::uint32_t>{refused_stream});
  EXPECT_EQ(received(device).size(), 1U);
}

TEST_F(connection, a32_or_ends_the_connection_with_apples_sentence) {
  options.apns_when_over_limit = over_limit::go_away;
  client().submit(headers(), std::string(small_alert));
  client().submit(headers(), std::string(small_alert));
  ASSERT_TRUE(client().wait_for_goaway());
  EXPECT_EQ(client().goaways()[0].debug, "Maximum active streams violated for this endpoint.");
  EXPECT_TRUE(client().wait_for_end());
}

TEST_F(connection, a33_rejections_bring_the_limit_to_one_and_a_good_push_brings_it_back) {
  options.rejections_before_throttle = 2;
  options.apns_first_stream_limit = 1000;
  simulator().call([](gateway_simulator& s) { s.unregister("00", {}); });
  EXPECT_EQ(told(), "200");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(push({{":path", "/3/device/00"}}).status, 410);
  EXPECT_EQ(client().stream_limits().back(), 1000U);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(told({{"apns-priority", "7"}}), "400 BadPriority");
  EXPECT_TRUE(client().wait_for_stream_limit(1));
  EXPECT_EQ(told(), "200");
  EXPECT_TRUE(client().wait_for_stream_limit(1000));
}

TEST_F(connection, a33_many_bad_tokens_end_the_connection) {
  options.bad_tokens_before_goaway = 2;
  EXPECT_EQ(told({{":path", "/3/device/x"}}), "400 BadDeviceToken");
  EXPECT_EQ(told({{":path", "/3/device/x"}}), "400 BadDeviceToken");
  EXPECT_TRUE(client().wait_for_goaway());
  EXPECT_TRUE(client().wait_for_end());
}

TEST_F(connection, a34_stream_above_the_limit_may_be_reset_twice) {
  options.apns_reset_twice = true;
  options.apns_first_stream_limit = 2;
  add_fault("swallow");
  for (int i = 0; i < 2; ++i) client().submit(headers(), std::string(small_alert));
  const auto over = client().submit(headers(), std::string(small_alert));
  EXPECT_TRUE(client().settle());
  EXPECT_EQ(client().at(over).resets,
            (std::vector<std::uint32_t>{refused_stream, NGHTTP2_STREAM_CLOSED}));
}

TEST_F(connection, a34_limit_falls_in_mid_flight) {
  options.apns_first_stream_limit = 100;
  add_fault("streams=3,at=2");
  EXPECT_EQ(told(), "200");
  EXPECT_TRUE(client().wait_for_stream_limit(1000));
  EXPECT_EQ(told(), "200");
  EXPECT_TRUE(client().wait_for_stream_limit(3));
}

TEST_F(connection, a35_goaway_names_what_it_did_not_process) {
  options.apns_first_stream_limit = 100;
  add_fault("delay=1h,at=1");
  add_fault("goaway=NO_ERROR,at=1,debug={\"reason\":\"Shutdown\"}");
  const auto waiting = client().submit(headers(), std::string(small_alert));
  const auto not_processed = client().submit(headers(), std::string(small_alert));
  ASSERT_TRUE(client().wait_for_goaway());
  const goaway& g = client().goaways()[0];
  EXPECT_EQ(g.last, waiting);
  EXPECT_EQ(g.code, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  EXPECT_EQ(g.debug, "{\"reason\":\"Shutdown\"}");
  EXPECT_FALSE(client().at(not_processed).status);
  const auto all = received(device);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[0].taken);
  EXPECT_FALSE(all[1].taken);
  EXPECT_EQ(all[1].reason, "goaway");
}

TEST_F(connection, a35_goaway_may_come_in_two_steps_and_answer_what_it_names) {
  add_fault("goaway=NO_ERROR,last=this,twice");
  const auto id = client().submit(headers(), std::string(small_alert));
  EXPECT_TRUE(client().wait_for_end());
  ASSERT_EQ(client().goaways().size(), 2U);
  EXPECT_EQ(client().goaways()[0].last, 0x7fffffff);
  EXPECT_EQ(client().goaways()[1].last, id);
  EXPECT_EQ(client().at(id).status, 200);
  EXPECT_TRUE(received(device)[0].taken);
}

TEST_F(connection, a35_operator_can_send_every_connection_away) {
  EXPECT_EQ(told(), "200");
  simulator().call([](gateway_simulator& s) { s.go_away(gateway_name::apns, 0, "Shutdown"); });
  EXPECT_TRUE(client().wait_for_goaway());
  EXPECT_EQ(client().goaways()[0].last, 1);
  EXPECT_TRUE(client().wait_for_end());
}

TEST_F(connection, a36_connection_may_be_sent_away_right_after_its_handshake) {
  options.apns_goaway_at_start = R"({"reason":"BadCertificateEnvironment"})";
  ASSERT_TRUE(client().wait_for_goaway());
  EXPECT_EQ(client().goaways()[0].last, 0);
  EXPECT_EQ(client().goaways()[0].code, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  EXPECT_EQ(client().goaways()[0].debug, R"({"reason":"BadCertificateEnvironment"})");
  EXPECT_TRUE(client().wait_for_end());
}

TEST_F(connection, a37_reset_swallow_half_close_and_freeze_are_as_they_say) {
  options.apns_first_stream_limit = 100;
  std::promise<void> fifth;
  options.on_push = [&fifth, seen = 0](const received_push&) mutable {
    if (++seen == 5) fifth.set_value();
  };
  add_fault("reset=INTERNAL_ERROR,at=1,delivered");
  add_fault("swallow,at=1");
  add_fault("Unregistered,at=1,delay=1ms");
  add_fault("close,at=1");
  add_fault("freeze,at=1");
  EXPECT_EQ(push().resets, std::vector<std::uint32_t>{NGHTTP2_INTERNAL_ERROR});
  const auto swallowed = client().submit(headers(), std::string(small_alert));
  EXPECT_TRUE(client().settle());
  EXPECT_FALSE(client().at(swallowed).closed);
  EXPECT_EQ(told(), "410 Unregistered");
  client().submit(headers(), std::string(small_alert));
  EXPECT_TRUE(client().wait_for_end());
  reconnect();
  client().submit(headers(), std::string(small_alert));
  client().send();
  ASSERT_EQ(fifth.get_future().wait_for(test_client::limit), std::future_status::ready);
  const auto all = received(device);
  const std::array<std::string, 5> reasons{"reset", "swallow", "Unregistered", "close", "freeze"};
  ASSERT_EQ(all.size(), reasons.size());
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    EXPECT_EQ(all[i].reason, reasons[i]);
    EXPECT_EQ(all[i].taken, i == 0);
    EXPECT_EQ(all[i].status, i == 2 ? 410 : 0);
  }
}

TEST_F(connection, a37_half_an_answer_never_ends) {
  options.accept_any_authorization = true;
  add_fault("half,gateway=fcm");
  const auto fcm = connect(gateway_name::fcm);
  const auto id = fcm->submit({{":method", "POST"},
                               {":scheme", "https"},
                               {":authority", "localhost"},
                               {":path", "/v1/projects/p/messages:send"}},
                              R"({"message":{"token":"aaaaaaaaaaaaaaaaaaaaaaaa"}})");
  EXPECT_TRUE(fcm->settle());
  EXPECT_EQ(fcm->at(id).status, 200);
  EXPECT_FALSE(fcm->at(id).body.empty());
  EXPECT_FALSE(fcm->at(id).closed);
}

TEST_F(connection, a38_error_body_may_come_in_pieces_or_not_at_all_or_be_new) {
  add_fault("BadTopic,at=1,piece=5");
  add_fault("400,at=1");
  add_fault("BrandNew,at=1,status=418");
  const reply pieces = push();
  EXPECT_EQ(pieces.body, R"({"reason":"BadTopic"})");
  EXPECT_GT(pieces.data_frames.size(), 3U);
  const reply empty = push();
  EXPECT_EQ(empty.status, 400);
  EXPECT_EQ(empty.body, "");
  EXPECT_EQ(told(), "418 BrandNew");
}

TEST_F(connection, a39_a40_small_windows_and_no_header_table_still_work) {
  options.header_table_size = 0;
  options.initial_window_size = 100;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(told({}, std::string(4000, ' ')), "200");
}

TEST_F(connection, key_that_is_revoked_works_on_until_the_connection_ends) {
  EXPECT_EQ(told(), "200");
  simulator().call([](gateway_simulator& s) { s.options().apns_keys.clear(); });
  EXPECT_EQ(told(), "200");
  reconnect();
  EXPECT_EQ(told(), "403 InvalidProviderToken");
}

TEST_F(connection, a42_client_without_h2_or_with_tls_1_1_is_refused) {
  EXPECT_THROW(test_client(port(gateway_name::apns), ca(), {"http/1.1"}), std::runtime_error);
  EXPECT_EQ(client().protocol(), "h2");
  EXPECT_FALSE(takes_tls_1_1(port(gateway_name::apns)));
  test_client silent(port(gateway_name::apns), ca(), {});
  EXPECT_EQ(said(silent.ask(headers(), std::string(small_alert))), "200");
}

TEST_F(connection, f19_more_than_100_streams_end_an_fcm_connection) {
  options.accept_any_authorization = true;
  options.latency = std::chrono::hours(1);
  const auto fcm = connect(gateway_name::fcm);
  for (int i = 0; i < 101; ++i)
    fcm->submit({{":method", "POST"},
                 {":scheme", "https"},
                 {":authority", "localhost"},
                 {":path", "/v1/projects/p/messages:send"}},
                R"({"message":{"token":"aaaaaaaaaaaaaaaaaaaaaaaa"}})");
  ASSERT_TRUE(fcm->wait_for_goaway());
  EXPECT_EQ(fcm->goaways()[0].code, static_cast<std::uint32_t>(NGHTTP2_PROTOCOL_ERROR));
  EXPECT_EQ(fcm->goaways()[0].debug, "exceeded_max_concurrent_streams");
  EXPECT_TRUE(fcm->wait_for_end());
}

TEST_F(connection, f20_three_pings_without_a_request_end_an_fcm_connection) {
  const auto fcm = connect(gateway_name::fcm);
  for (int i = 0; i < 3; ++i) fcm->ping();
  ASSERT_TRUE(fcm->wait_for_goaway());
  EXPECT_EQ(fcm->goaways()[0].code, static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
  EXPECT_EQ(fcm->goaways()[0].debug, "too_many_pings");
  EXPECT_TRUE(fcm->wait_for_end());
}

TEST_F(connection, f21_idle_and_old_connections_are_sent_away) {
  options.connection_idle_limit = std::chrono::milliseconds(20);
  ASSERT_TRUE(client().wait_for_goaway());
  EXPECT_EQ(client().goaways()[0].debug, "session_timeout");
  EXPECT_TRUE(client().wait_for_end());
  reconnect();
  simulator().call([](gateway_simulator& s) {
    s.options().connection_idle_limit = {};
    s.options().connection_maximum_age = std::chrono::milliseconds(20);
  });
  ASSERT_TRUE(client().wait_for_goaway());
  EXPECT_EQ(client().goaways()[0].debug, "max_age");
}

TEST_F(connection, answers_come_late_by_the_latency) {
  options.latency = std::chrono::milliseconds(30);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(told(), "200");
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(30));
}

TEST_F(connection, gateway_that_is_shut_refuses_until_it_is_opened_on_the_same_port) {
  const std::uint16_t here = port(gateway_name::apns);
  EXPECT_EQ(told(), "200");
  simulator().call([](gateway_simulator& s) { s.shut(gateway_name::apns); });
  EXPECT_TRUE(client().wait_for_end());
  EXPECT_THROW(test_client(here, ca()), std::runtime_error);
  simulator().call([](gateway_simulator& s) { s.open(gateway_name::apns); });
  reconnect();
  EXPECT_EQ(told(), "200");
  EXPECT_EQ(port(gateway_name::apns), here);
}

TEST_F(connection, headers_beyond_8000_bytes_are_reset) {
  EXPECT_EQ(push({{"x-large", std::string(9000, 'x')}}).resets,
            std::vector<std::uint32_t>{NGHTTP2_ENHANCE_YOUR_CALM});
}

TEST_F(connection, simulator_on_a_callers_thread_leaves_nothing_running) {
  boost::asio::io_context io(1);
  {
    gateway_simulator here(io, options);
    EXPECT_NE(here.port(gateway_name::apns), 0);
    io.poll();
  }
  EXPECT_EQ(io.stopped(), false);
  io.run();
  EXPECT_TRUE(io.stopped());
}

}  // namespace
}  // namespace paperboy::simulators::test

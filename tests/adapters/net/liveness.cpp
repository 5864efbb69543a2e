// What a connection does when the peer is slow, silent, or gone. The limits are scaled down; those
// in use are held by the rooms of the gateways.
#include <boost/asio/ip/tcp.hpp>

#include "tests/adapters/net/connections_fixture.hpp"

namespace paperboy::net {
namespace {

using namespace std::chrono_literals;
using testing::connections_test;
using testing::numbered;
using testing::peer_connection;
using testing::seen_request;

using clock = std::chrono::steady_clock;
using boost::asio::ip::tcp;

struct liveness : connections_test {
  // The first connection works until its tenth request, then it is a black hole.
  void serve_and_vanish() {
    serve({.on_request = [this](peer_connection& c, const seen_request& r) {
      if (r.connection != 0) return c.respond(r.stream, 200);
      if (peer->requests().size() < 10) return c.respond(r.stream, 200);
      vanished_at = clock::now();
      c.swallow();
    }});
    for (int i = 0; i < 9; ++i) send();
    ASSERT_TRUE(run_until([&] { return answers == 9; }));
  }

  // After one answer no body may be sent any more.
  void serve_and_close_the_window() {
    serve({.on_request = nullptr});
    send();
    ASSERT_TRUE(run_until([&] { return answers == 1; }));
    peer->connection(0).widen(0);
    settle();
  }

  clock::time_point vanished_at;
};

TEST_F(liveness, a_black_hole_is_found_by_ping_and_its_traffic_goes_elsewhere) {
  settings.session.ping_after = 100ms;
  settings.session.ping_ack_limit = 50ms;
  serve_and_vanish();
  const numbered& lost = send();
  ASSERT_TRUE(run_until([&] { return lost.done; }));
  const auto took = clock::now() - vanished_at;
  EXPECT_EQ(lost.end(), attempt_end::ambiguous);
  EXPECT_GE(took, 145ms) << "a peer that only pauses is kept";
  EXPECT_LT(took, 145ms + 10s);
  RecordProperty("milliseconds", static_cast<int>(took / 1ms));
  EXPECT_EQ(connections->counts().lost, 1U);
  EXPECT_EQ(connections->counts().timed_out, 0U) << "found before a request's own limit";

  const numbered& next = send();
  ASSERT_TRUE(run_until([&] { return next.done; }));
  EXPECT_EQ(next.end(), attempt_end::answered);
}

TEST_F(liveness, a_black_hole_is_found_by_silence_where_pings_are_not_allowed) {
  settings.session.ping_after = 0ms;
  settings.session.silence_limit = 120ms;
  serve_and_vanish();
  const numbered& lost = send();
  ASSERT_TRUE(run_until([&] { return lost.done; }));
  EXPECT_EQ(lost.end(), attempt_end::ambiguous);
  EXPECT_EQ(peer->pings(), 0U);

  const numbered& next = send();
  ASSERT_TRUE(run_until([&] { return next.done; }));
  EXPECT_EQ(next.end(), attempt_end::answered);
}

// A connection that died while nothing was sent on it: the first request on it finds out, and does
// not wait for a silence that began only with it.
TEST_F(liveness, a_connection_that_died_while_it_was_idle_is_asked_at_once) {
  settings.session.ping_after = 1500ms;
  settings.session.ping_ack_limit = 100ms;
  serve({.on_request = [](peer_connection& c, const seen_request& r) {
    c.respond(r.stream, 200);
  }});
  send();
  ASSERT_TRUE(run_until([&] { return answers == 1; }));
  peer->connection(0).swallow();
  context.run_for(2s);
  const auto started = clock::now();
  const numbered& lost = send();
  ASSERT_TRUE(run_until([&] { return lost.done; }));
  EXPECT_LT(clock::now() - started, 1200ms);
  EXPECT_EQ(connections->counts().lost, 1U);
}

TEST_F(liveness, a_link_that_does_not_finish_tls_is_given_up) {
  settings.session.handshake_limit = 50ms;
  settings.queue_limit = 300ms;
  // Its kernel takes the connection, and nobody speaks.
  const tcp::acceptor silent(context, {boost::asio::ip::address_v4::loopback(), 0});
  settings.endpoint = {"127.0.0.1", silent.local_endpoint().port()};
  start();
  const numbered& x = send();
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::not_processed);
  EXPECT_GE(connections->counts().failed, 1U);
}

TEST_F(liveness, a_peer_that_reads_slowly_holds_up_nothing_for_good) {
  settings.session.write_limit = 5000ms;
  bool first = true;
  serve({.window = (1U << 20), .on_request = [&](peer_connection& c, const seen_request& r) {
           c.respond(r.stream, 200);
           if (std::exchange(first, false)) c.stop_reading();
         }});
  body.assign(100'000, 'x');
  send();
  ASSERT_TRUE(run_until([&] { return answers == 1; }));
  for (int i = 0; i < 100; ++i) send();
  context.run_for(100ms);
  EXPECT_LT(answers, 101U);
  peer->connection(0).read_on();
  EXPECT_TRUE(run_until([&] { return answers == 101; }));
  EXPECT_EQ(connections->counts().lost, 0U);
}

TEST_F(liveness, a_window_of_sixteen_bytes_is_slow_but_no_deadlock) {
  body.assign(4000, 'x');
  serve({.window = 16, .on_request = nullptr});
  for (int i = 0; i < 20; ++i) send();
  ASSERT_TRUE(run_until([&] { return answers == 20; }));
  for (const seen_request& r : peer->requests()) EXPECT_EQ(r.body.size(), 4000U);
}

TEST_F(liveness, a_window_that_opens_late_lets_everything_through) {
  serve_and_close_the_window();
  for (int i = 0; i < 50; ++i) send();
  ASSERT_TRUE(run_until([&] { return peer->connection(0).open() == 50; }));
  settle();
  EXPECT_EQ(answers, 1U);
  peer->connection(0).widen(65535);
  EXPECT_TRUE(run_until([&] { return answers == 51; }));
}

// The peer lives, answers PING, and never opens its window.
TEST_F(liveness, a_window_that_never_opens_ends_as_not_processed) {
  settings.request_limit = 60ms;
  settings.session.ping_after = 10ms;
  settings.most_openings = 1;
  serve_and_close_the_window();
  for (int i = 0; i < 20; ++i) send();
  ASSERT_TRUE(run_until([&] { return done == 21; }));
  EXPECT_EQ(ambiguous, 0U) << "no body left this process";
  EXPECT_EQ(answers, 1U);
  EXPECT_EQ(connections->counts().timed_out, 20U);

  // The streams are given back, and the connection is of use again.
  peer->connection(0).widen(65535);
  settle();
  const numbered& next = send();
  ASSERT_TRUE(run_until([&] { return next.done; }));
  EXPECT_EQ(next.end(), attempt_end::answered);
}

TEST_F(liveness, a_peer_without_a_header_table_is_obeyed) {
  serve({.header_table = 0, .on_request = nullptr});
  for (int i = 0; i < 200; ++i) send();
  ASSERT_TRUE(run_until([&] { return answers == 200; }));
  EXPECT_EQ(connections->counts().lost, 0U) << "else COMPRESSION_ERROR ends it";
  EXPECT_EQ(peer->requests().back().fields.at(":authority"), "localhost");
}

TEST_F(liveness, a_header_list_above_the_peers_limit_is_not_sent) {
  settings.session.assumed_streams = 1;
  // :method, :scheme, :path and :authority, each with 32 bytes on top (RFC 9113 section 6.5.2).
  serve({.header_list = 100, .on_request = nullptr});
  send();  // before their SETTINGS nothing is known of the limit
  ASSERT_TRUE(run_until([&] { return done == 1; }));
  const std::size_t before = peer->requests().size();
  const numbered& x = send();
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::not_processed);
  EXPECT_EQ(peer->requests().size(), before);
}

TEST_F(liveness, a_header_list_within_the_peers_limit_is_sent) {
  serve({.header_list = 300, .on_request = nullptr});
  for (int i = 0; i < 10; ++i) send();
  ASSERT_TRUE(run_until([&] { return answers == 10; }));
}

}  // namespace
}  // namespace paperboy::net

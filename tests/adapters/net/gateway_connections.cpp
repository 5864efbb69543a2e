#include "adapters/net/gateway_connections.hpp"

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <boost/asio/io_context.hpp>
#include <deque>
#include <memory>
#include <optional>

#include "tests/adapters/net/connections_fixture.hpp"

namespace paperboy::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::connections_test;
using testing::numbered;
using testing::peer_connection;
using testing::peer_script;
using testing::scripted_peer;
using testing::seen_request;

TEST_F(connections_test, connects_only_when_there_is_something_to_send) {
  serve({});
  context.run_for(20ms);
  EXPECT_EQ(peer->accepted(), 0U);
  send();
  ASSERT_TRUE(run_until([&] { return answers == 1; }));
  EXPECT_EQ(peer->accepted(), 1U);
}

TEST_F(connections_test, keeps_one_connection_for_many_requests) {
  serve({});
  for (int i = 0; i < 500; ++i) send();
  ASSERT_TRUE(run_until([&] { return answers == 500; }));
  EXPECT_EQ(connections->counts().failed, 0U);
  EXPECT_EQ(peer->requests().size(), 500U);
}

TEST_F(connections_test, opens_another_when_all_are_full_but_not_above_its_limit) {
  settings.most_connections = 3;
  std::vector<std::pair<peer_connection*, std::int32_t>> held;
  bool release = false;
  serve({.streams = 2, .on_request = [&](peer_connection& c, const seen_request& r) {
           if (release || r.stream == 1) return c.respond(r.stream, 200);
           held.emplace_back(&c, r.stream);
         }});
  for (int i = 0; i < 40; ++i) send();
  ASSERT_TRUE(run_until([&] { return peer->accepted() == 3; }));
  context.run_for(100ms);
  EXPECT_EQ(peer->accepted(), 3U);
  release = true;
  for (const auto& [c, stream] : held) c->respond(stream, 200);
  EXPECT_TRUE(run_until([&] { return answers == 40; }));
}

TEST_F(connections_test, puts_what_was_refused_on_a_stream_again) {
  serve({.on_request = [](peer_connection& c, const seen_request& r) {
    if (r.stream == 1) return c.reset(r.stream, NGHTTP2_REFUSED_STREAM);
    c.respond(r.stream, 200);
  }});
  const numbered& x = send();
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::answered);
  EXPECT_EQ(x.written, 2);
  EXPECT_EQ(connections->counts().resent, 1U);
}

TEST_F(connections_test, gives_up_on_what_is_refused_again_and_again) {
  settings.most_openings = 3;
  serve({.on_request = [](peer_connection& c, const seen_request& r) {
    c.reset(r.stream, NGHTTP2_REFUSED_STREAM);
  }});
  const numbered& x = send();
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::not_processed);
  EXPECT_EQ(x.written, 3);
}

TEST_F(connections_test, moves_what_goaway_left_undone_and_waits_for_the_rest) {
  serve({.on_request = [&](peer_connection& c, const seen_request& r) {
    if (r.connection != 0) return c.respond(r.stream, 200);
    if (peer->requests().size() == 10) c.go_away(9, NGHTTP2_NO_ERROR, "max_age");
  }});
  for (int i = 0; i < 10; ++i) send();
  // Streams 1 to 9 are five requests; the other five go elsewhere, and only they.
  ASSERT_TRUE(run_until([&] { return answers == 5; }));
  for (std::int32_t stream = 1; stream <= 9; stream += 2) {
    peer->connection(0).respond(stream, 200);
  }
  ASSERT_TRUE(run_until([&] { return answers == 10; }));
  EXPECT_EQ(peer->requests().size(), 15U);
  EXPECT_EQ(connections->counts().resent, 5U);
}

TEST_F(connections_test, reconnects_no_faster_than_its_pace_when_goaway_comes_again_and_again) {
  settings.pace.between_connections = 60ms;
  serve({.on_request = [&](peer_connection& c, const seen_request& r) {
    c.respond(r.stream, 200);
    c.go_away(r.stream, NGHTTP2_NO_ERROR, "");
  }});
  const auto started = std::chrono::steady_clock::now();
  for (int i = 0; i < 300; ++i) send();
  ASSERT_TRUE(run_until([&] { return peer->accepted() == 5; }));
  EXPECT_GE(std::chrono::steady_clock::now() - started, 4 * 60ms);
}

TEST_F(connections_test, takes_what_was_in_the_air_for_ambiguous_when_the_connection_is_lost) {
  bool close_it = true;
  serve({.on_request = [&](peer_connection& c, const seen_request& r) {
    if (r.stream == 1) return c.respond(r.stream, 200);
    if (std::exchange(close_it, false)) return c.close();
    c.respond(r.stream, 200);
  }});
  send();
  ASSERT_TRUE(run_until([&] { return done == 1; }));
  const numbered& lost = send();
  ASSERT_TRUE(run_until([&] { return lost.done; }));
  EXPECT_EQ(lost.end(), attempt_end::ambiguous);
  send();
  ASSERT_TRUE(run_until([&] { return done == 3; }));
  EXPECT_EQ(connections->counts().lost, 1U);
}

TEST_F(connections_test, waits_out_a_gateway_that_cannot_be_reached) {
  settings.queue_limit = 120ms;
  peer.emplace(context, peer_script{});
  settings.endpoint = {"localhost", peer->port()};
  peer->stop_listening();
  start();
  const numbered& x = send();
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::not_processed);
  EXPECT_GE(connections->counts().failed, 1U);
  EXPECT_EQ(connections->counts().never_opened, 1U);
}

TEST_F(connections_test, says_so_when_a_name_cannot_be_looked_up) {
  settings.queue_limit = 200ms;
  settings.endpoint = {"no-such-host.invalid", 443};
  start();
  const numbered& x = send();
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::not_processed);
}

TEST_F(connections_test, answers_within_the_request_limit_when_the_peer_does_not) {
  settings.request_limit = 50ms;
  serve({.on_request = [](peer_connection&, const seen_request&) {}});
  const numbered& x = send();
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::ambiguous);
  EXPECT_EQ(connections->counts().timed_out, 1U);
  ASSERT_TRUE(run_until([&] { return !peer->resets().empty(); }));
  EXPECT_EQ(peer->resets()[0], NGHTTP2_CANCEL);
}

TEST_F(connections_test, writes_nothing_while_it_is_held) {
  serve({});
  connections->hold();
  send();
  send();
  ASSERT_TRUE(run_until([&] { return connections->counts().opened == 1; }));
  EXPECT_TRUE(peer->requests().empty());
  connections->resume();
  EXPECT_TRUE(run_until([&] { return answers == 2; }));
}

TEST_F(connections_test, ends_what_waits_when_told_to) {
  serve({});
  connections->hold();
  const numbered& x = send();
  sending = true;
  connections->fail_waiting();
  sending = false;
  EXPECT_FALSE(x.done);
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::not_processed);
}

TEST_F(connections_test, replaces_a_spent_connection_without_losing_its_answers) {
  std::int32_t first = 0;
  serve({.on_request = [&](peer_connection& c, const seen_request& r) {
    if (r.connection != 0) return c.respond(r.stream, 200);
    if (first == 0) {
      first = r.stream;
    } else {
      c.respond(r.stream, 200);
    }
  }});
  const numbered& slow = send();
  const numbered& quick = send();
  ASSERT_TRUE(run_until([&] { return quick.done; }));
  connections->replace(quick.connection());
  const numbered& later = send();
  ASSERT_TRUE(run_until([&] { return later.done; }));
  EXPECT_NE(later.connection(), quick.connection());
  EXPECT_FALSE(slow.done);
  peer->connection(0).respond(first, 200);
  EXPECT_TRUE(run_until([&] { return slow.done; }));
}

TEST_F(connections_test, ends_a_request_that_has_no_room) {
  serve({});
  too_much = true;
  const numbered& x = send();
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::not_processed);
}

TEST_F(connections_test, can_be_destroyed_at_any_moment) {
  for (int turns = 0; turns < 60; turns += 3) {
    asio::io_context own(1);
    scripted_peer p(own, {.on_request = [](peer_connection& c, const seen_request& r) {
                      if (r.stream % 4 == 1) c.respond(r.stream, 200);
                    }});
    struct silent final : gateway_connections::user {
      void write(http2_exchange& x) noexcept override {
        x.field(":method", "POST");
        x.field(":scheme", "https");
        x.field(":path", "/");
        x.field(":authority", "localhost");
        x.body("{}");
      }
      void answered(http2_exchange&) noexcept override {}
    } user;
    settings.endpoint = {"localhost", p.port()};
    auto all = std::make_unique<std::deque<numbered>>();
    std::optional<gateway_connections> c;
    c.emplace(own,
              tls_client(testing::server_certificate().certificate, application_protocol::http2),
              settings, user);
    for (int i = 0; i < 8; ++i) c->send(all->emplace_back());
    for (int i = 0; i < turns; ++i) own.run_one_for(2ms);
    c.reset();
    all.reset();
    own.run_for(1ms);
  }
}

}  // namespace
}  // namespace paperboy::net

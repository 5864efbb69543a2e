// GOAWAY, RST_STREAM and a stream limit that moves, under load: nothing lost, nothing sent twice
// that the peer had in hand, and no storm of new connections.
#include <nghttp2/nghttp2.h>

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <set>

#include "tests/adapters/net/connections_fixture.hpp"

namespace paperboy::net {
namespace {

using namespace std::chrono_literals;
using testing::connections_test;
using testing::number_of;
using testing::numbered;
using testing::peer_connection;
using testing::seen_request;

constexpr std::int32_t largest_id = (1U << 31) - 1;

struct farewell {
  std::string name;
  std::uint32_t code;
  std::string debug;
};

struct goaway : connections_test, ::testing::WithParamInterface<farewell> {
  // The first connection keeps what comes, all others answer.
  void serve_and_keep() {
    settings.most_connections = 1;
    settings.session.assumed_streams = 1;
    serve({.streams = 600, .on_request = [this](peer_connection& c, const seen_request& r) {
             ++seen[number_of(r)];
             if (r.connection != 0) c.respond(r.stream, 200);
           }});
  }

  void fill(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) send();
    ASSERT_TRUE(run_until([&] { return peer->requests().size() == count; }));
  }

  std::map<int, int> seen;  // how often a request reached the peer
};

TEST_P(goaway, resends_what_is_above_the_last_id_at_once_and_awaits_the_rest) {
  serve_and_keep();
  fill(500);
  // 200 requests are at or below the last id.
  peer->connection(0).go_away(2 * 200 - 1, GetParam().code, GetParam().debug);
  ASSERT_TRUE(run_until([&] { return answers == 300; }));
  context.run_for(20ms);
  EXPECT_EQ(done, 300U) << "the others wait";
  for (int number = 1; number <= 200; ++number) {
    EXPECT_EQ(seen[number], 1) << number;
    peer->connection(0).respond(2 * number - 1, 200);
  }
  ASSERT_TRUE(run_until([&] { return done == 500; }));
  EXPECT_EQ(answers, 500U);
  EXPECT_EQ(connections->counts().resent, 300U);
  EXPECT_EQ(peer->requests().size(), 800U);
  EXPECT_EQ(peer->accepted(), 2U);
}

TEST_P(goaway, takes_what_was_in_hand_for_ambiguous_when_the_peer_then_closes) {
  serve_and_keep();
  fill(40);
  peer->connection(0).go_away(2 * 10 - 1, GetParam().code, GetParam().debug);
  ASSERT_TRUE(run_until([&] { return answers == 30; }));
  peer->connection(0).close();
  ASSERT_TRUE(run_until([&] { return done == 40; }));
  EXPECT_EQ(ambiguous, 10U);
  EXPECT_EQ(connections->counts().failed, 1U) << "it brought no answer at all";
}

INSTANTIATE_TEST_SUITE_P(
    every_kind, goaway,
    ::testing::Values(farewell{"apple_json", NGHTTP2_NO_ERROR, R"({"reason":"Shutdown"})"},
                      farewell{"apple_text", NGHTTP2_PROTOCOL_ERROR,
                               "Maximum active streams violated for this endpoint."},
                      farewell{"empty", NGHTTP2_NO_ERROR, ""},
                      farewell{"bytes", NGHTTP2_INTERNAL_ERROR, std::string("\0\xff\r\n{", 5)},
                      farewell{"long", NGHTTP2_NO_ERROR, std::string(8000, 'x')},
                      farewell{"too_many_streams", NGHTTP2_PROTOCOL_ERROR,
                               "exceeded_max_concurrent_streams"},
                      farewell{"too_many_pings", NGHTTP2_ENHANCE_YOUR_CALM, "too_many_pings"},
                      farewell{"session_timeout", NGHTTP2_NO_ERROR, "session_timeout"},
                      farewell{"max_age", NGHTTP2_NO_ERROR, "max_age"},
                      farewell{"server_shutting_down", NGHTTP2_NO_ERROR, "server_shutting_down"}),
    [](const auto& one) { return one.param.name; });

using goaways = goaway;

TEST_F(goaways, resends_nothing_at_the_first_of_two_steps_but_opens_nothing_on_it_either) {
  serve_and_keep();
  fill(20);
  peer->connection(0).go_away(largest_id, NGHTTP2_NO_ERROR, "");
  settle();
  const numbered& later = send();
  ASSERT_TRUE(run_until([&] { return later.done; }));
  EXPECT_EQ(peer->requests().back().connection, 1U);
  EXPECT_EQ(connections->counts().resent, 0U);

  peer->connection(0).go_away(2 * 15 - 1, NGHTTP2_NO_ERROR, R"({"reason":"Shutdown"})");
  ASSERT_TRUE(run_until([&] { return answers == 1 + 5; }));
  EXPECT_EQ(connections->counts().resent, 5U);
  for (int number = 1; number <= 15; ++number) peer->connection(0).respond(2 * number - 1, 200);
  ASSERT_TRUE(run_until([&] { return answers == 21; }));
  for (int number = 1; number <= 15; ++number) EXPECT_EQ(seen[number], 1) << number;
}

TEST_F(goaways, awaits_answers_no_longer_than_the_limit) {
  settings.request_limit = 80ms;
  serve_and_keep();
  fill(10);
  const auto started = std::chrono::steady_clock::now();
  peer->connection(0).go_away(2 * 10 - 1, NGHTTP2_NO_ERROR, "");
  ASSERT_TRUE(run_until([&] { return done == 10; }));
  EXPECT_LT(std::chrono::steady_clock::now() - started, 2s);
  EXPECT_EQ(ambiguous, 10U);
}

TEST_F(goaways, acts_once_on_a_stream_that_is_reset_twice) {
  serve({.on_request = [this](peer_connection& c, const seen_request& r) {
    if (++seen[number_of(r)] > 1) return c.respond(r.stream, 200);
    c.reset(r.stream, NGHTTP2_REFUSED_STREAM);
    std::string frame("\0\0\x4\x3\0\0\0\0\0\0\0\0\0", 13);  // RST_STREAM, of no stream yet
    frame[7] = static_cast<char>(r.stream >> 8);
    frame[8] = static_cast<char>(r.stream & 0xff);
    frame[12] = NGHTTP2_STREAM_CLOSED;
    c.raw(frame);
  }});
  for (int i = 0; i < 20; ++i) send();
  ASSERT_TRUE(run_until([&] { return answers == 20; }));
  EXPECT_EQ(connections->counts().resent, 20U);
  EXPECT_EQ(peer->accepted(), 1U) << "the connection stays";
  for (const auto& [number, times] : seen) EXPECT_EQ(times, 2) << number;
}

TEST_F(goaways, keeps_a_connection_whose_new_limit_found_many_streams_open) {
  settings.most_connections = 1;
  std::size_t kept = 0;
  serve({.streams = 200, .on_request = [&](peer_connection& c, const seen_request& r) {
           if (r.stream == 1 || kept == 100) return c.respond(r.stream, 200);
           if (++kept != 100) return;
           c.limit_streams(7);
           const std::size_t count = peer->requests().size();
           for (std::size_t i = 1; i < count; ++i) {
             c.reset(peer->requests()[i].stream, NGHTTP2_REFUSED_STREAM);
           }
         }});
  for (int i = 0; i < 101; ++i) send();
  ASSERT_TRUE(run_until([&] { return answers == 101; }));
  EXPECT_EQ(connections->counts().resent, 100U);
  EXPECT_EQ(peer->accepted(), 1U);
}

TEST_F(goaways, leaves_a_connection_that_only_refuses) {
  serve({.on_request = [&](peer_connection& c, const seen_request& r) {
    if (r.connection == 0) return c.reset(r.stream, NGHTTP2_REFUSED_STREAM);
    c.respond(r.stream, 200);
  }});
  for (int i = 0; i < 40; ++i) send();
  ASSERT_TRUE(run_until([&] { return answers == 40; }));
  EXPECT_EQ(peer->accepted(), 2U);
}

TEST_F(goaways, every_hundred_requests_lose_and_double_nothing_and_raise_no_storm) {
  constexpr std::size_t count = 5000;
  settings.most_connections = 4;
  settings.pace.between_connections = 50ms;
  settings.queue_limit = 60s;
  settings.most_openings = 1000;
  std::size_t since = 0;
  std::map<std::size_t, std::int32_t> last;  // of connections that were ended
  std::map<int, int> processed;
  serve({.streams = 200, .on_request = [&](peer_connection& c, const seen_request& r) {
           const auto gone = last.find(r.connection);
           if (gone != last.end() && r.stream > gone->second) return;  // on its way already
           if (++since == 100) {
             since = 0;
             last[r.connection] = r.stream - 2;
             return c.go_away(r.stream - 2, NGHTTP2_NO_ERROR, "");
           }
           ++processed[number_of(r)];
           c.respond(r.stream, 200);
         }});
  const auto started = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < count; ++i) send();
  ASSERT_TRUE(run_until([&] { return done == count; }, 60s));
  const auto took = std::chrono::steady_clock::now() - started;

  EXPECT_EQ(answers, count) << "lost";
  EXPECT_EQ(processed.size(), count);
  for (const auto& [number, times] : processed) EXPECT_EQ(times, 1) << number << " doubled";
  EXPECT_GE(peer->accepted(), count / 100);
  // One for each interval, and those that were opened for load before the first GOAWAY.
  EXPECT_LE(peer->accepted(), static_cast<std::size_t>(took / 50ms) + settings.most_connections);
  RecordProperty("goaways", static_cast<int>(last.size()));
  RecordProperty("resent", static_cast<int>(connections->counts().resent));
  RecordProperty("connections", static_cast<int>(peer->accepted()));
  RecordProperty("milliseconds", static_cast<int>(took / 1ms));
}

TEST_F(goaways, counts_connections_that_the_peer_ended_though_nothing_was_open) {
  serve({.on_request = nullptr});
  send();
  ASSERT_TRUE(run_until([&] { return answers == 1; }));
  peer->connection(0).go_away(1, NGHTTP2_NO_ERROR, "session_timeout");
  send();
  ASSERT_TRUE(run_until([&] { return answers == 2; }));
  ASSERT_TRUE(run_until([&] { return connections->counts().lost == 1; }));
  EXPECT_EQ(connections->counts().failed, 0U);
}

// The peer ends a connection on which more streams are open than it was acknowledged (RFC 9113
// section 5.1.2), so one that lives was never wronged.
TEST_F(goaways, a_limit_that_moves_under_load_is_never_violated) {
  constexpr std::size_t count = 4000;
  settings.most_connections = 2;
  settings.session.assumed_streams = 1;
  settings.queue_limit = 60s;
  settings.most_openings = 1000;
  std::map<int, int> processed;
  std::deque<std::pair<peer_connection*, std::int32_t>> held;
  std::set<peer_connection*> served;
  std::size_t most_held = 0;
  serve({.streams = 1, .on_request = [&](peer_connection& c, const seen_request& r) {
           ++processed[number_of(r)];
           served.insert(&c);
           held.emplace_back(&c, r.stream);
           most_held = std::max(most_held, held.size());
         }});
  for (std::size_t i = 0; i < count; ++i) send();

  const std::vector<std::uint32_t> limits{1, 1000, 1, 0, 100};
  std::size_t turn = 0;
  std::size_t turns_with_nothing = 0;
  boost::asio::steady_timer timer(context);
  std::function<void()> next = [&] {
    timer.expires_after(10ms);
    timer.async_wait([&](error_code cancelled) {
      if (cancelled) return;
      const std::uint32_t limit = limits[++turn % limits.size()];
      for (peer_connection* const c : served) c->limit_streams(limit);
      // Half is answered, so that many are open whenever the limit moves.
      for (std::size_t left = (held.size() + 1) / 2; left != 0; --left) {
        held.front().first->respond(held.front().second, 200);
        held.pop_front();
      }
      if (limit == 0) ++turns_with_nothing;
      next();
    });
  };
  next();
  ASSERT_TRUE(run_until([&] { return done == count; }, 60s));
  timer.cancel();
  EXPECT_EQ(answers, count);
  EXPECT_EQ(connections->counts().lost + connections->counts().failed, 0U);
  for (const auto& [number, times] : processed) EXPECT_EQ(times, 1) << number;
  EXPECT_GT(most_held, 500U);
  EXPECT_GE(turns_with_nothing, 2U);
  RecordProperty("refused", static_cast<int>(connections->counts().resent));
  RecordProperty("turns", static_cast<int>(turn));
}

}  // namespace
}  // namespace paperboy::net

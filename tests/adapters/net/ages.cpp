// How many connections there are, and for how long.
#include <map>
#include <vector>

#include "tests/adapters/net/connections_fixture.hpp"

namespace paperboy::net {
namespace {

using namespace std::chrono_literals;
using testing::connections_test;
using testing::peer_connection;
using testing::seen_request;

using clock = std::chrono::steady_clock;
using ages = connections_test;

TEST_F(ages, a_connection_in_use_is_changed_for_a_fresh_one_before_it_is_too_old) {
  settings.pace.max_age = 1s;
  serve({});
  const auto opened = clock::now();  // not later than the connection is
  send();
  ASSERT_TRUE(run_until([&] { return answers == 1; }));
  // Kept in use, so that it must be replaced rather than let go.
  ASSERT_TRUE(run_until([&] {
    if (done == exchanges.size()) send();
    return peer->accepted() == 2;
  }));
  EXPECT_GE(clock::now() - opened, 795ms) << "four fifths of its age";
  ASSERT_TRUE(run_until([&] {
    if (done == exchanges.size()) send();
    return connections->connections() == 1;
  }));
  ASSERT_TRUE(run_until([&] { return done == exchanges.size(); }));
  EXPECT_EQ(answers, exchanges.size());
  EXPECT_EQ(connections->counts().resent, 0U);
  EXPECT_EQ(connections->counts().lost, 0U) << "it ended by our will";
}

TEST_F(ages, an_unused_connection_is_let_go_when_it_is_old_and_not_replaced) {
  settings.pace.max_age = 500ms;
  serve({});
  send();
  ASSERT_TRUE(run_until([&] { return answers == 1; }));
  ASSERT_TRUE(run_until([&] { return connections->connections() == 0; }));
  context.run_for(100ms);
  EXPECT_EQ(peer->accepted(), 1U);
}

TEST_F(ages, what_was_opened_for_load_is_let_go_when_the_load_is_over_but_for_the_last) {
  settings.most_connections = 4;
  settings.spare_idle = 50ms;
  std::vector<std::pair<peer_connection*, std::int32_t>> held;
  bool release = false;
  serve({.streams = 5, .on_request = [&](peer_connection& c, const seen_request& r) {
           if (release || r.stream == 1) return c.respond(r.stream, 200);
           held.emplace_back(&c, r.stream);
         }});
  for (int i = 0; i < 60; ++i) send();
  ASSERT_TRUE(run_until([&] { return connections->connections() == 4; }));
  release = true;
  for (const auto& [c, stream] : held) c->respond(stream, 200);
  ASSERT_TRUE(run_until([&] { return answers == 60; }));
  ASSERT_TRUE(run_until([&] { return connections->connections() == 1; }));
  context.run_for(100ms);
  EXPECT_EQ(connections->connections(), 1U);
  EXPECT_EQ(connections->counts().lost, 0U);
}

TEST_F(ages, load_is_spread_so_that_one_lost_packet_holds_up_few) {
  settings.most_connections = 3;
  settings.session.assumed_streams = 1;
  std::map<std::size_t, std::size_t> held;
  serve({.streams = 9, .on_request = [&](peer_connection& c, const seen_request& r) {
           if (r.stream == 1) return c.respond(r.stream, 200);
           ++held[r.connection];
         }});
  for (int i = 0; i < 3 + 27 + 5; ++i) send();
  ASSERT_TRUE(run_until([&] { return connections->waiting() == 5; }));
  context.run_for(20ms);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(held[i], 9U) << i;
}

}  // namespace
}  // namespace paperboy::net

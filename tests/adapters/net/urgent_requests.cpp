#include <nghttp2/nghttp2.h>

#include "tests/adapters/net/connections_fixture.hpp"

namespace paperboy::net {
namespace {

using namespace std::chrono_literals;
using testing::connections_test;
using testing::number_of;
using testing::numbered;
using testing::peer_connection;
using testing::seen_request;

struct urgent_requests : connections_test {
  // A peer that answers when told to.
  void serve_slowly(std::uint32_t streams) {
    settings.session.assumed_streams = 1;
    serve({.streams = streams, .on_request = [this](peer_connection& c, const seen_request& r) {
             if (number_of(r) == 1) return c.respond(r.stream, 200);
             held.emplace_back(&c, r.stream);
           }});
    send();
    ASSERT_TRUE(run_until([&] { return answers == 1; }));
  }

  void release_one() {
    const auto [c, stream] = held.front();
    held.pop_front();
    c->respond(stream, 200);
  }

  int last_seen() const { return number_of(peer->requests().back()); }

  std::deque<std::pair<peer_connection*, std::int32_t>> held;
};

TEST_F(urgent_requests, leave_at_once_where_every_other_stream_is_taken) {
  settings.most_connections = 2;
  serve_slowly(100);
  for (int i = 0; i < 1180; ++i) send();
  ASSERT_TRUE(run_until([&] { return held.size() == 2 * 90; }));
  EXPECT_EQ(connections->waiting(), 1000U);

  const numbered& breaking = send(urgency::urgent);
  EXPECT_EQ(connections->waiting(), 1000U) << "it does not wait at all";
  ASSERT_TRUE(run_until([&] { return last_seen() == breaking.number; }));
  EXPECT_EQ(answers, 1U) << "nothing had to be answered first";
}

TEST_F(urgent_requests, may_take_every_stream) {
  settings.most_connections = 1;
  serve_slowly(20);
  for (int i = 0; i < 30; ++i) send();
  ASSERT_TRUE(run_until([&] { return held.size() == 18; }));
  for (int i = 0; i < 5; ++i) send(urgency::urgent);
  ASSERT_TRUE(run_until([&] { return held.size() == 20; }));
  EXPECT_EQ(connections->waiting(), 12U + 3U);

  // While urgent ones are under way above the ordinary share, nothing ordinary is opened.
  for (int i = 0; i < 3; ++i) release_one();
  ASSERT_TRUE(run_until([&] { return held.size() == 20; }));
  EXPECT_EQ(connections->waiting(), 12U);
}

TEST_F(urgent_requests, get_the_next_stream_where_there_is_only_one) {
  settings.most_connections = 1;
  serve_slowly(1);
  for (int i = 0; i < 1000; ++i) send();
  ASSERT_TRUE(run_until([&] { return held.size() == 1; }));
  const numbered& first = send(urgency::urgent);
  const numbered& second = send(urgency::urgent);
  for (const numbered* const breaking : {&first, &second}) {
    release_one();
    ASSERT_TRUE(run_until([&] { return held.size() == 1; }));
    EXPECT_EQ(last_seen(), breaking->number);
  }
  release_one();
  ASSERT_TRUE(run_until([&] { return held.size() == 1; }));
  EXPECT_EQ(last_seen(), 3) << "then the oldest of the others";
}

TEST_F(urgent_requests, stay_urgent_when_they_are_refused) {
  settings.most_connections = 1;
  serve_slowly(1);
  for (int i = 0; i < 10; ++i) send();
  ASSERT_TRUE(run_until([&] { return held.size() == 1; }));
  const numbered& breaking = send(urgency::urgent);
  release_one();
  ASSERT_TRUE(run_until([&] { return held.size() == 1; }));
  ASSERT_EQ(last_seen(), breaking.number);

  held.front().first->reset(held.front().second, NGHTTP2_REFUSED_STREAM);
  held.clear();
  ASSERT_TRUE(run_until([&] { return held.size() == 1; }));
  EXPECT_EQ(last_seen(), breaking.number);
  EXPECT_EQ(breaking.written, 2);
  EXPECT_EQ(connections->counts().resent, 1U);
}

TEST_F(urgent_requests, wait_no_longer_than_the_limit_either) {
  settings.queue_limit = 60ms;
  serve({});
  connections->hold();
  const numbered& ordinary = send();
  const numbered& breaking = send(urgency::urgent);
  ASSERT_TRUE(run_until([&] { return done == 2; }));
  EXPECT_EQ(ordinary.end(), attempt_end::not_processed);
  EXPECT_EQ(breaking.end(), attempt_end::not_processed);
  EXPECT_EQ(connections->counts().never_opened, 2U);
}

TEST_F(urgent_requests, end_with_the_others_when_the_credential_is_refused) {
  serve({});
  connections->hold();
  const numbered& breaking = send(urgency::urgent);
  send();
  connections->fail_waiting();
  ASSERT_TRUE(run_until([&] { return done == 2; }));
  EXPECT_EQ(breaking.end(), attempt_end::not_processed);
}

TEST_F(connections_test, what_comes_back_keeps_its_place_by_age) {
  settings.most_connections = 1;
  settings.session.assumed_streams = 1;
  std::vector<int> order;
  serve({.streams = 3, .on_request = [&](peer_connection& c, const seen_request& r) {
           if (r.stream > 5) {
             order.push_back(number_of(r));
             return c.respond(r.stream, 200);
           }
           if (peer->requests().size() < 3) return;
           c.limit_streams(1);
           for (const std::int32_t stream : {1, 3, 5}) c.reset(stream, NGHTTP2_REFUSED_STREAM);
         }});
  for (int i = 0; i < 6; ++i) send();
  ASSERT_TRUE(run_until([&] { return answers == 6; }));
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3, 4, 5, 6}));
}

}  // namespace
}  // namespace paperboy::net

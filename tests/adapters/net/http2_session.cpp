#include "adapters/net/http2_session.hpp"

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <boost/asio/io_context.hpp>
#include <deque>
#include <optional>

#include "tests/adapters/net/certificates.hpp"
#include "tests/adapters/net/scripted_peer.hpp"

namespace paperboy::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::peer_connection;
using testing::peer_script;
using testing::scripted_peer;
using testing::seen_request;

struct plain_exchange : http2_exchange {
  std::string content = R"({"hello":"world"})";
  std::string id = "0e5ec4ad-0000-0000-0000-000000000000";  // gone with it
  bool done = false;
};

struct session_test : ::testing::Test, http2_session::owner {
  void connect(peer_script script) {
    peer.emplace(context, std::move(script));
    asio::ip::tcp::socket socket(context);
    socket.connect({asio::ip::address_v4::loopback(), peer->port()});
    settings.host = host;
    session = std::make_shared<http2_session>(
        context, std::move(socket),
        tls_client(testing::server_certificate().certificate, application_protocol::http2),
        settings, 7, *this);
    session->start();
    run_until([&] { return session->ready() || closed; });
  }

  template <class Condition>
  bool run_until(Condition condition, std::chrono::milliseconds limit = 10s) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      context.run_one_for(1ms);
      if (session && ticking) session->tick(std::chrono::steady_clock::now());
    }
    return true;
  }

  plain_exchange& send(std::size_t body_size = 0) {
    plain_exchange& x = exchanges.emplace_back();
    if (body_size != 0) x.content.assign(body_size, 'x');
    x.field(":method", "POST");
    x.field(":scheme", "https");
    x.field(":path", "/3/device/00");
    x.field(":authority", "localhost");
    x.field("apns-id", x.id, http2_exchange::repeats::no);
    x.body(x.content);
    submitted = session->submit(x);
    return x;
  }

  void session_ready(http2_session&) noexcept override { ++readies; }
  void session_answered(http2_session&, http2_exchange& x) noexcept override {
    static_cast<plain_exchange&>(x).done = true;
    ++answered;
  }
  void session_has_room(http2_session&) noexcept override { ++rooms; }
  void session_closed(http2_session&, error_code how, std::string_view reason) noexcept override {
    closed = true;
    closed_how = how;
    why = reason;
  }

  asio::io_context context{1};
  std::optional<scripted_peer> peer;
  session_settings settings;
  std::string host = "localhost";
  std::shared_ptr<http2_session> session;
  std::deque<plain_exchange> exchanges;
  bool submitted = false;
  bool ticking = true;
  int readies = 0;
  std::size_t answered = 0;
  int rooms = 0;
  bool closed = false;
  error_code closed_how;
  std::string why;
};

TEST_F(session_test, brings_a_request_there_and_its_answer_back) {
  connect({.on_request = [](peer_connection& c, const seen_request& r) {
    c.respond(r.stream, 503, {R"({"reason":)", R"("ServiceUnavailable"})"},
              {{"retry-after", "120"}});
  }});
  const plain_exchange& x = send();
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::answered);
  EXPECT_EQ(x.status(), 503);
  EXPECT_EQ(x.answer_body(), R"({"reason":"ServiceUnavailable"})");
  EXPECT_EQ(x.retry_after(), "120");
  EXPECT_EQ(x.connection(), 7U);
  ASSERT_EQ(peer->requests().size(), 1U);
  EXPECT_EQ(peer->requests()[0].body, R"({"hello":"world"})");
  EXPECT_EQ(peer->requests()[0].fields.at(":path"), "/3/device/00");
}

TEST_F(session_test, does_not_take_the_first_data_for_the_end_of_an_answer) {
  std::int32_t stream = 0;
  connect({.on_request = [&](peer_connection& c, const seen_request& r) {
    stream = r.stream;
    c.respond(r.stream, 200, {R"({"name":"projects/p/messages/1"})", ""});
  }});
  const plain_exchange& x = send();
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::answered);
  EXPECT_EQ(x.answer_body(), R"({"name":"projects/p/messages/1"})");
}

TEST_F(session_test, opens_no_more_streams_than_assumed_before_the_peers_settings) {
  settings.assumed_streams = 1;
  connect({.send_settings = false, .on_request = [](peer_connection&, const seen_request&) {}});
  send();
  EXPECT_TRUE(submitted);
  send();
  EXPECT_FALSE(submitted);
  EXPECT_EQ(session->room(urgency::urgent), 0U);
}

TEST_F(session_test, follows_the_peers_stream_limit_as_it_moves) {
  settings.assumed_streams = 1;
  connect({.streams = 1, .on_request = [](peer_connection&, const seen_request&) {}});
  send();
  ASSERT_TRUE(run_until([&] { return peer->requests().size() == 1; }));
  EXPECT_EQ(session->room(urgency::urgent), 0U);

  peer->connection(0).limit_streams(1000);
  ASSERT_TRUE(run_until([&] { return session->room(urgency::urgent) == 999; }));
  for (int i = 0; i < 9; ++i) send();
  ASSERT_TRUE(run_until([&] { return peer->requests().size() == 10; }));

  peer->connection(0).limit_streams(0);
  ASSERT_TRUE(run_until([&] { return session->room(urgency::urgent) == 0; }));
  EXPECT_EQ(session->open(), 10U);
  for (const auto& r : peer->requests()) peer->connection(0).respond(r.stream, 200);
  ASSERT_TRUE(run_until([&] { return answered == 10; }));
  EXPECT_EQ(session->room(urgency::urgent), 0U);

  peer->connection(0).limit_streams(5);
  EXPECT_TRUE(run_until([&] { return session->room(urgency::urgent) == 5; }));
}

TEST_F(session_test, keeps_to_its_own_cap_whatever_the_peer_allows) {
  settings.most_streams = 100;
  connect({.streams = 5000});
  ASSERT_TRUE(run_until([&] { return rooms > 0; }));
  EXPECT_EQ(session->room(urgency::urgent), 100U);
}

TEST_F(session_test, takes_a_refused_stream_for_not_processed) {
  connect({.on_request = [](peer_connection& c, const seen_request& r) {
    c.reset(r.stream, NGHTTP2_REFUSED_STREAM);
  }});
  ASSERT_TRUE(run_until([&] { return rooms > 0; }));  // their limit is known
  const plain_exchange& x = send();
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::not_processed);
  EXPECT_EQ(session->refusals_in_a_row(), 1U);
}

TEST_F(session_test, takes_any_other_reset_for_ambiguous) {
  connect({.on_request = [](peer_connection& c, const seen_request& r) {
    c.reset(r.stream, NGHTTP2_INTERNAL_ERROR);
  }});
  const plain_exchange& x = send();
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::ambiguous);
}

TEST_F(session_test, takes_half_an_answer_for_ambiguous) {
  connect({.on_request = [](peer_connection& c, const seen_request& r) {
    c.respond_in_part(r.stream, 200, R"({"name":)");
  }});
  const plain_exchange& x = send();
  ASSERT_TRUE(run_until([&] { return peer->requests().size() == 1; }));
  context.run_for(20ms);
  peer->connection(0).close();
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::ambiguous);
  EXPECT_TRUE(closed);
}

TEST_F(session_test,
       takes_streams_above_the_goaways_last_id_for_not_processed_and_awaits_the_rest) {
  connect({.on_request = [](peer_connection&, const seen_request&) {}});
  for (int i = 0; i < 4; ++i) send();
  ASSERT_TRUE(run_until([&] { return peer->requests().size() == 4; }));
  peer->connection(0).go_away(3, NGHTTP2_NO_ERROR, R"({"reason":"Shutdown"})");
  ASSERT_TRUE(run_until([&] { return answered == 2; }));
  EXPECT_TRUE(session->draining());
  EXPECT_EQ(session->room(urgency::urgent), 0U);
  EXPECT_EQ(exchanges[2].end(), attempt_end::not_processed);
  EXPECT_EQ(exchanges[3].end(), attempt_end::not_processed);

  peer->connection(0).respond(1, 200);
  peer->connection(0).respond(3, 200);
  ASSERT_TRUE(run_until([&] { return closed; }));
  EXPECT_EQ(exchanges[0].end(), attempt_end::answered);
  EXPECT_EQ(exchanges[1].end(), attempt_end::answered);
  EXPECT_EQ(why, R"(GOAWAY {"reason":"Shutdown"})");
}

TEST_F(session_test, gives_up_on_a_drained_connection_whose_answers_stay_out) {
  settings.drain_limit = 50ms;
  connect({.on_request = [](peer_connection&, const seen_request&) {}});
  const plain_exchange& x = send();
  ASSERT_TRUE(run_until([&] { return peer->requests().size() == 1; }));
  peer->connection(0).go_away(1, NGHTTP2_NO_ERROR, "");
  ASSERT_TRUE(run_until([&] { return closed; }));
  EXPECT_EQ(x.end(), attempt_end::ambiguous);
}

TEST_F(session_test, what_never_left_was_not_processed) {
  // The peer's window is closed: the head goes out, the body does not.
  connect({.window = 0, .on_request = [](peer_connection&, const seen_request&) {}});
  bool head_came = false;
  ASSERT_TRUE(run_until([&] { return rooms > 0; }));
  const plain_exchange& x = send();
  ASSERT_TRUE(run_until([&] { return (head_came = peer->connection(0).open() == 1); }));
  peer->connection(0).close();
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::not_processed);
}

TEST_F(session_test, resets_a_stream_that_it_gives_up) {
  connect({.on_request = [](peer_connection&, const seen_request&) {}});
  plain_exchange& x = send();
  ASSERT_TRUE(run_until([&] { return peer->requests().size() == 1; }));
  session->cancel(x);
  EXPECT_EQ(x.end(), attempt_end::ambiguous);
  ASSERT_TRUE(run_until([&] { return !peer->resets().empty(); }));
  EXPECT_EQ(peer->resets()[0], NGHTTP2_CANCEL);
  ASSERT_TRUE(run_until([&] { return session->open() == 0; }));
  EXPECT_FALSE(x.done);
}

TEST_F(session_test, a_request_given_up_before_it_left_leaves_no_trace) {
  connect({});
  plain_exchange& x = send();
  session->cancel(x);
  EXPECT_EQ(x.end(), attempt_end::not_processed);
  exchanges.clear();
  const plain_exchange& next = send();
  ASSERT_TRUE(run_until([&] { return next.done; }));
  EXPECT_EQ(peer->requests().size(), 1U);
  EXPECT_EQ(session->open(), 0U);
}

TEST_F(session_test, notices_a_dead_link_by_a_ping_that_stays_unanswered) {
  settings.ping_after = 30ms;
  settings.ping_ack_limit = 30ms;
  connect({.on_request = [](peer_connection& c, const seen_request&) { c.swallow(); }});
  const plain_exchange& x = send();
  ASSERT_TRUE(run_until([&] { return closed; }));
  EXPECT_EQ(closed_how, errc::timed_out);
  EXPECT_EQ(why, "no answer to PING");
  EXPECT_EQ(x.end(), attempt_end::ambiguous);
}

TEST_F(session_test, keeps_a_slow_but_living_peer) {
  settings.ping_after = 5ms;
  settings.ping_ack_limit = 2000ms;
  connect({.on_request = [](peer_connection&, const seen_request&) {}});
  send();
  ASSERT_TRUE(run_until([&] { return peer->pings() >= 3; }));
  EXPECT_FALSE(closed);
}

TEST_F(session_test, never_pings_a_peer_that_ends_connections_for_it) {
  settings.ping_after = 0ms;
  settings.silence_limit = 60ms;
  connect({.on_request = [](peer_connection&, const seen_request&) {}});
  send();
  ASSERT_TRUE(run_until([&] { return closed; }));
  EXPECT_EQ(why, "nothing came for too long");
  EXPECT_EQ(peer->pings(), 0U);
}

TEST_F(session_test, answers_the_peers_ping) {
  connect({.on_request = [](peer_connection& c, const seen_request& r) {
    c.respond(r.stream, 200);
    c.ping();
  }});
  send();
  EXPECT_TRUE(run_until([&] { return peer->ping_acks() == 1; }));
}

TEST_F(session_test, closes_when_the_peer_takes_no_bytes) {
  settings.ping_after = 0ms;
  settings.write_limit = 50ms;
  connect(
      {.window = (1U << 31) - 1, .on_head = [](peer_connection& c, std::int32_t) { c.swallow(); }});
  ASSERT_TRUE(run_until([&] { return rooms > 0; }));
  // More than the sockets' buffers hold, many times over.
  for (int i = 0; i < 60; ++i) send(1 << 20);
  ASSERT_TRUE(run_until([&] { return closed; }));
  EXPECT_EQ(why, "the peer takes no bytes");
  EXPECT_EQ(exchanges.back().end(), attempt_end::not_processed);
}

TEST_F(session_test, cuts_an_answer_at_its_cap_and_keeps_the_status) {
  settings.body_limit = 1000;
  connect({.on_request = [](peer_connection& c, const seen_request& r) {
    c.respond(r.stream, 200, std::vector<std::string>(20, std::string(500, 'y')));
  }});
  const plain_exchange& x = send();
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::answered);
  EXPECT_EQ(x.status(), 200);
  EXPECT_EQ(x.answer_body().size(), 1000U);
}

TEST_F(session_test, ends_the_connection_over_a_header_list_above_its_limit) {
  settings.header_list_limit = 2000;
  connect({.on_request = [](peer_connection& c, const seen_request& r) {
    c.respond(r.stream, 200, {}, {{"x", std::string(3000, 'y')}});
  }});
  const plain_exchange& x = send();
  ASSERT_TRUE(run_until([&] { return closed; }));
  EXPECT_EQ(closed_how, errc::protocol);
  EXPECT_EQ(why, "an answer's header list is above the limit");
  EXPECT_EQ(x.end(), attempt_end::ambiguous);
}

TEST_F(session_test, takes_an_answer_that_comes_before_the_body_was_sent) {
  connect({.window = 0,
           .on_head = [](peer_connection& c, std::int32_t stream) { c.respond(stream, 413); }});
  ASSERT_TRUE(run_until([&] { return rooms > 0; }));
  const plain_exchange& x = send(5000);
  ASSERT_TRUE(run_until([&] { return x.done; }));
  EXPECT_EQ(x.end(), attempt_end::answered);
  EXPECT_EQ(x.status(), 413);
  EXPECT_EQ(session->open(), 0U);
}

TEST_F(session_test, retires_when_its_last_stream_has_ended) {
  connect({.on_request = [](peer_connection&, const seen_request&) {}});
  const plain_exchange& x = send();
  ASSERT_TRUE(run_until([&] { return peer->requests().size() == 1; }));
  session->retire();
  send();
  EXPECT_FALSE(submitted);
  peer->connection(0).respond(1, 200);
  ASSERT_TRUE(run_until([&] { return closed; }));
  EXPECT_EQ(x.end(), attempt_end::answered);
  EXPECT_EQ(closed_how, errc::closed);
}

TEST_F(session_test, sends_large_bodies_through_small_windows) {
  connect({});
  for (int i = 0; i < 20; ++i) send(100'000);
  ASSERT_TRUE(run_until([&] { return answered == 20; }));
  for (const auto& r : peer->requests()) EXPECT_EQ(r.body.size(), 100'000U);
}

TEST_F(session_test, refuses_a_peer_without_http2) {
  connect({.alpn = "http/1.1"});
  ASSERT_TRUE(run_until([&] { return closed; }));
  EXPECT_EQ(readies, 0);
}

TEST_F(session_test, refuses_a_certificate_for_somebody_else) {
  host = "push.example";
  connect({});
  ASSERT_TRUE(run_until([&] { return closed; }));
  EXPECT_EQ(readies, 0);
  EXPECT_NE(why.find("the certificate was not accepted"), std::string::npos) << why;
}

TEST_F(session_test, accepts_a_certificate_for_the_address_it_dialled) {
  host = "127.0.0.1";
  connect({});
  EXPECT_EQ(readies, 1);
}

TEST_F(session_test, tells_nobody_once_abandoned) {
  connect({.on_request = [](peer_connection&, const seen_request&) {}});
  const plain_exchange& x = send();
  ASSERT_TRUE(run_until([&] { return peer->requests().size() == 1; }));
  session->abandon();
  context.run_for(20ms);
  EXPECT_FALSE(x.done);
  EXPECT_FALSE(closed);
}

}  // namespace
}  // namespace paperboy::net

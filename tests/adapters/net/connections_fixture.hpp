#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <charconv>
#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "adapters/net/gateway_connections.hpp"
#include "tests/adapters/net/certificates.hpp"
#include "tests/adapters/net/scripted_peer.hpp"

namespace paperboy::net::testing {

struct numbered : http2_exchange {
  int number = 0;  // of its sending, from 1; the peer sees it as the path
  int written = 0;
  bool done = false;
};

inline int number_of(const seen_request& r) { return std::stoi(r.fields.at(":path").substr(1)); }

// The connections to a scripted peer, both on one io_context, with limits that suit a test.
class connections_test : public ::testing::Test, public gateway_connections::user {
 public:
  void write(http2_exchange& x) noexcept override {
    auto& n = static_cast<numbered&>(x);
    ++n.written;
    constexpr std::size_t most_digits = 10;
    char* const path = x.scratch(1 + most_digits);
    *path = '/';
    const auto* const end = std::to_chars(path + 1, path + 1 + most_digits, n.number).ptr;
    x.field(":method", "POST");
    x.field(":scheme", "https");
    x.field(":path", {path, static_cast<std::size_t>(end - path)}, http2_exchange::repeats::no);
    x.field(":authority", "localhost");
    x.body(body);
    if (too_much) {
      for (std::size_t i = 0; i <= http2_exchange::most_pieces; ++i) x.body("more");
    }
  }
  void answered(http2_exchange& x) noexcept override {
    EXPECT_FALSE(sending) << "answered from within send()";
    auto& n = static_cast<numbered&>(x);
    EXPECT_FALSE(n.done);
    n.done = true;
    ++done;
    if (x.end() == attempt_end::answered) ++answers;
    if (x.end() == attempt_end::ambiguous) ++ambiguous;
    if (on_answer) on_answer(n);
  }

 protected:
  connections_test() {
    using std::chrono::milliseconds;
    settings.pace.between_connections = milliseconds{40};
    settings.pace.longest_back_off = milliseconds{100};
    settings.pace.load_before_another = milliseconds{10};
    settings.queue_limit = milliseconds{5000};
    settings.request_limit = milliseconds{5000};
    settings.tick = milliseconds{5};
  }

  void serve(peer_script script) {
    peer.emplace(context, std::move(script));
    settings.endpoint = {"localhost", peer->port()};
    start();
  }

  void start() {
    connections.emplace(
        context, tls_client(server_certificate().certificate, application_protocol::http2),
        settings, *this);
  }

  numbered& send(urgency how = urgency::ordinary) {
    numbered& x = exchanges.emplace_back();
    x.number = static_cast<int>(exchanges.size());
    connections->send(x, how);
    return x;
  }

  // Until all that the peer has told its first connection has been read.
  void settle() {
    const std::size_t before = peer->ping_acks();
    peer->connection(0).ping();
    EXPECT_TRUE(run_until([&] { return peer->ping_acks() > before; }));
  }

  template <class Condition>
  bool run_until(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds{10}) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      context.run_one_for(std::chrono::milliseconds{5});
    }
    return true;
  }

  boost::asio::io_context context{1};
  connection_settings settings;
  std::optional<scripted_peer> peer;
  std::deque<numbered> exchanges;
  std::optional<gateway_connections> connections;
  std::function<void(numbered&)> on_answer;
  std::string body = "{}";
  std::size_t done = 0;
  std::size_t answers = 0;
  std::size_t ambiguous = 0;
  bool too_much = false;
  bool sending = false;
};

}  // namespace paperboy::net::testing

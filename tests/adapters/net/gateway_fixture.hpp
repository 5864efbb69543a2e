#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "adapters/simulators/gateway_simulator.hpp"
#include "core/ports/gateway.hpp"
#include "core/wall_time.hpp"
#include "tests/adapters/net/certificates.hpp"

namespace paperboy::net::testing {

// Keeps the answers by ticket. None may come from within send().
class kept_answers final : public answer_sink {
 public:
  void answered(std::uint64_t ticket, const gateway_answer& answer) noexcept override {
    EXPECT_FALSE(sending);
    EXPECT_TRUE(all.emplace(ticket, answer).second) << "ticket " << ticket << " answered twice";
  }

  std::map<std::uint64_t, gateway_answer> all;
  bool sending = false;
};

inline message_id id_of(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text = "00000000-0000-4000-8000-000000000000";
  text.replace(text.size() - digits.size(), digits.size(), digits);
  message_id id;
  std::ranges::copy(text, id.text.begin());
  return id;
}

inline notification sample_notification() {
  notification n;
  n.title = "Baku opens a \"second\" metro line";
  n.body = "Parliament votes · and 3 more stories";
  n.url = "https://news.example/a?b=1";
  n.image_url = "https://img.example/1.jpg";
  n.edition = "ed_abc";
  n.scope = "2026-11-24";
  return n;
}

// The simulators and a client on one io_context.
class gateway_fixture : public ::testing::Test {
 protected:
  template <class Condition>
  bool run_until(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds{15}) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      context.run_one_for(std::chrono::milliseconds{5});
    }
    return true;
  }

  // Sends one push and waits for its answer.
  gateway_answer ask(gateway& way, push p) {
    p.ticket = ++last_ticket;
    p.id = id_of(p.ticket);
    sink.sending = true;
    way.send(p, sink);
    sink.sending = false;
    EXPECT_TRUE(run_until([&] { return sink.all.contains(p.ticket); }));
    return sink.all[p.ticket];
  }

  // Sends `count` pushes at once and waits for all answers.
  void ask_many(gateway& way, push p, std::size_t count) {
    const std::size_t before = sink.all.size();
    for (std::size_t i = 0; i < count; ++i) {
      p.ticket = ++last_ticket;
      p.id = id_of(p.ticket);
      way.send(p, sink);
    }
    EXPECT_TRUE(run_until([&] { return sink.all.size() == before + count; }));
  }

  void add_fault(std::string_view text) {
    const auto parsed = simulators::parse_fault(text);
    ASSERT_TRUE(std::holds_alternative<simulators::fault>(parsed)) << std::get<std::string>(parsed);
    simulator->add_fault(std::get<simulators::fault>(parsed));
  }

  void start_simulator() {
    simulator.emplace(context, options);
    ca_file = directory.write("ca.pem", simulator->ca());
  }

  static instant in(std::chrono::milliseconds time) {
    return now_wall() + time;
  }

  boost::asio::io_context context{1};
  simulators::gateway_options options;
  std::optional<simulators::gateway_simulator> simulator;
  scratch_directory directory;
  std::string ca_file;
  kept_answers sink;
  std::uint64_t last_ticket = 0;
};

}  // namespace paperboy::net::testing

#include "core/domain/circuit.hpp"

#include <gtest/gtest.h>
// rapidcheck/gtest.h needs gtest first.
#include <rapidcheck/gtest.h>

#include <optional>
#include <vector>

namespace paperboy {
namespace {

using namespace std::chrono_literals;

class a_circuit : public ::testing::Test {
 protected:
  void answers(gateway_word word, int times = 1) {
    for (int i = 0; i < times; ++i) gate.answered(gate.sent(now), word, now, 0);
  }
  bool lets_one_through() { return gate.wait(now) == 0ms; }

  circuit gate;
  steady_instant now{1h};
};

TEST_F(a_circuit, opens_at_the_third_refusal_in_a_row) {
  answers(gateway_word::refused, 2);
  EXPECT_FALSE(gate.open());
  answers(gateway_word::well);
  answers(gateway_word::refused, 2);
  EXPECT_FALSE(gate.open());
  answers(gateway_word::refused);
  EXPECT_TRUE(gate.open());
  EXPECT_EQ(gate.cause(), circuit_cause::credential);
  EXPECT_FALSE(lets_one_through());
}

TEST_F(a_circuit, takes_no_server_error_or_silence_between_refusals_for_an_acceptance) {
  answers(gateway_word::refused, 2);
  answers(gateway_word::failing);
  answers(gateway_word::silent);
  answers(gateway_word::refused);
  EXPECT_TRUE(gate.open());
}

TEST_F(a_circuit, stays_open_for_a_refused_credential_until_another_is_there) {
  answers(gateway_word::refused, 3);
  now += 24h;
  EXPECT_FALSE(lets_one_through());
  gate.credential_replaced();
  EXPECT_TRUE(lets_one_through());
  EXPECT_TRUE(gate.open());
}

TEST_F(a_circuit, asks_to_wait_the_longer_the_longer_nobody_came_with_another_credential) {
  answers(gateway_word::refused, 3);
  EXPECT_EQ(gate.wait(now), 30s);
  EXPECT_EQ(gate.wait(now + 100s), 100s);
  EXPECT_EQ(gate.wait(now + 24h), 5min);
}

TEST_F(a_circuit, is_tried_with_one_push_and_closes_when_that_is_accepted) {
  answers(gateway_word::refused, 3);
  gate.credential_replaced();
  const auto era = gate.sent(now);
  EXPECT_FALSE(lets_one_through());
  gate.answered(era, gateway_word::well, now, 0);
  EXPECT_FALSE(gate.open());
  EXPECT_TRUE(lets_one_through());
}

TEST_F(a_circuit, opens_again_at_once_when_the_other_credential_is_refused_too) {
  answers(gateway_word::refused, 3);
  gate.credential_replaced();
  answers(gateway_word::refused);
  EXPECT_TRUE(gate.open());
  EXPECT_FALSE(lets_one_through());
}

TEST_F(a_circuit, does_not_listen_to_answers_to_what_was_sent_before_it_changed) {
  std::vector<std::uint32_t> under_way;
  for (int i = 0; i < 64; ++i) under_way.push_back(gate.sent(now));
  for (std::size_t i = 0; i < 3; ++i) gate.answered(under_way[i], gateway_word::refused, now, 0);
  ASSERT_TRUE(gate.open());
  gate.credential_replaced();
  for (const auto era : under_way) gate.answered(era, gateway_word::refused, now, 0);
  EXPECT_TRUE(lets_one_through());
  answers(gateway_word::well);
  EXPECT_FALSE(gate.open());
}

TEST_F(a_circuit, forgets_a_trial_that_is_never_answered) {
  answers(gateway_word::refused, 3);
  gate.credential_replaced();
  gate.sent(now);
  now += circuit::trial_limit;
  EXPECT_TRUE(lets_one_through());
}

TEST_F(a_circuit, is_tried_with_another_push_when_the_first_was_not_sent) {
  answers(gateway_word::refused, 3);
  gate.credential_replaced();
  gate.withdrawn(gate.sent(now));
  EXPECT_TRUE(lets_one_through());
}

TEST_F(a_circuit, opens_when_half_of_a_hundred_answers_are_server_errors) {
  answers(gateway_word::well, 50);
  answers(gateway_word::failing, 49);
  EXPECT_FALSE(gate.open());
  answers(gateway_word::failing);
  EXPECT_TRUE(gate.open());
  EXPECT_EQ(gate.cause(), circuit_cause::server_errors);
}

TEST_F(a_circuit, stays_closed_while_less_than_half_fails_and_with_few_answers) {
  answers(gateway_word::failing, 99);
  EXPECT_FALSE(gate.open());
  gate = {};
  for (int i = 0; i < 1000; ++i) {
    answers(i % 10 < 3 ? gateway_word::failing : gateway_word::well);
  }
  EXPECT_FALSE(gate.open());
}

TEST_F(a_circuit, is_tried_after_pauses_of_half_a_minute_to_one) {
  answers(gateway_word::failing, 100);
  std::vector<std::chrono::milliseconds> pauses;
  for (int i = 0; i < 6; ++i) {
    pauses.push_back(gate.wait(now));
    now += pauses.back();
    ASSERT_TRUE(lets_one_through());
    answers(gateway_word::failing);
  }
  EXPECT_EQ(pauses,
            (std::vector<std::chrono::milliseconds>{30s, 60s, 60s, 60s, 60s, 60s}));
  now += gate.wait(now);
  answers(gateway_word::well);
  EXPECT_FALSE(gate.open());
  answers(gateway_word::failing, 100);
  EXPECT_EQ(gate.wait(now), 30s);
}

TEST_F(a_circuit, is_not_opened_sooner_by_a_new_credential_when_servers_fail) {
  answers(gateway_word::failing, 100);
  gate.credential_replaced();
  EXPECT_EQ(gate.wait(now), 30s);
}

TEST_F(a_circuit, opens_when_the_gateway_itself_has_given_the_credential_up) {
  gate.refuse(now);
  EXPECT_TRUE(gate.open());
  EXPECT_EQ(gate.cause(), circuit_cause::credential);
  gate.credential_replaced();
  answers(gateway_word::well);
  EXPECT_FALSE(gate.open());
}

RC_GTEST_PROP(circuits, pause_between_half_a_minute_and_five_whatever_chance_says, ()) {
  circuit gate;
  steady_instant now{1h};
  for (int i = 0; i < 100; ++i) gate.answered(gate.sent(now), gateway_word::failing, now, 0);
  const auto trials = *rc::gen::inRange(0, 12);
  for (int i = 0; i < trials; ++i) {
    now += gate.wait(now);
    gate.answered(gate.sent(now), gateway_word::silent, now, *rc::gen::arbitrary<std::uint64_t>());
    RC_ASSERT(gate.wait(now) >= circuit::shortest_pause);
    RC_ASSERT(gate.wait(now) <= circuit::longest_pause);
  }
}

// Whatever happens: a push that goes through an open circuit is the only one until it is answered,
// given up, or another credential is there.
RC_GTEST_PROP(circuits, let_one_through_at_a_time_while_they_are_open, ()) {
  circuit gate;
  steady_instant now{1h};
  std::vector<std::uint32_t> under_way;
  std::optional<std::uint32_t> trial;
  steady_instant tried_at{};
  const auto steps =
      *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>());
  for (const auto step : steps) {
    now += std::chrono::milliseconds{step * 100};
    if (step % 7 == 0) {
      gate.credential_replaced();
      trial.reset();
    }
    const bool was_open = gate.open();
    if (gate.wait(now) == 0ms) {
      under_way.push_back(gate.sent(now));
      if (was_open) {
        RC_ASSERT(!trial || now - tried_at >= circuit::trial_limit);
        trial = under_way.back();
        tried_at = now;
      }
    }
    if (step % 3 == 0 && !under_way.empty()) {
      gate.answered(under_way.back(), static_cast<gateway_word>(step % 5), now, step);
      if (trial == under_way.back()) trial.reset();
      under_way.pop_back();
    }
  }
}

}  // namespace
}  // namespace paperboy

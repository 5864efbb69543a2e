// How fast others go on while one gateway of one app fails: pushes taken in seconds of simulated time,
// with everything else alike.

#include <gtest/gtest.h>

#include <iostream>

#include "tests/sim/morning.hpp"

namespace paperboy::sim {
namespace {

using namespace std::chrono_literals;

const gateway_world::line apple{"app1", platform::ios};
constexpr std::string_view other_app = "app2";

// Pushes in the quarter of a minute after a fault began, in which it has to be found.
struct pushes {
  std::size_t other_gateway = 0, other_app = 0;
};

pushes taken_beside(const std::function<void(morning&)>& fault) {
  morning m;
  m.play_until(morning::slot + 500ms);
  fault(m);
  const instant from = morning::slot + 500ms;
  m.play_until(from + 15s);
  return {m.taken([&](const auto& p) { return p.at >= from && p.system == platform::android; }),
          m.taken([&](const auto& p) { return p.at >= from && p.app == other_app; })};
}

// `percent` of what is usual, at least.
void expect(std::size_t percent, const char* what, const std::function<void(morning&)>& fault) {
  static const pushes usual = taken_beside([](morning&) {});
  const pushes beside = taken_beside(fault);
  std::cout << fmt::format(
      "beside {}: {} pushes by the other gateway, usually {}; {} to the other app, usually {}\n",
      what, beside.other_gateway, usual.other_gateway, beside.other_app, usual.other_app);
  EXPECT_GT(usual.other_gateway, 400U);
  EXPECT_GT(usual.other_app, 200U);
  EXPECT_GE(beside.other_gateway * 100, usual.other_gateway * percent);
  EXPECT_GE(beside.other_app * 100, usual.other_app * percent);
}

TEST(speed_of_the_others, is_kept_beside_a_refused_credential) {
  expect(95, "a refused credential",
         [](morning& m) { m.spoil(apple, gateway_mood::unauthorized); });
}

// What it has under way stays in the window until the connection is given up: here half of a window
// that is full.
TEST(speed_of_the_others, falls_by_a_third_at_most_beside_a_gateway_that_is_silent) {
  expect(66, "a silent gateway", [](morning& m) { m.spoil(apple, gateway_mood::silent); });
}

TEST(speed_of_the_others, is_kept_beside_server_errors) {
  expect(95, "server errors",
         [](morning& m) { m.spoil(apple, gateway_mood::server_errors); });
}

TEST(speed_of_the_others, is_kept_beside_a_mass_of_dead_tokens) {
  expect(95, "a mass of dead tokens", [](morning& m) { m.gateways().kill_all_tokens(apple); });
}

}  // namespace
}  // namespace paperboy::sim

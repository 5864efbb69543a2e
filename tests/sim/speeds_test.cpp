// How fast others go on while one gateway of one app fails: pushes taken in seconds of simulated time,
// with everything else alike.

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "tests/sim/crowd.hpp"
#include "tests/sim/newsroom.hpp"
#include "tests/sim/worker.hpp"

namespace paperboy::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t people = 4000;
constexpr std::size_t window = 16;
constexpr instant slot{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + 4h};
const gateway_world::line apple{"app1", platform::ios};
constexpr std::string_view other_app = "app2";

// A digest of two apps at one slot, by one worker.
class morning {
 public:
  morning() : clock_(time_, slot - 1s) {
    found_newsroom(store_, apps_, slot - 10min);
    crowd_.settle(people);
    worker_.emplace(worker_surroundings{store_, gateways_, clock_, trace_, apps_, delivery_, words_,
                                        window},
                    "worker", 3);
  }
  ~morning() { worker_.reset(); }

  void spoil(const gateway_world::line& way, gateway_mood how) { gateways_.set_mood(way, how); }
  void kill_tokens(const gateway_world::line& way) { gateways_.kill_all_tokens(way); }
  void play_until(instant end) {
    bool over = false;
    time_.call_at(time_.now() + (end - clock_.now()), [&] { over = true; });
    while (!over) {
      while (worker_->poll()) {
      }
      time_.advance();
    }
  }
  std::size_t taken(const std::function<bool(const taken_push&)>& of) const {
    return static_cast<std::size_t>(std::ranges::count_if(gateways_.taken(), of));
  }

 private:
  simulated_time time_;
  wall_clock clock_;
  trace trace_{false, clock_};
  judge judge_{trace_};
  const templates words_ = templates::built_in();
  const std::map<std::string, digest_defaults> apps_{{"app1", {}}, {"app2", {}}};
  const std::map<std::string, std::vector<zone_hour>> hours_{{"app1", {{"UTC", 240min}}},
                                                             {"app2", {{"UTC", 240min}}}};
  delivery_settings delivery_{.spread = 0ms, .lease = 10s};
  gateway_world gateways_{time_, clock_, trace_, 1};
  chance chance_{2};
  memory_store store_{{4, 10s, [this] { return clock_.now(); }, [this] { return chance_(); },
                       &judge_}};
  crowd crowd_{{store_, gateways_, clock_, trace_, judge_, apps_, hours_}, 4};
  std::optional<worker> worker_;
};

// Pushes in the quarter of a minute after a fault began, in which it has to be found.
struct pushes {
  std::size_t other_gateway = 0, other_app = 0;
};

pushes taken_beside(const std::function<void(morning&)>& fault) {
  morning m;
  m.play_until(slot + 500ms);
  fault(m);
  const instant from = slot + 500ms;
  m.play_until(from + 15s);
  return {m.taken([&](const auto& p) { return p.at >= from && p.system == platform::android; }),
          m.taken([&](const auto& p) { return p.at >= from && p.app == other_app; })};
}

void expect_all_of_it(const char* what, const std::function<void(morning&)>& fault) {
  static const pushes usual = taken_beside([](morning&) {});
  const pushes beside = taken_beside(fault);
  std::cout << fmt::format(
      "beside {}: {} pushes by the other gateway, usually {}; {} to the other app, usually {}\n",
      what, beside.other_gateway, usual.other_gateway, beside.other_app, usual.other_app);
  EXPECT_GT(usual.other_gateway, 1000U);
  EXPECT_GT(usual.other_app, 500U);
  EXPECT_GE(beside.other_gateway * 100, usual.other_gateway * 95);
  EXPECT_GE(beside.other_app * 100, usual.other_app * 95);
}

TEST(speed_of_the_others, is_kept_beside_a_refused_credential) {
  expect_all_of_it("a refused credential",
                   [](morning& m) { m.spoil(apple, gateway_mood::unauthorized); });
}

TEST(speed_of_the_others, is_kept_beside_a_gateway_that_is_silent) {
  expect_all_of_it("a silent gateway", [](morning& m) { m.spoil(apple, gateway_mood::silent); });
}

TEST(speed_of_the_others, is_kept_beside_server_errors) {
  expect_all_of_it("server errors",
                   [](morning& m) { m.spoil(apple, gateway_mood::server_errors); });
}

TEST(speed_of_the_others, is_kept_beside_a_mass_of_dead_tokens) {
  expect_all_of_it("a mass of dead tokens", [](morning& m) { m.kill_tokens(apple); });
}

}  // namespace
}  // namespace paperboy::sim

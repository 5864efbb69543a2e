#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "tests/sim/crowd.hpp"
#include "tests/sim/newsroom.hpp"
#include "tests/sim/worker.hpp"

namespace paperboy::sim {

// A digest of two apps at one slot, by one worker.
class morning {
 public:
  static constexpr std::size_t people = 4000;
  static constexpr std::size_t window = 64;  // as it comes, and gateways as slow as 4,000 readers need
  static constexpr instant slot{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} +
                                std::chrono::hours{4}};

  morning() : clock_(time_, slot - std::chrono::seconds{1}) {
    found_newsroom(store_, apps_, slot - std::chrono::minutes{10});
    crowd_.settle(people);
    gateways_.set_latency(std::chrono::milliseconds{150}, std::chrono::milliseconds{350});
    worker_.emplace(worker_surroundings{store_, gateways_, clock_, trace_, apps_, delivery_, words_,
                                        window},
                    "worker", 3);
  }
  ~morning() { worker_.reset(); }

  gateway_world& gateways() noexcept { return gateways_; }
  void spoil(const gateway_world::line& way, gateway_mood how) { gateways_.set_mood(way, how); }
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
  static constexpr std::chrono::minutes hour_{240};  // of the slot
  const std::map<std::string, std::vector<zone_hour>> hours_{{"app1", {{"UTC", hour_}}},
                                                             {"app2", {{"UTC", hour_}}}};
  static constexpr std::chrono::seconds lease_{10};
  delivery_settings delivery_{.spread = {}, .lease = lease_};
  gateway_world gateways_{time_, clock_, trace_, 1};
  chance chance_{2};
  memory_store store_{{4, lease_, [this] { return clock_.now(); }, [this] { return chance_(); },
                       &judge_}};
  crowd crowd_{{store_, gateways_, clock_, trace_, judge_, apps_, hours_}, 4};
  std::optional<worker> worker_;
};

}  // namespace paperboy::sim

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/domain/templates.hpp"
#include "tests/sim/crowd.hpp"
#include "tests/sim/judge.hpp"
#include "tests/sim/memory_notifications.hpp"
#include "tests/sim/worker.hpp"

namespace paperboy::sim {

// What one seed makes of everything.
struct scenario {
  explicit scenario(chance& dice);

  std::uint32_t shards;
  std::size_t workers, apps, people, window;
  std::chrono::milliseconds lease;
  delivery_settings delivery;
  instant start;
  std::vector<instant> slots;  // when digests fall due on the first day
  std::map<std::string, std::vector<zone_hour>> hours;  // by app
  unsigned days;
  unsigned disturbances;  // at most so many things happen
  faults::store_fault_rates rates;  // while there are faults
  std::string text() const;
};

// A world: a store, gateways, people, workers, and what happens to them, all drawn from one seed.
class world {
 public:
  world(std::uint64_t seed, bool traced, const templates& words);

  // Plays to the end. What did not hold, a sentence each; nothing if all did.
  std::vector<std::string> play();  // throws nothing: what is thrown did not hold either
  const judge::numbers& seen() const noexcept { return judge_.seen(); }
  std::chrono::milliseconds lasted() const noexcept { return clock_.running(); }
  const scenario& drawn() const noexcept { return scenario_; }

 private:
  struct seat {  // of one worker, which dies and comes again
    std::unique_ptr<worker> process;
    unsigned lives = 0;
  };

  void start(std::size_t n);
  void play_to_the_end();
  void poll();
  void each_second();
  void each_tenth();
  void skip_idle_time();
  bool over() const;
  std::string what_is_left() const;

  // One thing that happens.
  void disturb();
  void kill(std::size_t n);
  void hear_last_words();
  void freeze(std::size_t n);
  void drain(std::size_t n);
  void spoil_gateway();
  void spoil_store(bool entirely);
  void step_clock(std::size_t n);
  void order_notification();
  void steer_run();
  void steer(const std::string& app, const std::string& run, steering to);
  void end_faults();
  void later(std::chrono::milliseconds time, std::function<void()> what);
  bool anything_open() const;
  std::size_t alive() const;

  simulated_time time_;
  chance chance_;
  scenario scenario_;
  wall_clock clock_;
  trace trace_;
  judge judge_;
  const templates& words_;
  std::map<std::string, digest_defaults> apps_;
  gateway_world gateways_;
  memory_store store_;
  memory_notifications desk_;
  crowd people_;
  worker_surroundings around_;
  std::vector<seat> seats_;
  unsigned happened_ = 0;
  bool calm_ = false;  // faults are over
  std::chrono::milliseconds calm_since_{0};
  instant end_;
};

}  // namespace paperboy::sim

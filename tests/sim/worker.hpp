#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/domain/templates.hpp"
#include "core/flows/sender.hpp"
#include "tests/core/fakes/plain_fakes.hpp"
#include "tests/faults/faulty_stores.hpp"
#include "tests/sim/gateways.hpp"
#include "tests/sim/memory_notifications.hpp"
#include "tests/sim/memory_store.hpp"

namespace paperboy::sim {

// A process's loop, which can end as a killed process does: what waits on it is destroyed where it
// stands, and nothing of it runs any more.
class process_loop : public boost::asio::io_context {
 public:
  process_loop() : io_context(1) {}
  ~process_loop() = default;
  void kill() { shutdown(); }
};

// What all workers of one world share.
struct worker_surroundings {
  memory_store& store;
  gateway_world& gateways;
  const wall_clock& clock;
  const trace& tell;
  const std::map<std::string, digest_defaults>& apps;
  const delivery_settings& delivery;
  const templates& words;
  std::size_t window;
};

// One process of `paperboy serve --role send`: a sender with its coroutines, its stores behind a
// weather of their own, its gateways, its clock.
class worker final : private sender_observer {
 public:
  worker(const worker_surroundings& around, std::string name, std::uint64_t seed);
  // As if it were killed, if it has not left.
  ~worker();

  // Goes one step; whether there was one. A frozen one does nothing.
  bool poll();
  void freeze(bool frozen) noexcept { frozen_ = frozen; }
  bool frozen() const noexcept { return frozen_; }
  // SIGTERM. It has left once left() says so.
  void drain() {
    draining_ = true;
    work_->stop();
  }
  bool draining() const noexcept { return draining_; }
  bool left() const noexcept { return running_ == 0; }
  void set_clock_wrong_by(std::chrono::milliseconds error) noexcept { clock_error_ = error; }
  // SIGHUP.
  void renew_credentials();
  faults::store_weather& weather() noexcept { return weather_; }
  const std::string& name() const noexcept { return name_; }

 private:
  task<result<std::shared_ptr<message_source>>> source(const app_context& app,
                                                       const std::string& run);
  task<result<std::shared_ptr<message_source>>> notification(const app_context& app,
                                                             const std::string& run);
  void spawn(task<void> child);
  instant now() const { return around_.clock.now() + clock_error_; }

  void attempted(const std::string& app, platform p, const outcome& o) noexcept override;
  void committed(std::size_t slots, bool lease_lost) noexcept override;
  void token_removed(const std::string& app) noexcept override;
  void removals_stopped(const std::string& app, platform p, bool stopped) noexcept override;
  void set_aside(const std::string& app) noexcept override;
  void circuit_changed(const std::string& app, platform p, circuit_cause cause, bool open,
                       std::string_view reason) noexcept override;
  void put_off(const std::string& app, platform p) noexcept override;
  void failed(std::string_view doing, const error_code& why) noexcept override;
  void unknown_cohort(std::string_view cohort) noexcept override;

  worker_surroundings around_;
  std::string name_;
  chance chance_;
  process_loop loop_;
  faults::store_weather weather_;
  memory_walk walk_;
  memory_run_book book_;
  memory_roster people_;
  faults::faulty_walk faulty_walk_{walk_, weather_};
  faults::faulty_run_book faulty_book_{book_, weather_};
  faults::faulty_roster faulty_people_{people_, weather_};
  faults::faulty_newsroom faulty_news_{around_.store.news, weather_};
  memory_notifications notes_;
  faults::faulty_notifications faulty_notes_{notes_, notes_, notes_, weather_};
  no_quota quotas_;
  std::vector<std::unique_ptr<sim_gateway>> gateways_;
  std::map<std::string, app_context> apps_;
  testing::fake_seal seal_;
  std::unique_ptr<sender> work_;
  std::size_t running_ = 0;
  bool frozen_ = false;
  bool draining_ = false;
  std::chrono::milliseconds clock_error_{0};
};

}  // namespace paperboy::sim

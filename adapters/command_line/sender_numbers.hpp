#pragma once

#include <map>
#include <string>
#include <tuple>

#include "core/flows/sender.hpp"
#include "core/ports/metrics.hpp"

namespace paperboy::command_line {

// Turns what a sender reports into metrics and log lines. One a worker.
class sender_numbers final : public sender_observer {
 public:
  explicit sender_numbers(metrics& numbers);

  void attempted(const std::string& app, platform p, const outcome& o) noexcept override;
  void committed(std::size_t slots, bool lease_lost) noexcept override;
  void set_aside(const std::string& app) noexcept override;
  void token_removed(const std::string& app) noexcept override;
  void removals_stopped(const std::string& app, platform p, bool stopped) noexcept override;
  void circuit_changed(const std::string& app, platform p, circuit_cause cause, bool open,
                       std::string_view reason) noexcept override;
  void put_off(const std::string& app, platform p) noexcept override;
  void failed(std::string_view doing, const error_code& why) noexcept override;
  void unknown_cohort(std::string_view cohort) noexcept override;

 private:
  counter& pushes(const std::string& app, platform p, const outcome& o);

  metrics& numbers_;
  counter& slots_;
  counter& leases_lost_;
  // By app, gateway and outcome: all static strings but the app.
  std::map<std::tuple<std::string, platform, verdict, std::string_view>, counter*> pushes_;
  std::map<std::string, std::pair<std::chrono::steady_clock::time_point, unsigned>, std::less<>>
      said_;  // a failure is logged once in ten seconds, with how often it came
};

}  // namespace paperboy::command_line

#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/ports/notification_desk.hpp"

namespace paperboy::testing {

// Orders in memory, remembered for good, and the states and dead letters that a test gave to runs.
class fake_notification_desk final : public notification_desk {
 public:
  task<result<order_answer>> enter(const std::string& app, const std::string& run, instant at,
                                   const notification_order& order,
                                   const request_identity& once) override;
  task<result<std::optional<order_answer>>> recall(const std::string& app,
                                                   const request_identity& once) override;
  task<result<run_state>> steer(const std::string& app, const std::string& run,
                                steering to) override;
  task<result<std::vector<dead_letter>>> dead_letters(const std::string& app,
                                                      const std::string& run) override;

  struct entered_order {
    std::string app;
    std::string run;
    instant at{};
    notification_order order;
    request_identity once;
  };
  std::vector<entered_order> entered;
  std::map<std::string, run_state> states;              // by app/run
  std::map<std::string, std::vector<dead_letter>> dead;  // likewise
  error_code failure;       // of every call
  signal* gate = nullptr;   // enter() waits for it

 private:
  std::optional<order_answer> known(const std::string& app, const request_identity& once) const;
};

}  // namespace paperboy::testing

#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/flows/block_delivery.hpp"
#include "core/ports/roster.hpp"

namespace paperboy {

// Watches how many first answers declare a token dead. More than a fifth of the last two hundred and
// more are a wrong environment or topic, not dead phones: then nothing is removed, and an alarm is
// raised, until the share falls again.
class dead_token_guard {
 public:
  static constexpr unsigned fewest_answers = 200;
  static constexpr unsigned most_answers = 2000;  // older ones count half

  void answered(bool dead) noexcept;
  bool alarmed() const noexcept { return answers_ >= fewest_answers && dead_ * 5 > answers_; }

 private:
  unsigned answers_ = 0;
  unsigned dead_ = 0;
};

// Takes a token that a gateway declared dead off its device. It stays where it was registered again
// meanwhile: another token, or the same one after `dead_since`.
enum class forgotten : std::uint8_t { removed, kept };
task<result<forgotten>> forget_token(roster& people, const app_context& app, const dead_token& dead,
                                std::chrono::sys_seconds now);

}  // namespace paperboy

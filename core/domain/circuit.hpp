#pragma once

#include <chrono>
#include <cstdint>

#include "core/domain/gateway_health.hpp"
#include "core/domain/steady_instant.hpp"

namespace paperboy {

enum class circuit_cause : std::uint8_t {
  credential,     // three refusals in a row: only another key helps
  server_errors,  // half of the last hundred answers are 5xx
};

// Whether pushes of one app go to one of its gateways at all. While the circuit is open none does,
// and nobody is marked. It is tried with one push: a credential after the operator put another in
// place, a failing gateway after a pause that grows while it fails.
//
// Each change begins an era. An answer counts only in the era that its push was sent in, so that
// what was under way when the circuit changed does not change it again.
class circuit {
 public:
  static constexpr unsigned refusals_to_open = 3;
  static constexpr std::chrono::seconds shortest_pause{30};
  static constexpr std::chrono::seconds longest_pause = std::chrono::minutes{5};
  // A trial without an answer by then is forgotten: its push was never sent, or is lost.
  static constexpr std::chrono::seconds trial_limit{60};

  // How long until a push may be sent: zero for now. For a credential, how long it is worth to wait
  // before asking again: nobody knows when the operator comes, so the longer it is, the longer.
  std::chrono::milliseconds wait(steady_instant now) const noexcept;

  // A push goes out, which wait() allowed: the era that its answer counts in.
  std::uint32_t sent(steady_instant now) noexcept;
  // That push was not sent after all.
  void withdrawn(std::uint32_t era) noexcept;
  // `random` is uniform over its type.
  void answered(std::uint32_t era, gateway_word word, steady_instant now,
                std::uint64_t random) noexcept;

  // The gateway says by itself that nothing is to be sent with this credential.
  void refuse(steady_instant now) noexcept;
  // The operator has put another credential in place. A failing gateway is not tried sooner for it.
  void credential_replaced() noexcept;

  bool open() const noexcept { return state_ != state::closed; }  // half open is not closed yet
  circuit_cause cause() const noexcept { return cause_; }         // of the last opening

 private:
  enum class state : std::uint8_t { closed, open, on_trial };

  void open_for(circuit_cause cause, steady_instant now, std::uint64_t random) noexcept;
  void close() noexcept;
  bool trial_under_way(steady_instant now) const noexcept {
    return trial_sent_ && now - tried_at_ < trial_limit;
  }

  state state_ = state::closed;
  circuit_cause cause_ = circuit_cause::credential;
  bool trial_sent_ = false;
  unsigned refusals_ = 0;  // in a row
  unsigned failures_ = 0;  // openings in a row, for the pause
  std::uint32_t era_ = 0;
  steady_instant opened_at_{};  // the first of those in a row
  steady_instant tried_at_{};
  steady_instant reopens_at_{};
  last_hundred answers_;
};

}  // namespace paperboy

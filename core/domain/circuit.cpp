#include "core/domain/circuit.hpp"

#include <algorithm>

namespace paperboy {
namespace {

using std::chrono::milliseconds;

// While a trial is under way its answer is near.
constexpr milliseconds trial_patience{250};
// What a gateway is asked while it fails is nothing, one push a minute and worker, and whoever waited
// for it goes on a minute after it is well again.
constexpr unsigned most_doublings = 1;

milliseconds pause_after(unsigned failures, std::uint64_t random) noexcept {
  const unsigned doublings = std::min(std::max(failures, 1U) - 1U, most_doublings);
  const milliseconds base = circuit::shortest_pause * (1 << doublings);
  const auto quarter = static_cast<std::uint64_t>(base.count() / 4);
  return base + milliseconds{static_cast<milliseconds::rep>(random % (quarter + 1))};
}

}  // namespace

milliseconds circuit::wait(steady_instant now) const noexcept {
  switch (state_) {
    case state::closed:
      return {};
    case state::on_trial:
      return trial_under_way(now) ? trial_patience : milliseconds{};
    case state::open:
      break;
  }
  if (cause_ == circuit_cause::server_errors) return std::max(reopens_at_ - now, milliseconds{});
  return std::clamp<milliseconds>(now - opened_at_, shortest_pause, longest_pause);
}

std::uint32_t circuit::sent(steady_instant now) noexcept {
  if (state_ == state::closed) return era_;
  if (state_ == state::open) {
    state_ = state::on_trial;
    ++era_;
  }
  trial_sent_ = true;
  tried_at_ = now;
  return era_;
}

void circuit::withdrawn(std::uint32_t era) noexcept {
  if (era == era_ && state_ == state::on_trial) trial_sent_ = false;
}

void circuit::answered(std::uint32_t era, gateway_word word, steady_instant now,
                       std::uint64_t random) noexcept {
  if (era != era_ || state_ == state::open) return;
  if (state_ == state::on_trial) {
    switch (word) {
      case gateway_word::refused: return open_for(circuit_cause::credential, now, random);
      case gateway_word::failing:
      case gateway_word::silent: return open_for(circuit_cause::server_errors, now, random);
      case gateway_word::well:
      case gateway_word::limited: return close();
    }
  }
  if (word == gateway_word::refused) {
    if (++refusals_ >= refusals_to_open) open_for(circuit_cause::credential, now, random);
    return;
  }
  if (word == gateway_word::silent) return;
  // A 5xx says nothing about the credential.
  if (word != gateway_word::failing) refusals_ = 0;
  answers_.add(word == gateway_word::failing);
  if (answers_.full() && answers_.bad() * 2 >= last_hundred::size) {
    open_for(circuit_cause::server_errors, now, random);
  }
}

void circuit::refuse(steady_instant now) noexcept {
  if (state_ == state::open && cause_ == circuit_cause::credential) return;
  open_for(circuit_cause::credential, now, 0);
}

void circuit::credential_replaced() noexcept {
  refusals_ = 0;
  ++era_;
  if (state_ == state::closed || cause_ != circuit_cause::credential) return;
  state_ = state::on_trial;
  trial_sent_ = false;
}

void circuit::open_for(circuit_cause cause, steady_instant now, std::uint64_t random) noexcept {
  const bool again = state_ != state::closed && cause_ == cause;
  failures_ = again ? failures_ + 1 : 1;
  if (!again) opened_at_ = now;
  state_ = state::open;
  cause_ = cause;
  reopens_at_ = now + pause_after(failures_, random);
  trial_sent_ = false;
  refusals_ = 0;
  answers_.clear();
  ++era_;
}

void circuit::close() noexcept {
  state_ = state::closed;
  trial_sent_ = false;
  failures_ = 0;
  refusals_ = 0;
  answers_.clear();
  ++era_;
}

}  // namespace paperboy

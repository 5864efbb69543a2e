#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "core/flows/outbox.hpp"
#include "core/flows/pacing.hpp"
#include "core/task.hpp"

namespace paperboy {

// The turns of one block's members at both gateways: who may be sent to now, who later, and for how
// long the block is to rest where a gateway is closed. Each gateway is sent to in slot order: nobody
// overtakes a member who waits for it, or who was passed over because it is closed.
class turns {
 public:
  // A block rests at least so long, and so does a device that waits for its gateway.
  static constexpr std::chrono::milliseconds shortest_rest{1000};
  // … and so long when the credential was refused, but not often enough to stop everything.
  static constexpr std::chrono::milliseconds refused_rest{10'000};

  turns(const app_gateways& ways, const app_paces& paces) : ways_(ways), paces_(paces) {}

  // `careful`: members go one by one, and wait for no window.
  void start(push_kind kind, bool careful) noexcept;
  // Once more through those that had to wait.
  void new_pass() noexcept { slow_.fill(false); }

  // Whoever comes has to wait for the next pass.
  bool all_slow() const noexcept;

  // One member's turn at all gateways that it has devices at (bit n: platform n). False: it waits,
  // and so does whoever comes after it for the same gateways, until the next pass.
  bool take(unsigned wanted) noexcept;
  // Of the member whose turn it is: its devices there are passed over.
  bool closed(platform p) const noexcept;
  // A push of that member goes out: the era that its answer counts in.
  std::uint32_t go(platform p) noexcept;
  // What was let through and did not go.
  void give_back() noexcept;

  // Whether a gateway of those is closed, without asking for a turn.
  bool any_closed(unsigned wanted) noexcept;
  void rest_for(std::chrono::milliseconds wait) noexcept;  // the shortest that was said counts
  bool rests() const noexcept { return resting_; }
  std::chrono::milliseconds rest() const noexcept { return std::max(rest_, shortest_rest); }

  // Until a gateway that was slow may move, or a moment has passed.
  task<void> wait(signal& progress);

 private:
  enum class turn : std::uint8_t { goes, later, closed };
  struct lead {  // at one gateway, of the member whose turn it is
    turn now = turn::goes;
    bool unused = false;  // the first push was let through and did not go yet
    std::uint32_t era = 0;
  };

  turn ask(std::size_t p) noexcept;
  bool closed_now(std::size_t p) noexcept;

  const app_gateways& ways_;
  app_paces paces_;
  push_class kind_;
  steady_instant now_{};  // when the member at hand asked
  bool careful_ = false;
  std::array<lead, platforms> leads_{};
  std::array<bool, platforms> slow_{};  // in this pass
  std::array<bool, platforms> shut_{};  // for good
  std::chrono::milliseconds wait_{};
  bool resting_ = false;
  std::chrono::milliseconds rest_{};
};

}  // namespace paperboy

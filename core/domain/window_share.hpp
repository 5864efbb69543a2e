#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "core/domain/steady_instant.hpp"

namespace paperboy {

// How much of a worker's window each gateway may have under way, so that one that stops answering
// does not take all of it. Each may take what the others do not want; what they want is the most
// that they had under way lately, up to an equal share.
class window_share {
 public:
  // A gateway that did not ask for so long wants nothing.
  static constexpr std::chrono::milliseconds lately{1000};

  explicit window_share(std::size_t window) : window_(std::max<std::size_t>(window, 1)) {}

  std::size_t add() {  // a gateway; its number
    gateways_.emplace_back();
    return gateways_.size() - 1;
  }

  // That gateway wants one more than it has under way. How many it may have: at least one.
  std::size_t most(std::size_t gateway, std::size_t under_way, steady_instant now) noexcept {
    gateways_[gateway].ask(under_way + 1, now);
    std::size_t active = 0;
    for (demand& d : gateways_) active += d.wanted(now) > 0 ? 1 : 0;
    const std::size_t equal = (window_ + active - 1) / active;
    std::size_t left = window_;
    for (std::size_t i = 0; i < gateways_.size(); ++i) {
      if (i != gateway) left -= std::min({gateways_[i].wanted(now), equal, left - 1});
    }
    return left;
  }

 private:
  // The highest of this period and of the one before.
  struct demand {
    std::array<std::size_t, 2> highest{};
    steady_instant since{};

    void ask(std::size_t count, steady_instant now) noexcept {
      turn(now);
      highest[0] = std::max(highest[0], count);
    }
    std::size_t wanted(steady_instant now) noexcept {
      turn(now);
      return std::max(highest[0], highest[1]);
    }
    void turn(steady_instant now) noexcept {
      if (now - since < lately) return;
      highest = {0, now - since < 2 * lately ? highest[0] : 0};
      since = now;
    }
  };

  std::size_t window_;
  std::vector<demand> gateways_;
};

}  // namespace paperboy

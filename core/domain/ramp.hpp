#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "core/domain/steady_instant.hpp"

namespace paperboy {

// Digests start slowly: from nothing to everything over a minute ("Scale FCM": ramp up over at least
// 60 seconds). A minute without a digest, and the next one starts anew: so does a run after a start
// in its midst.
class ramp {
 public:
  static constexpr std::chrono::seconds length{60};

  // How many digests may be under way, of `most`; at least one. Asking is wanting to send.
  std::size_t limit(steady_instant now, std::size_t most) noexcept {
    if (!asked_ || now - last_ > length) start_ = now;
    asked_ = true;
    last_ = now;
    const auto passed = now - start_;
    if (passed >= length) return most;
    const auto share = most * static_cast<std::size_t>(passed.count()) /
                       static_cast<std::size_t>(std::chrono::milliseconds{length}.count());
    return std::max<std::size_t>(share, 1);
  }

 private:
  bool asked_ = false;
  steady_instant start_{};
  steady_instant last_{};
};

}  // namespace paperboy

#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "core/domain/steady_instant.hpp"

namespace paperboy {

// How many pushes may be under way at one gateway: halves when the gateway says that it is too much,
// at most once a second, because all that were under way then say the same; grows by one for each
// window's worth of good answers. Between 1 and `most`.
class congestion_window {
 public:
  static constexpr std::chrono::seconds halves_every{1};

  explicit congestion_window(std::size_t most) noexcept
      : most_(static_cast<double>(std::max<std::size_t>(most, 1))), size_(most_) {}

  void well() noexcept { size_ = std::min(most_, size_ + 1 / size_); }
  void limited(steady_instant now) noexcept {
    if (halved_ && now - halved_at_ < halves_every) return;
    halved_ = true;
    halved_at_ = now;
    size_ = std::max(1.0, size_ / 2);
  }
  std::size_t size() const noexcept { return static_cast<std::size_t>(size_); }

 private:
  double most_;
  double size_;
  bool halved_ = false;
  steady_instant halved_at_{};
};

}  // namespace paperboy

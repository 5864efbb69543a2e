#pragma once

#include <cstddef>
#include <mutex>

namespace paperboy {

// Slots that are tried one at a time because their block lost its holders again and again, of all
// workers of a process: many blocks side by side, but whoever was under way when the last holder
// vanished alone. When the process ends in the midst of that, it is no other slot's doing.
// May be asked from any thread.
class careful_trials {
 public:
  // False: not now, ask again. Nobody new goes side by side while somebody waits to go alone.
  bool enter(bool alone) noexcept {
    const std::lock_guard lock{guard_};
    if (alone_ || (alone ? side_by_side_ > 0 : waiting_ > 0)) return false;
    if (alone) {
      alone_ = true;
    } else {
      ++side_by_side_;
    }
    return true;
  }
  void leave(bool alone) noexcept {
    const std::lock_guard lock{guard_};
    if (alone) {
      alone_ = false;
    } else {
      --side_by_side_;
    }
  }
  // Around the time that somebody asks to go alone.
  void wait_alone() noexcept {
    const std::lock_guard lock{guard_};
    ++waiting_;
  }
  void wait_no_more() noexcept {
    const std::lock_guard lock{guard_};
    --waiting_;
  }

 private:
  std::mutex guard_;
  std::size_t side_by_side_ = 0;
  std::size_t waiting_ = 0;
  bool alone_ = false;
};

}  // namespace paperboy

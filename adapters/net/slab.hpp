#pragma once

#include <cstddef>
#include <deque>
#include <vector>

namespace paperboy::net {

// Objects with a stable address, used again and again. Grows up to `most`, and never shrinks.
template <class T>
class slab {
 public:
  explicit slab(std::size_t most) : most_(most) {}

  // nullptr at the limit. What is taken again is as it was given back.
  T* take() {
    if (free_.empty()) {
      if (all_.size() == most_) return nullptr;
      return &all_.emplace_back();
    }
    T* const next = free_.back();
    free_.pop_back();
    return next;
  }

  void give_back(T& one) { free_.push_back(&one); }

  std::size_t taken() const noexcept { return all_.size() - free_.size(); }

 private:
  std::size_t most_;
  std::deque<T> all_;
  std::vector<T*> free_;
};

}  // namespace paperboy::net

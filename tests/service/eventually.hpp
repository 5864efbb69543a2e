#pragma once

#include <poll.h>

#include <chrono>

namespace paperboy::service {

// Asks `condition` again and again, twenty times a second, until it holds or the limit has passed.
template <class Condition>
bool eventually(std::chrono::seconds limit, Condition condition) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    ::poll(nullptr, 0, 50);
  }
  return true;
}

}  // namespace paperboy::service

#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>

#include "core/domain/outcome.hpp"

namespace paperboy {

// What an answer says about the gateway, whatever it says about the push.
enum class gateway_word : std::uint8_t {
  well,      // it did its work, be it to refuse this push or this device
  refused,   // it refuses the credential or the configuration
  failing,   // 5xx
  limited,   // too much for the whole credential; a limit of one device is not that
  silent,    // no complete answer
};

gateway_word word_of(const gateway_answer& answer, const outcome& o) noexcept;

// How many of the last hundred answers were bad.
class last_hundred {
 public:
  static constexpr std::size_t size = 100;

  void add(bool bad) noexcept;
  void clear() noexcept { *this = {}; }
  bool full() const noexcept { return known_ == size; }
  std::size_t known() const noexcept { return known_; }
  std::size_t bad() const noexcept { return count_; }

 private:
  std::bitset<size> bad_;
  std::size_t next_ = 0;
  std::size_t known_ = 0;
  std::size_t count_ = 0;
};

}  // namespace paperboy

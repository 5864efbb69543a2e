#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "adapters/http/address.hpp"
#include "adapters/http/answer.hpp"

namespace paperboy::http {

using clock_time = std::chrono::steady_clock::time_point;

// At most `quota` a minute and address (IPv6: /64). The minute starts with the address's first use,
// so that quota + 1 uses within one minute are always refused. Used by all threads. Remembers at
// most 65,536 addresses; the one that came first is forgotten for one more.
class minute_limit {
 public:
  static constexpr std::chrono::seconds window{60};
  static constexpr std::size_t addresses_limit = 65'536;

  struct state {
    bool allowed = false;
    std::uint32_t left = 0;
    std::chrono::seconds resets_in{0};  // rounded up
  };

  // `name` stands in the RateLimit fields.
  minute_limit(std::string_view name, std::uint32_t quota);

  // Counts one use if there is one left.
  state take(const address& who, clock_time now);
  // Gives back a use that came to nothing.
  void give_back(const address& who);
  bool exhausted(const address& who, clock_time now) const;

  // RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10), and Retry-After where
  // nothing is left.
  void describe(const state& s, answer& a) const;
  answer refusal(const state& s) const;  // 429

 private:
  struct counted {
    clock_time since;
    std::uint32_t used;
  };
  void forget_old(clock_time now);

  const std::string name_;    // in quotes
  const std::string policy_;  // the whole field
  const std::uint32_t quota_;
  mutable std::mutex mutex_;
  std::unordered_map<address, counted> uses_;
  std::deque<std::pair<clock_time, address>> order_;  // by the start of the minute
};

// How many connections there are, in all and by address. Used by all threads.
class connection_limit {
 public:
  connection_limit(std::size_t total, std::size_t per_address)
      : total_limit_(total), per_address_limit_(per_address) {}

  enum class verdict : std::uint8_t { taken, too_many, too_many_of_address };

  // Exempt addresses count towards the total only. `replaces_one`: another is on its way out, so
  // the total may be passed by one.
  verdict take(const address& who, bool exempt, bool replaces_one);
  void give_back(const address& who, bool exempt);
  std::size_t total() const;

 private:
  const std::size_t total_limit_;
  const std::size_t per_address_limit_;
  mutable std::mutex mutex_;
  std::size_t total_ = 0;
  std::unordered_map<address, std::size_t> by_address_;
};

}  // namespace paperboy::http

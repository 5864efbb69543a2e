#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace paperboy::sim {

// The dice of one seed. Only what mt19937_64 promises for all libraries is used, so that a seed
// plays alike everywhere.
class chance {
 public:
  explicit chance(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t operator()() { return engine_(); }
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + below(most - least + 1);
  }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  std::chrono::milliseconds time(std::chrono::milliseconds least, std::chrono::milliseconds most) {
    const auto from = static_cast<std::uint64_t>(least.count());
    const auto to = static_cast<std::uint64_t>(most.count());
    return std::chrono::milliseconds{static_cast<std::int64_t>(between(from, to))};
  }
  template <class Container>
  auto& of(Container& all) {
    return all[below(all.size())];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace paperboy::sim

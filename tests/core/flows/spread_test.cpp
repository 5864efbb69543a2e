#include <gtest/gtest.h>
// rapidcheck/gtest.h needs gtest first.
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "core/flows/opening.hpp"

namespace paperboy {
namespace {

using namespace std::chrono_literals;

std::vector<instant> starts(instant at, std::chrono::milliseconds spread, std::uint32_t shards) {
  std::vector<instant> all;
  for (std::uint32_t s = 0; s < shards; ++s) all.push_back(claims_from(at, spread, s, shards));
  return all;
}

RC_GTEST_PROP(a_spread, covers_its_time_evenly_from_the_slot_on, ()) {
  const instant at{std::chrono::minutes{*rc::gen::inRange(29'000'000, 31'000'000)}};
  const std::chrono::milliseconds spread = std::chrono::seconds{*rc::gen::inRange(1, 43'200)};
  const auto shards = *rc::gen::inRange<std::uint32_t>(1, 4097);
  auto all = starts(at, spread, shards);
  std::sort(all.begin(), all.end());
  RC_ASSERT(all.front() == at);
  RC_ASSERT(all.back() < at + spread);
  const auto step = spread / shards;
  for (std::size_t i = 1; i < all.size(); ++i) {
    RC_ASSERT(all[i] - all[i - 1] >= step);
    RC_ASSERT(all[i] - all[i - 1] <= step + 1ms);
  }
}

RC_GTEST_PROP(a_spread, begins_with_another_shard_each_day, ()) {
  const instant at{std::chrono::minutes{*rc::gen::inRange(29'000'000, 31'000'000)}};
  const auto shards = *rc::gen::inRange<std::uint32_t>(2, 4097);
  const auto first = [&](instant day) {
    const auto all = starts(day, 5min, shards);
    return std::min_element(all.begin(), all.end()) - all.begin();
  };
  RC_ASSERT(first(at) != first(at + 24h));
}

TEST(a_spread, of_nothing_starts_every_shard_at_the_slot) {
  const instant at{std::chrono::minutes{30'000'000}};
  for (const instant start : starts(at, 0s, 16)) EXPECT_EQ(start, at);
}

}  // namespace
}  // namespace paperboy

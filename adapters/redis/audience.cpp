#include "adapters/redis/audience.hpp"

#include "adapters/redis/block_reading.hpp"
#include "adapters/redis/keys.hpp"
#include "adapters/redis/record.hpp"

namespace paperboy::redis {
task<result<audience_size>> audience_store::count(
    const std::string& app, const std::function<bool(const choices&)>& wanted) {
  audience_size size;
  for (std::uint32_t shard = 0; shard < with_.shards; ++shard) {
    // Every cohort that ever had somebody has a due instant.
    const answer cohorts = co_await redis_.call("ZRANGE", shard_key(shard, "due"), 0, -1);
    if (!cohorts) co_return cohorts.error();
    for (const auto& cohort : *cohorts) {
      const std::string name(cohort.as_string());
      if (!name.starts_with(app + ':')) continue;
      auto counted = co_await count_cohort(shard, name, wanted, size);
      if (!counted) co_return counted.error();
    }
  }
  co_return size;
}

task<result<void>> audience_store::count_cohort(std::uint32_t shard, const std::string& cohort,
                                                const std::function<bool(const choices&)>& wanted,
                                                audience_size& size) {
  const answer next = co_await redis_.call("HGET", shard_key(shard, "co:" + cohort), "next");
  if (!next) co_return next.error();
  const auto blocks =
      (static_cast<std::uint32_t>(next->as_int(0)) + block_slots - 1) / block_slots;
  for (std::uint32_t b = 0; b < blocks; ++b) {
    const auto block = co_await read_whole_block(redis_, {shard, cohort, b, weekdays::all()}, false);
    if (!block) co_return block.error();
    for (const member& m : (*block)->members()) {
      if (!m.readable || m.devices.empty()) continue;
      const auto wish = unpack_wish(m.wish);
      if (!wish || !wanted(wish->topics)) continue;
      ++size.subscribers;
      for (const auto& d : m.devices) {
        ++(d.platform == platform::ios ? size.ios_devices : size.android_devices);
      }
    }
  }
  co_return result<void>{};
}

}  // namespace paperboy::redis

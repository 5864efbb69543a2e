#include "adapters/redis/blame.hpp"

#include <algorithm>

#include "adapters/redis/keys.hpp"

namespace paperboy::redis {
namespace {

constexpr std::size_t id_digits = 32;

std::string blame_key(std::uint32_t shard, std::string_view run) {
  return shard_key(shard, "blame:") + std::string(run);
}

}  // namespace

task<result<void>> blame(client& redis, std::uint32_t shard, std::string_view run,
                         const subscriber_id& id, std::string_view worker,
                         std::chrono::seconds kept) {
  const std::string key = blame_key(shard, run);
  pipeline both;
  both.add("HSET", key, to_text(id) + ':' + std::string(worker), "");
  both.add("EXPIRE", key, kept.count());
  const auto answers = co_await redis.call_all(std::move(both));
  for (const auto& a : answers) {
    if (!a) co_return a.error();
  }
  co_return result<void>{};
}

task<result<std::vector<suspect>>> suspects_of(client& redis, std::uint32_t shard,
                                               std::string_view run) {
  const answer lives = co_await redis.call("HKEYS", blame_key(shard, run));
  if (!lives) co_return lives.error();
  std::vector<suspect> all;
  for (const auto& life : *lives) {
    const auto id = parse_subscriber_id(life.as_string().substr(0, id_digits));
    if (!id) continue;
    const auto known = std::ranges::find(all, *id, &suspect::id);
    if (known == all.end()) {
      all.push_back({*id, 1});
    } else {
      ++known->times;
    }
  }
  co_return all;
}

}  // namespace paperboy::redis

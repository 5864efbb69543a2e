#include "adapters/redis/keys.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <initializer_list>

#include "adapters/redis/command.hpp"

namespace paperboy::redis {
namespace {

// Keys are made for every command: at most one allocation, no intermediate texts.
std::string key_of_shard(std::uint32_t shard, std::initializer_list<std::string_view> parts) {
  const decimal number(shard);
  std::size_t size = sizeof "{s000}:";
  for (const auto part : parts) size += part.size();
  std::string key;
  key.reserve(size);
  key += shard < 10 ? "{s00" : shard < 100 ? "{s0" : "{s";
  key += number.view();
  key += parts.size() > 0 ? "}:" : "}";
  for (const auto part : parts) key += part;
  return key;
}

}  // namespace

std::string shard_tag(std::uint32_t shard) {
  return key_of_shard(shard, {});
}

std::string shard_key(std::uint32_t shard, std::string_view rest) {
  return key_of_shard(shard, {rest});
}

std::string app_key(std::string_view app, std::string_view rest) {
  std::string key = "{a:";
  key += app;
  key += "}:";
  key += rest;
  return key;
}

std::string locator_key(subscriber_id id, std::uint32_t shards) {
  // Bytes 2 and 3: the first two chose the shard, the last six are the field.
  const std::uint32_t bucket = ((std::uint32_t{id.bytes[2]} << 8) | id.bytes[3]) % buckets;
  return key_of_shard(id.shard(shards), {"loc:", decimal(bucket)});
}

std::string_view locator_field(const subscriber_id& id) {
  return id.view().substr(10);
}

std::string records_key(std::uint32_t shard, std::string_view cohort, std::uint32_t block) {
  return key_of_shard(shard, {"r:", cohort, ":", decimal(block)});
}

std::string marks_key(std::uint32_t shard, std::string_view cohort, std::uint32_t block) {
  return key_of_shard(shard, {"m:", cohort, ":", decimal(block)});
}

std::string at_once_key(std::uint32_t shard, std::string_view app, topic_number topic) {
  return key_of_shard(shard, {"t:", app, ":", decimal(topic)});
}

std::string spill_key(std::uint32_t shard, const subscriber_id& id) {
  return shard_key(shard, "x:" + to_text(id));
}

token_place place_of_token(std::string_view app, platform p, std::string_view token,
                           std::uint32_t shards) {
  XXH64_hash_t seed = XXH3_64bits(app.data(), app.size());
  seed ^= static_cast<XXH64_hash_t>(p) + 1;
  const XXH128_hash_t hash = XXH3_128bits_withSeed(token.data(), token.size(), seed);
  token_place at;
  // 65,536 first, as a subscriber id's first two bytes do, so that both find the same shard.
  at.shard = static_cast<std::uint32_t>(hash.high64 & 0xffff) % shards;
  at.key = key_of_shard(at.shard, {"tok:", decimal((hash.high64 >> 16) % buckets)});
  at.fingerprint.resize(8);
  std::memcpy(at.fingerprint.data(), &hash.low64, 8);
  return at;
}

}  // namespace paperboy::redis

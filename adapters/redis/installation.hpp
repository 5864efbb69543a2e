#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "adapters/redis/client.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy::redis {

class shard_guard;

inline constexpr std::size_t secret_bytes = 32;

// What is fixed when Paperboy is first started on a Redis, and kept under control_key.
struct installation {
  std::uint32_t shards = 0;
  int layout = 0;
  int min_reader = 0;  // a program that reads only older records must not claim
  std::string secret;  // for net::hmac_seal; never logged
  // Per shard, random. Each stands in its shard, under control_key and, embedded, in a file: a
  // shard that says another, or none, lost what it held.
  std::vector<std::string> generations;
};

struct installation_settings {
  std::uint32_t shards = 16;  // 1 to 999
  // A copy of the generations beside Redis's own data, so that an emptied Redis is not taken for a
  // first start. Empty: none.
  std::filesystem::path witness;
};

// On an error, one sentence with a remedy in `problem`. errc::refused: another number of shards, a
// layout or records of a newer version. errc::shard_regressed: Redis holds less than it did;
// `lost` names the shards. errc::unavailable, errc::timed_out: Redis is away. errc::protocol: what
// is kept is none of ours.
struct opened_installation {
  error_code error;
  std::string problem;
  std::vector<std::uint32_t> lost;
  installation kept;

  explicit operator bool() const noexcept { return !error; }
};

// The first start on an empty Redis makes the installation, and one that died midway goes on; every
// later one checks it. Any number of programs may do this at once.
task<opened_installation> open_installation(client& redis, installation_settings s);

// Asks all shards and the notes what they hold, and tells the guard: who is lost, and who is whole
// again. errc::shard_regressed if any is lost.
task<result<void>> check_generations(client& redis, shard_guard& guard);

}  // namespace paperboy::redis

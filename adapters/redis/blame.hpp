#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/client.hpp"
#include "core/ports/walk.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy::redis {

// What workers said with their last words: whom they served when they ended by their own fault.

// `worker`: another name for each life of each process; saying it twice counts once.
task<result<void>> blame(client& redis, std::uint32_t shard, std::string_view run,
                         const subscriber_id& id, std::string_view worker,
                         std::chrono::seconds kept);

task<result<std::vector<suspect>>> suspects_of(client& redis, std::uint32_t shard,
                                               std::string_view run);

}  // namespace paperboy::redis

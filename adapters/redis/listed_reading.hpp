#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/client.hpp"
#include "adapters/redis/recent_records.hpp"
#include "adapters/redis/subscriber_reading.hpp"
#include "core/ports/audience_index.hpp"
#include "core/ports/walk.hpp"

namespace paperboy::redis {

// A block of a list part: at most 256 members, each 16 bytes of id, device mask u32, slot u32, cohort
// text (u8 length + bytes), little-endian. A member's place in it is the slot of its bit.
std::string pack_listed(std::span<const frozen_member> members);
// errc::protocol for anything that pack_listed did not write.
result<std::vector<frozen_member>> unpack_listed(std::string_view packed);

// The members as they are now, wherever their records lie by now, or as they are in `recent`, if
// given. Whoever is gone is left out.
task<result<std::unique_ptr<block_contents>>> read_listed(client& redis, subscriber_reader& reader,
                                                          recent_records* recent,
                                                          std::uint32_t shard,
                                                          std::string_view packed);

}  // namespace paperboy::redis

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/redis/keys.hpp"
#include "adapters/redis/token_index.hpp"
#include "core/domain/subscriber.hpp"

namespace paperboy::redis {

// One token that a write gives to a device, or takes from it, and what the index said of it.
struct token_move {
  token_place at;
  indexed_device device;
  bool gained = false;  // else given up
  std::string entry;    // as it stands in the index now; empty: there is none
  token_entry said;
};

bool same_place(const token_place& a, const token_place& b) noexcept;

// The device of `s` that holds the token of that place live, if any.
const device* holder_in(const subscriber& s, const token_place& at, std::uint32_t shards);

// What changes between two states of one subscriber, either of which may be null. None where two
// live devices of `after` hold one token.
std::optional<std::vector<token_move>> token_moves(const subscriber* before,
                                                   const subscriber* after, std::uint32_t shards);

}  // namespace paperboy::redis

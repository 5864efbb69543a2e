#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/domain/identifiers.hpp"
#include "core/result.hpp"

namespace paperboy::redis {

// Whose a push token is, as the token index says: 17 bytes of device id, and 17 more while the token
// passes to a device whose subscriber lies in another shard. The records decide: a device that does
// not hold the token live, in its record, does not own it, whatever is said here.
struct token_entry {
  std::optional<device_id> owner;
  std::optional<device_id> pending;

  friend bool operator==(const token_entry&, const token_entry&) = default;
};

// Empty for an entry that says nothing: there is none then.
std::string pack(const token_entry& entry);
// errc::protocol for bytes that are no entry; empty bytes are the entry that is not there.
result<token_entry> unpack_token_entry(std::string_view bytes);

}  // namespace paperboy::redis

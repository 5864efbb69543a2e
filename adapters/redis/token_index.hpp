#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/domain/identifiers.hpp"
#include "core/result.hpp"

namespace paperboy::redis {

// A device as the index names it, in 11 bytes: the ten bytes of its subscriber's id that find the
// locator (0 to 3 and 10 to 15), and its number. The record has the whole id.
struct indexed_device {
  std::array<std::uint8_t, 10> subscriber{};
  std::uint8_t number = 0;

  indexed_device() = default;
  explicit indexed_device(const device_id& id) noexcept;

  // The id with bytes 4 to 9 zero.
  subscriber_id found_by() const noexcept;
  bool belongs_to(const subscriber_id& id) const noexcept;

  friend bool operator==(const indexed_device&, const indexed_device&) = default;
};

// Whose a push token is, as the token index says: one device, and a second one while the token
// passes to a device whose subscriber lies in another shard. The records decide: a device that does
// not hold the token live, in its record, does not own it, whatever is said here.
struct token_entry {
  std::optional<indexed_device> owner;
  std::optional<indexed_device> pending;

  friend bool operator==(const token_entry&, const token_entry&) = default;
};

// Empty for an entry that says nothing: there is none then.
std::string pack(const token_entry& entry);
// errc::protocol for bytes that are no entry; empty bytes are the entry that is not there.
result<token_entry> unpack_token_entry(std::string_view bytes);

}  // namespace paperboy::redis

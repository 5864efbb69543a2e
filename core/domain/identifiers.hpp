#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace paperboy {

// 128 bits; the first two bytes decide the shard, the rest is random. Text form: 32 hex digits.
struct subscriber_id {
  std::array<std::uint8_t, 16> bytes{};

  friend auto operator<=>(const subscriber_id&, const subscriber_id&) = default;
  std::string_view view() const noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::uint32_t shard(std::uint32_t shards) const noexcept {
    return ((std::uint32_t{bytes[0]} << 8) | bytes[1]) % shards;
  }
};

// A device is the n-th of its subscriber; numbers are given again only after `generation` changed.
// Text form: 34 hex digits.
struct device_id {
  subscriber_id subscriber;
  std::uint8_t number = 0;

  friend auto operator<=>(const device_id&, const device_id&) = default;
};

std::string to_text(const subscriber_id& id);
std::string to_text(const device_id& id);
std::optional<subscriber_id> parse_subscriber_id(std::string_view text) noexcept;
std::optional<device_id> parse_device_id(std::string_view text) noexcept;
// From its 16 raw bytes, as view() gives them.
subscriber_id subscriber_id_from(std::string_view raw) noexcept;

// [a-z0-9][a-z0-9_-]{0,31}: what may name an app; it stands inside Redis keys.
bool valid_app_id(std::string_view id) noexcept;

// Names one push to one device in one run, the same for every attempt (RFC 9562 version 8 layout).
struct message_id;
message_id make_message_id(std::string_view run, const device_id& device) noexcept;

std::string to_hex(std::string_view raw);
std::optional<std::string> from_hex(std::string_view text);  // either case, even length

}  // namespace paperboy

template <>
struct std::hash<paperboy::subscriber_id> {
  std::size_t operator()(const paperboy::subscriber_id& id) const noexcept {
    std::size_t h;
    std::memcpy(&h, id.bytes.data() + 8, sizeof h);
    return h;
  }
};

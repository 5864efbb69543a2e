#include "core/domain/identifiers.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "core/domain/notification.hpp"

namespace paperboy {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Reads `size` bytes; false where a digit is not lower-case hex, so that an id has one spelling.
bool read_hex(std::string_view text, std::uint8_t* out, std::size_t size) noexcept {
  for (std::size_t i = 0; i < size; ++i) {
    const char high = text[2 * i];
    const char low = text[2 * i + 1];
    if (hex_value(high) < 0 || hex_value(low) < 0) return false;
    if ((high >= 'A' && high <= 'F') || (low >= 'A' && low <= 'F')) return false;
    out[i] = static_cast<std::uint8_t>(hex_value(high) * 16 + hex_value(low));
  }
  return true;
}

}  // namespace

std::string to_hex(std::string_view raw) {
  std::string text(raw.size() * 2, '\0');
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto byte = static_cast<unsigned char>(raw[i]);
    text[2 * i] = hex_digits[byte >> 4];
    text[2 * i + 1] = hex_digits[byte & 15];
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string raw(text.size() / 2, '\0');
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    raw[i] = static_cast<char>(high * 16 + low);
  }
  return raw;
}

std::string to_text(const subscriber_id& id) { return to_hex(id.view()); }

std::string to_text(const device_id& id) {
  const char number = static_cast<char>(id.number);
  return to_hex(id.subscriber.view()) + to_hex({&number, 1});
}

std::optional<subscriber_id> parse_subscriber_id(std::string_view text) noexcept {
  subscriber_id id;
  if (text.size() != 32 || !read_hex(text, id.bytes.data(), 16)) return std::nullopt;
  return id;
}

std::optional<device_id> parse_device_id(std::string_view text) noexcept {
  device_id id;
  if (text.size() != 34 || !read_hex(text, id.subscriber.bytes.data(), 16)) return std::nullopt;
  if (!read_hex(text.substr(32), &id.number, 1)) return std::nullopt;
  return id;
}

subscriber_id subscriber_id_from(std::string_view raw) noexcept {
  subscriber_id id;
  std::copy_n(raw.begin(), std::min(raw.size(), id.bytes.size()), id.bytes.begin());
  return id;
}

bool valid_app_id(std::string_view id) noexcept {
  if (id.empty() || id.size() > 32) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const char c = id[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!letter && (i == 0 || (c != '_' && c != '-'))) return false;
  }
  return true;
}

message_id make_message_id(std::string_view run, const device_id& device) noexcept {
  const XXH64_hash_t seed = XXH3_64bits(run.data(), run.size());
  std::array<std::uint8_t, 17> key;
  std::memcpy(key.data(), device.subscriber.bytes.data(), 16);
  key[16] = device.number;
  const XXH128_hash_t hash = XXH3_128bits_withSeed(key.data(), key.size(), seed);
  std::array<std::uint8_t, 16> b;
  std::memcpy(b.data(), &hash.low64, 8);
  std::memcpy(b.data() + 8, &hash.high64, 8);
  b[6] = static_cast<std::uint8_t>((b[6] & 0x0f) | 0x80);  // version 8
  b[8] = static_cast<std::uint8_t>((b[8] & 0x3f) | 0x80);  // variant
  message_id id{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id.text[at++] = '-';
    id.text[at++] = hex_digits[b[i] >> 4];
    id.text[at++] = hex_digits[b[i] & 15];
  }
  return id;
}

}  // namespace paperboy

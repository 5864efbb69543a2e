#include "core/domain/credential.hpp"

#include <array>
#include <cstring>
#include <span>

namespace paperboy {
namespace {

constexpr std::string_view prefix = "pd_";
constexpr std::string_view purpose = "device-credential";
constexpr std::size_t body_digits = 50;  // 62^50 > 2^296
constexpr std::size_t check_digits = 6;  // 62^6 > 2^32
static_assert(prefix.size() + body_digits + check_digits == device_credential_bytes);

constexpr std::size_t named_bytes = 21;  // device id and generation
constexpr std::size_t body_bytes = named_bytes + std::tuple_size_v<seal::mac>;
using body = std::array<std::uint8_t, body_bytes>;

constexpr std::string_view digits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
// Five digits at a time fit into 32 bits.
constexpr std::size_t group_digits = 5;
constexpr std::uint64_t group_base = 62ULL * 62 * 62 * 62 * 62;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1U) != 0 ? (c >> 1) ^ 0xEDB88320U : c >> 1;
    table[i] = c;
  }
  return table;
}
constexpr auto crc_table = make_crc_table();

std::uint32_t crc32(std::string_view bytes) noexcept {
  std::uint32_t c = 0xFFFFFFFFU;
  for (const char byte : bytes) {
    c = crc_table[(c ^ static_cast<std::uint8_t>(byte)) & 0xFFU] ^ (c >> 8);
  }
  return c ^ 0xFFFFFFFFU;
}

int digit_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  if (c >= 'a' && c <= 'z') return c - 'a' + 36;
  return -1;
}

// The number as big-endian limbs; ten of them hold the 37 bytes and three zeros before them.
using limbs = std::array<std::uint32_t, 10>;
constexpr std::size_t leading_zeros = sizeof(limbs) - body_bytes;

limbs to_limbs(const body& b) noexcept {
  limbs n{};
  for (std::size_t i = 0; i < body_bytes; ++i) {
    auto& limb = n[(i + leading_zeros) / 4];
    limb = (limb << 8) | b[i];
  }
  return n;
}

void write_digits(limbs n, std::span<char> out) noexcept {
  for (std::size_t end = out.size(); end > 0; end -= group_digits) {
    std::uint64_t rest = 0;
    for (auto& limb : n) {
      const std::uint64_t part = (rest << 32) | limb;
      limb = static_cast<std::uint32_t>(part / group_base);
      rest = part % group_base;
    }
    for (std::size_t i = 1; i <= group_digits; ++i) {
      out[end - i] = digits[rest % 62];
      rest /= 62;
    }
  }
}

std::optional<body> read_digits(std::string_view text) noexcept {
  limbs n{};
  for (std::size_t at = 0; at < text.size(); at += group_digits) {
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < group_digits; ++i) {
      const int value = digit_value(text[at + i]);
      if (value < 0) return std::nullopt;
      carry = carry * 62 + static_cast<std::uint64_t>(value);
    }
    for (std::size_t i = n.size(); i-- > 0;) {
      const std::uint64_t part = n[i] * group_base + carry;
      n[i] = static_cast<std::uint32_t>(part);
      carry = part >> 32;
    }
    if (carry != 0) return std::nullopt;
  }
  // A number past the body's width would be a second spelling of another one.
  if (n[0] >> (32 - 8 * leading_zeros) != 0) return std::nullopt;
  body b;
  for (std::size_t i = 0; i < body_bytes; ++i) {
    const std::size_t place = i + leading_zeros;
    b[i] = static_cast<std::uint8_t>(n[place / 4] >> (8 * (3 - place % 4)));
  }
  return b;
}

std::array<char, check_digits> check_sum(std::string_view text) noexcept {
  std::uint32_t sum = crc32(text);
  std::array<char, check_digits> out{};
  for (std::size_t i = check_digits; i-- > 0;) {
    out[i] = digits[sum % 62];
    sum /= 62;
  }
  return out;
}

std::string_view named(const body& b) noexcept {
  return {reinterpret_cast<const char*>(b.data()), named_bytes};
}

}  // namespace

std::string device_credentials::issue(const device_id& device, std::uint32_t generation) const {
  body b{};
  std::memcpy(b.data(), device.subscriber.bytes.data(), 16);
  b[16] = device.number;
  for (unsigned i = 0; i < 4; ++i) b[17 + i] = static_cast<std::uint8_t>(generation >> (8 * i));
  const seal::mac mac = seal_.sign(purpose, named(b));
  std::memcpy(b.data() + named_bytes, mac.data(), mac.size());

  std::string text(device_credential_bytes, '0');
  std::memcpy(text.data(), prefix.data(), prefix.size());
  write_digits(to_limbs(b), std::span(text).subspan(prefix.size(), body_digits));
  const auto check = check_sum(std::string_view(text).substr(0, prefix.size() + body_digits));
  std::memcpy(text.data() + prefix.size() + body_digits, check.data(), check.size());
  return text;
}

std::optional<opened_credential> device_credentials::open(std::string_view text) const {
  if (text.size() != device_credential_bytes || !text.starts_with(prefix)) return std::nullopt;
  const auto check = check_sum(text.substr(0, prefix.size() + body_digits));
  if (text.substr(prefix.size() + body_digits) != std::string_view(check.data(), check.size())) {
    return std::nullopt;
  }
  const auto b = read_digits(text.substr(prefix.size(), body_digits));
  if (!b) return std::nullopt;

  const seal::mac mac = seal_.sign(purpose, named(*b));
  unsigned difference = 0;
  for (std::size_t i = 0; i < mac.size(); ++i) {
    difference |= static_cast<unsigned>(mac[i] ^ (*b)[named_bytes + i]);
  }
  if (difference != 0) return std::nullopt;

  opened_credential opened;
  std::memcpy(opened.device.subscriber.bytes.data(), b->data(), 16);
  opened.device.number = (*b)[16];
  for (unsigned i = 0; i < 4; ++i) {
    opened.generation |= static_cast<std::uint32_t>((*b)[17 + i]) << (8 * i);
  }
  return opened;
}

}  // namespace paperboy

#include "adapters/http/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace paperboy::http {
namespace {

constexpr bool is_continuation(unsigned char c) noexcept {
  return (c & 0xc0U) == 0x80U;
}

// The length of the well-formed sequence at `s`, 0 if there is none. `left` is at least 1.
std::size_t sequence_length(const unsigned char* s, std::size_t left) noexcept {
  const unsigned char first = s[0];
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  if (left < 2 || !is_continuation(s[1])) return 0;
  if (first < 0xe0) return 2;
  if ((first == 0xe0 && s[1] < 0xa0) || (first == 0xed && s[1] > 0x9f) ||
      (first == 0xf0 && s[1] < 0x90) || (first == 0xf4 && s[1] > 0x8f)) {
    return 0;
  }
  if (left < 3 || !is_continuation(s[2])) return 0;
  if (first < 0xf0) return 3;
  return left >= 4 && is_continuation(s[3]) ? 4 : 0;
}

}  // namespace

std::optional<std::size_t> invalid_utf8_at(std::string_view text) noexcept {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t i = 0;
  while (i < text.size()) {
    if (text.size() - i >= 8) {
      std::uint64_t block = 0;
      std::memcpy(&block, bytes + i, 8);
      if ((block & 0x8080808080808080ULL) == 0) {
        i += 8;
        continue;
      }
    }
    const std::size_t length = sequence_length(bytes + i, text.size() - i);
    if (length == 0) return i;
    i += length;
  }
  return std::nullopt;
}

}  // namespace paperboy::http

#include "adapters/net/json_string.hpp"

#include <cstdint>
#include <cstring>

namespace paperboy::net {
namespace {

constexpr bool special(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

// Whether any of eight bytes is: `x - n * ones & ~x & tops` says whether a byte of x is below n
// (Bit Twiddling Hacks, "Determine if a word has a byte less than n").
bool any_special(std::uint64_t bytes) noexcept {
  constexpr std::uint64_t ones = 0x0101'0101'0101'0101, tops = ones << 7;
  const auto below = [](std::uint64_t x, std::uint64_t n) { return (x - n * ones) & ~x & tops; };
  return (below(bytes, 0x20) | below(bytes ^ ones * '"', 1) | below(bytes ^ ones * '\\', 1)) != 0;
}

// How many bytes at the front stand for themselves.
std::size_t plain_bytes(std::string_view text) noexcept {
  std::size_t plain = 0;
  for (std::uint64_t eight; plain + sizeof eight <= text.size(); plain += sizeof eight) {
    std::memcpy(&eight, text.data() + plain, sizeof eight);
    if (any_special(eight)) break;
  }
  if (plain > 0 && plain < text.size() && text.size() - plain < sizeof(std::uint64_t)) {
    // The last eight, some of them for the second time.
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + text.size() - sizeof eight, sizeof eight);
    if (!any_special(eight)) return text.size();
  }
  while (plain < text.size() && !special(text[plain])) ++plain;
  return plain;
}

void append_escape(std::string& out, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto code = static_cast<unsigned char>(c);
  out += "\\u00";
  out += hex[code >> 4];
  out += hex[code & 15];
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t plain = plain_bytes(text);
    out += text.substr(0, plain);
    if (plain == text.size()) return;
    append_escape(out, text[plain]);
    text.remove_prefix(plain + 1);
  }
}

bool needs_json_escapes(std::string_view text) noexcept {
  return plain_bytes(text) < text.size();
}

void append_json_member(std::string& out, std::string_view key, std::string_view value) {
  out += '"';
  out += key;
  out += "\":\"";
  append_json_text(out, value);
  out += '"';
}

}  // namespace paperboy::net

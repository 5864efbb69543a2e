#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace paperboy::http {

// The small vocabulary of RFC 9110 section 5.6, on bytes; no locale.

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

constexpr bool is_alpha(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

namespace detail {

inline constexpr std::uint8_t name_bit = 1;
inline constexpr std::uint8_t value_bit = 2;

consteval std::array<std::uint8_t, 256> classify() {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned c = 0; c < 256; ++c) {
    const char symbol = static_cast<char>(c);
    if (is_alpha(symbol) || is_digit(symbol) ||
        std::string_view("!#$%&'*+-.^`|~").find(symbol) != std::string_view::npos) {
      classes[c] |= name_bit;
    }
    if (c == '\t' || (c >= 0x20 && c != 0x7f)) classes[c] |= value_bit;
  }
  return classes;
}

inline constexpr auto classes = classify();

}  // namespace detail

// tchar, without `_`: names that differ only in `-` and `_` are one variable to many gateways.
constexpr bool is_field_name_char(char c) noexcept {
  return (detail::classes[static_cast<unsigned char>(c)] & detail::name_bit) != 0;
}

constexpr bool is_token_char(char c) noexcept {
  return is_field_name_char(c) || c == '_';
}

// field-vchar, obs-text, space and tab: no other control character.
constexpr bool is_field_value_char(char c) noexcept {
  return (detail::classes[static_cast<unsigned char>(c)] & detail::value_bit) != 0;
}

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

constexpr std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Calls `each` with every element of a comma-separated list, empty ones left out.
template <class Each>
constexpr void for_each_element(std::string_view list, Each each) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto element = trimmed(list.substr(0, comma));
    if (!element.empty()) each(element);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
}

}  // namespace paperboy::http

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace paperboy {

// A date of the proleptic Gregorian calendar without a zone, as days since 1970-01-01. Day 0 stands
// for "no date" where a mark is meant.
struct local_date {
  std::int32_t days = 0;

  friend constexpr auto operator<=>(const local_date&, const local_date&) = default;

  constexpr local_date plus(std::int32_t count) const noexcept { return {days + count}; }

  // 0 is Monday, 6 is Sunday. 1970-01-01 was a Thursday.
  constexpr unsigned weekday() const noexcept {
    return static_cast<unsigned>(((days + 3) % 7 + 7) % 7);
  }

  // A subscriber's mark: 16 bits, 0 for "none", good until 2149-06-06; what lies outside is
  // clamped.
  constexpr std::uint16_t mark() const noexcept {
    if (days < 0) return 0;
    return days > 0xFFFF ? std::uint16_t{0xFFFF} : static_cast<std::uint16_t>(days);
  }
  static constexpr local_date from_mark(std::uint16_t mark) noexcept { return {mark}; }
};

// From year, month 1-12, day 1-31 of an existing date; none otherwise. Years 1 to 9999.
std::optional<local_date> make_local_date(int year, unsigned month, unsigned day) noexcept;

// YYYY-MM-DD (RFC 3339 full-date), years 0001 to 9999; exactly ten characters.
std::optional<local_date> parse_local_date(std::string_view text) noexcept;
// The inverse, for years 0001 to 9999.
std::string to_text(local_date date);

// A set of weekdays; Monday is bit 0.
class weekdays {
 public:
  constexpr weekdays() = default;
  static constexpr weekdays all() noexcept { return from_bits(0x7F); }
  static constexpr weekdays from_bits(std::uint8_t bits) noexcept {
    weekdays w;
    w.bits_ = bits & 0x7F;
    return w;
  }

  constexpr std::uint8_t bits() const noexcept { return bits_; }
  constexpr bool empty() const noexcept { return bits_ == 0; }
  // `weekday` is 0 (Monday) to 6.
  constexpr bool has(unsigned weekday) const noexcept { return (bits_ >> weekday & 1U) != 0; }
  constexpr bool has(local_date date) const noexcept { return has(date.weekday()); }
  constexpr void add(unsigned weekday) noexcept {
    bits_ = static_cast<std::uint8_t>(bits_ | (1U << weekday)) & 0x7F;
  }

  friend constexpr bool operator==(weekdays, weekdays) = default;

 private:
  std::uint8_t bits_ = 0;
};

// "mon" to "sun"; `weekday` is 0 to 6.
std::string_view weekday_name(unsigned weekday) noexcept;
std::optional<unsigned> parse_weekday(std::string_view name) noexcept;

// "mon,wed,fri", from Monday on; empty for the empty set.
std::string to_text(weekdays days);
// Names in any order between commas, without spaces. None for an empty text, an unknown name or a
// name given twice.
std::optional<weekdays> parse_weekdays(std::string_view text) noexcept;

}  // namespace paperboy

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/domain/outcome.hpp"

namespace paperboy {

// RFC 3339 section 5.6 date-time: with "Z" or an offset, either case, years 0001 to 9999 (in UTC
// too), up to nine digits of fraction, cut to milliseconds. A leap second (":60") is refused: no
// instant here could hold it.
std::optional<instant> parse_instant(std::string_view text) noexcept;

// In UTC: "2026-11-24T04:00:00Z"; milliseconds are shown only where there are any. Years 0001 to
// 9999.
std::string format_instant(instant when);

// "HH:MM", 00:00 to 23:59, exactly five characters.
std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text) noexcept;
// The inverse, for 0 to 23:59.
std::string format_time_of_day(std::chrono::minutes time);

inline constexpr std::chrono::days longest_duration{36'525};  // a century

// ISO 8601 durations in weeks, days, hours, minutes and seconds, whole numbers only, weeks with
// nothing else: "PT2H", "P1D", "P1DT2H30M", "P2W". Zero is a duration. Refused: signs, years and
// months (no fixed length), fractions, lower case, and what exceeds longest_duration.
std::optional<std::chrono::seconds> parse_duration(std::string_view text) noexcept;

// The shortest form in days, hours, minutes and seconds: "P1DT2H"; "PT0S" for zero or less.
std::string format_duration(std::chrono::seconds duration);

}  // namespace paperboy

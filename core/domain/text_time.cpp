#include "core/domain/text_time.hpp"

#include <algorithm>
#include <array>

#include "core/domain/local_date.hpp"

namespace paperboy {
namespace {

constexpr instant first_instant = std::chrono::sys_days{std::chrono::year{1} / 1 / 1};
constexpr instant end_of_instants = std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1};

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// Takes exactly two digits, at most `limit`, off the front.
std::optional<int> take_two(std::string_view& text, int limit) noexcept {
  if (text.size() < 2 || !is_digit(text[0]) || !is_digit(text[1])) return std::nullopt;
  const int value = (text[0] - '0') * 10 + (text[1] - '0');
  if (value > limit) return std::nullopt;
  text.remove_prefix(2);
  return value;
}

bool take(std::string_view& text, char c) noexcept {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// ".123…": one to nine digits, cut to milliseconds. Nothing there is zero.
std::optional<std::chrono::milliseconds> take_fraction(std::string_view& text) noexcept {
  if (!take(text, '.')) return std::chrono::milliseconds{0};
  std::size_t digits = 0;
  int value = 0;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), ++digits) {
    if (digits < 3) value = value * 10 + (text.front() - '0');
  }
  if (digits == 0 || digits > 9) return std::nullopt;
  for (std::size_t i = digits; i < 3; ++i) value *= 10;
  return std::chrono::milliseconds{value};
}

// "Z" or "+HH:MM", to the end of the text.
std::optional<std::chrono::minutes> take_offset(std::string_view text) noexcept {
  if (text == "Z" || text == "z") return std::chrono::minutes{0};
  const bool west = text.starts_with('-');
  if (!west && !text.starts_with('+')) return std::nullopt;
  const auto offset = parse_time_of_day(text.substr(1));
  if (!offset) return std::nullopt;
  return west ? -*offset : *offset;
}

void append_number(std::string& text, std::chrono::seconds::rep value, char unit) {
  if (value != 0) text += std::to_string(value) + unit;
}

}  // namespace

std::optional<instant> parse_instant(std::string_view text) noexcept {
  if (text.size() < 20) return std::nullopt;
  const auto date = parse_local_date(text.substr(0, 10));
  if (!date || (text[10] != 'T' && text[10] != 't')) return std::nullopt;
  text.remove_prefix(11);
  const auto hour = take_two(text, 23);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_two(text, 59);
  if (!minute || !take(text, ':')) return std::nullopt;
  const auto second = take_two(text, 59);
  if (!second) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset) return std::nullopt;
  const instant when{std::chrono::days{date->days} + std::chrono::hours{*hour} +
                     std::chrono::minutes{*minute} + std::chrono::seconds{*second} + *fraction -
                     *offset};
  if (when < first_instant || when >= end_of_instants) return std::nullopt;
  return when;
}

std::string format_instant(instant when) {
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::hh_mm_ss time{when - day};
  std::string text;
  text.reserve(sizeof "2026-11-24T07:30:00.000Z");
  text += to_text(local_date{static_cast<std::int32_t>(day.time_since_epoch().count())});
  text += 'T';
  text += format_time_of_day(std::chrono::floor<std::chrono::minutes>(when - day));
  text += ':';
  const auto put = [&text](auto value, int divisor) {
    for (; divisor > 0; divisor /= 10) text += static_cast<char>('0' + value / divisor % 10);
  };
  put(time.seconds().count(), 10);
  if (time.subseconds().count() != 0) {
    text += '.';
    put(time.subseconds().count(), 100);
  }
  text += 'Z';
  return text;
}

std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text) noexcept {
  const auto hour = take_two(text, 23);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_two(text, 59);
  if (!minute || !text.empty()) return std::nullopt;
  return std::chrono::hours{*hour} + std::chrono::minutes{*minute};
}

std::string format_time_of_day(std::chrono::minutes time) {
  const auto digit = [](auto value) { return static_cast<char>('0' + value % 10); };
  const auto hours = time.count() / 60 % 24;
  const auto minutes = time.count() % 60;
  return {digit(hours / 10), digit(hours), ':', digit(minutes / 10), digit(minutes)};
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) noexcept {
  struct unit {
    char designator;
    bool after_t;
    std::chrono::seconds::rep seconds;
  };
  static constexpr std::array units{unit{'W', false, 604'800}, unit{'D', false, 86'400},
                                    unit{'H', true, 3'600}, unit{'M', true, 60},
                                    unit{'S', true, 1}};
  constexpr auto limit = std::chrono::seconds{longest_duration}.count();
  if (!take(text, 'P') || text.empty()) return std::nullopt;
  auto allowed = units.begin();
  bool in_time = false;
  std::chrono::seconds::rep total = 0;
  while (!text.empty()) {
    if (!in_time && take(text, 'T')) in_time = true;
    std::chrono::seconds::rep value = 0;
    std::size_t digits = 0;
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), ++digits) {
      value = value * 10 + (text.front() - '0');
      if (value > limit) return std::nullopt;
    }
    if (digits == 0 || text.empty()) return std::nullopt;
    const auto found = std::find_if(allowed, units.end(), [&](const unit& u) {
      return u.designator == text.front() && u.after_t == in_time;
    });
    if (found == units.end()) return std::nullopt;
    text.remove_prefix(1);
    total += value * found->seconds;
    if (total > limit) return std::nullopt;
    // Weeks stand alone; every other unit is followed by smaller ones only.
    if (found == units.begin() && !text.empty()) return std::nullopt;
    allowed = found + 1;
  }
  return std::chrono::seconds{total};
}

std::string format_duration(std::chrono::seconds duration) {
  if (duration <= std::chrono::seconds{0}) return "PT0S";
  const auto total = duration.count();
  std::string text = "P";
  append_number(text, total / 86'400, 'D');
  if (total % 86'400 == 0) return text;
  text += 'T';
  append_number(text, total % 86'400 / 3'600, 'H');
  append_number(text, total % 3'600 / 60, 'M');
  append_number(text, total % 60, 'S');
  return text;
}

}  // namespace paperboy

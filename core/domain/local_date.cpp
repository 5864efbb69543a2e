#include "core/domain/local_date.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace paperboy {
namespace {

constexpr std::array<std::string_view, 7> names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::optional<unsigned> digits(std::string_view text) noexcept {
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

}  // namespace

std::optional<local_date> make_local_date(int year, unsigned month, unsigned day) noexcept {
  if (year < 1 || year > 9999) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (month > 12 || day > 31 || !date.ok()) return std::nullopt;
  const auto days = std::chrono::sys_days{date}.time_since_epoch().count();
  return local_date{static_cast<std::int32_t>(days)};
}

std::optional<local_date> parse_local_date(std::string_view text) noexcept {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text.substr(0, 4));
  const auto month = digits(text.substr(5, 2));
  const auto day = digits(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  return make_local_date(static_cast<int>(*year), *month, *day);
}

std::string to_text(local_date date) {
  const std::chrono::year_month_day d{std::chrono::sys_days{std::chrono::days{date.days}}};
  std::string text = "0000-00-00";
  const auto put = [&text](std::size_t last, unsigned value, int width) {
    for (; width > 0; --width, --last, value /= 10) {
      text[last] = static_cast<char>('0' + value % 10);
    }
  };
  put(3, static_cast<unsigned>(std::clamp(static_cast<int>(d.year()), 0, 9999)), 4);
  put(6, static_cast<unsigned>(d.month()), 2);
  put(9, static_cast<unsigned>(d.day()), 2);
  return text;
}

std::string_view weekday_name(unsigned weekday) noexcept {
  return weekday < names.size() ? names[weekday] : std::string_view{};
}

std::optional<unsigned> parse_weekday(std::string_view name) noexcept {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<unsigned>(found - names.begin());
}

std::string to_text(weekdays days) {
  std::string text;
  for (unsigned weekday = 0; weekday < names.size(); ++weekday) {
    if (!days.has(weekday)) continue;
    if (!text.empty()) text += ',';
    text += names[weekday];
  }
  return text;
}

std::optional<weekdays> parse_weekdays(std::string_view text) noexcept {
  weekdays days;
  for (;;) {
    const auto comma = text.find(',');
    const auto weekday = parse_weekday(text.substr(0, comma));
    if (!weekday || days.has(*weekday)) return std::nullopt;
    days.add(*weekday);
    if (comma == std::string_view::npos) return days;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace paperboy

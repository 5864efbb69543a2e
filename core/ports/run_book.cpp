#include "core/ports/run_book.hpp"

#include <algorithm>

#include "core/domain/identifiers.hpp"
#include "core/domain/text_time.hpp"

namespace paperboy {
namespace {

constexpr std::string_view digest_prefix = "digest-";
constexpr std::string_view to_the_minute = "20261124T0400Z";
constexpr std::string_view notification_prefix = "notification-";
constexpr std::string_view basic_form = "20261124T040000Z";  // ISO 8601 without its punctuation
constexpr std::size_t random_digits = 12;

constexpr bool is_hex_digit(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

std::optional<instant> instant_of_notification_run(std::string_view run) noexcept {
  if (!run.starts_with(notification_prefix)) return std::nullopt;
  run.remove_prefix(notification_prefix.size());
  if (run.size() != basic_form.size() + 1 + random_digits || run[basic_form.size()] != '-') {
    return std::nullopt;
  }
  const auto random = run.substr(basic_form.size() + 1);
  if (!std::all_of(random.begin(), random.end(), &is_hex_digit)) return std::nullopt;
  const auto part = [run](std::size_t from, std::size_t size) {
    return std::string(run.substr(from, size));
  };
  if (run[basic_form.size() - 1] != 'Z') return std::nullopt;
  return parse_instant(part(0, 4) + '-' + part(4, 2) + '-' + part(6, 5) + ':' + part(11, 2) + ':' +
                       part(13, 3));
}

}  // namespace

std::string digest_run_id(std::string_view app, instant at) {
  // "2026-11-24T04:00:00Z" -> "20261124T0400Z"
  const std::string full = format_instant(std::chrono::floor<std::chrono::minutes>(at));
  return std::string(digest_prefix) + std::string(app) + '-' + full.substr(0, 4) +
         full.substr(5, 2) + full.substr(8, 5) + full.substr(14, 2) + "Z";
}

std::optional<instant> instant_of_digest_run(std::string_view run) noexcept {
  if (!run.starts_with(digest_prefix)) return std::nullopt;
  run.remove_prefix(digest_prefix.size());
  if (run.size() <= to_the_minute.size() + 1) return std::nullopt;
  const std::string_view t = run.substr(run.size() - to_the_minute.size());
  const std::string_view app = run.substr(0, run.size() - to_the_minute.size() - 1);
  if (run[app.size()] != '-' || !valid_app_id(app) || t.back() != 'Z') return std::nullopt;
  const std::string full = std::string(t.substr(0, 4)) + '-' + std::string(t.substr(4, 2)) + '-' +
                           std::string(t.substr(6, 5)) + ':' + std::string(t.substr(11, 2)) + ":00Z";
  return parse_instant(full);
}

std::string notification_run_id(instant due, std::uint64_t random) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string id(notification_prefix);
  for (const char c : format_instant(std::chrono::floor<std::chrono::seconds>(due))) {
    if (c != '-' && c != ':') id += c;
  }
  id += '-';
  for (std::size_t i = random_digits; i > 0; --i) id += digits[random >> 4 * (i - 1) & 15];
  return id;
}

std::optional<instant> instant_of_run(std::string_view run) noexcept {
  const auto at = instant_of_digest_run(run);
  return at ? at : instant_of_notification_run(run);
}

}  // namespace paperboy

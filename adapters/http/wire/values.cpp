#include "adapters/http/wire/values.hpp"

#include "core/domain/locale.hpp"
#include "core/domain/text_time.hpp"
#include "core/domain/zone.hpp"

namespace paperboy::http {

std::string optional_text(object_reader& r, std::string_view name) {
  const auto text = r.optional_string(name);
  if (text && text->empty()) r.fail(name, "empty", "Leave it out if there is none.");
  return std::string(text.value_or(""));
}

std::optional<instant> read_instant(object_reader& r, std::string_view name) {
  const auto text = r.optional_string(name);
  if (!text) return std::nullopt;
  const auto at = parse_instant(*text);
  if (!at) r.fail(name, "invalid-instant", "Write RFC 3339 with a zone: 2026-11-24T04:00:00Z.");
  return at;
}

std::optional<std::chrono::minutes> read_time_of_day(object_reader& r, std::string_view name) {
  const auto text = r.optional_string(name);
  if (!text) return std::nullopt;
  const auto time = parse_time_of_day(*text);
  if (!time) r.fail(name, "invalid-time", "Write HH:MM, from 00:00 to 23:59.");
  return time;
}

std::optional<std::string> read_time_zone(object_reader& r, std::string_view name) {
  const auto text = r.optional_string(name);
  if (!text) return std::nullopt;
  if (zone::named(*text)) return std::string(*text);
  r.fail(name, "unknown-time-zone", "Write an IANA name such as Asia/Baku; case counts.");
  return std::nullopt;
}

std::optional<std::string> read_locale(object_reader& r, std::string_view name) {
  const auto text = r.optional_string(name);
  if (!text) return std::nullopt;
  if (valid_locale(*text)) return canonical_locale(*text);
  r.fail(name, "invalid-locale", "Write a language tag such as az or az-Latn-AZ (RFC 5646).");
  return std::nullopt;
}

std::optional<frequency> read_frequency(object_reader& r, std::string_view name,
                                        std::string_view text) {
  const auto wanted = parse_frequency(text);
  if (!wanted) r.fail(name, "invalid-frequency", "Write off, digest, instant or both.");
  return wanted;
}

}  // namespace paperboy::http

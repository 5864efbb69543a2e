#include "adapters/http/object_reader.hpp"
#include "adapters/http/wire/preferences_json.hpp"
#include "adapters/http/wire/values.hpp"
#include "core/domain/choice.hpp"
#include "core/domain/item.hpp"
#include "core/domain/text_time.hpp"

namespace paperboy::http {
namespace {

// The member as a patch has it: `read` is asked only for what is there and not null.
template <class T, class Read>
patched<T> patch_of(object_reader& r, std::string_view name, Read read) {
  if (r.is_null(name)) return patched<T>::reset();
  std::optional<T> value = read(r, name);
  return value ? patched<T>::to(std::move(*value)) : patched<T>{};
}

// A member with a vocabulary of its own.
template <class T, class Parse>
auto one_of(Parse parse, std::string_view words) {
  return [parse, words](object_reader& r, std::string_view name) -> std::optional<T> {
    const auto text = r.optional_string(name);
    if (!text) return std::nullopt;
    const std::optional<T> value = parse(*text);
    if (!value) r.fail(name, "unknown-value", words);
    return value;
  };
}

std::optional<std::uint8_t> read_count(object_reader& r, std::string_view name) {
  const auto count = r.optional_int(name, 1, max_digest_items);
  return count ? std::optional(static_cast<std::uint8_t>(*count)) : std::nullopt;
}

std::optional<bool> read_bool(object_reader& r, std::string_view name) {
  return r.optional_bool(name);
}

std::optional<weekdays> read_days(object_reader& r, std::string_view name) {
  const auto names = r.optional_strings(name, 7);
  if (!names) return std::nullopt;
  weekdays days;
  for (const auto day : *names) {
    const auto number = parse_weekday(day);
    if (!number || days.has(*number)) {
      r.fail(name, "invalid-days", "Write mon, tue, wed, thu, fri, sat or sun, each at most once.");
      return std::nullopt;
    }
    days.add(*number);
  }
  if (days.empty()) {
    r.fail(name, "invalid-days", "Name a day at least; to have no digest, set enabled to false.");
    return std::nullopt;
  }
  return days;
}

// Beyond these nobody means a date, and no slot needs a year of five digits.
constexpr int first_year = 2000;
constexpr int last_year = 2099;

std::optional<local_date> read_date(object_reader& r, std::string_view name) {
  const auto text = r.optional_string(name);
  if (!text) return std::nullopt;
  const auto date = parse_local_date(*text);
  if (date && *date >= *make_local_date(first_year, 1, 1) &&
      *date <= *make_local_date(last_year, 12, 31)) {
    return date;
  }
  r.fail(name, "invalid-date", "Write YYYY-MM-DD, a date from 2000-01-01 to 2099-12-31.");
  return std::nullopt;
}

void read_digest(object_reader r, preferences_patch& patch) {
  patch.digest_enabled = patch_of<bool>(r, "enabled", read_bool);
  patch.digest_time = patch_of<std::chrono::minutes>(r, "time", read_time_of_day);
  patch.digest_days = patch_of<weekdays>(r, "days", read_days);
  patch.max_items = patch_of<std::uint8_t>(r, "max_items", read_count);
  patch.min_items = patch_of<std::uint8_t>(r, "min_items", read_count);
  patch.instant_items = patch_of<include_instant>(
      r, "include_instant",
      one_of<include_instant>(parse_include_instant, "Write exclude, unopened or all."));
  r.unknown_fields();
}

void read_quiet_hours(object_reader r, preferences_patch& patch) {
  quiet_hours_patch quiet;
  quiet.start = patch_of<std::chrono::minutes>(r, "start", read_time_of_day);
  quiet.end = patch_of<std::chrono::minutes>(r, "end", read_time_of_day);
  quiet.action = patch_of<quiet_action>(
      r, "action", one_of<quiet_action>(parse_quiet_action, "Write drop, hold or fold."));
  r.unknown_fields();
  patch.quiet = quiet;
}

void read_pause(object_reader r, preferences_patch& patch) {
  pause_patch pause;
  pause.first_day = patch_of<local_date>(r, "first_day", read_date);
  pause.last_day = patch_of<local_date>(r, "last_day", read_date);
  r.unknown_fields();
  patch.pause = pause;
}

void read_topics(object_reader r, preferences_patch& patch) {
  r.each_string([&](std::string_view key, std::optional<std::string_view> text) {
    if (!text) {
      patch.topics.emplace_back(key, std::nullopt);
    } else if (const auto wanted = read_frequency(r, key, *text)) {
      patch.topics.emplace_back(key, wanted);
    }
  });
}

// True for null; else `read` has the object, if there is one.
template <class Read>
bool section(object_reader& r, std::string_view name, preferences_patch& patch, Read read) {
  if (r.is_null(name)) return true;
  if (auto inner = r.optional_object(name)) read(std::move(*inner), patch);
  return false;
}

bool within_a_year(object_reader& r, std::string_view name, instant until, instant now) {
  if (until <= one_year_after(now)) return true;
  r.fail(name, "out-of-range", "A mute lasts at most a year.");
  return false;
}

}  // namespace

preferences_patch read_preferences(const boost::json::value& root, instant now,
                                   std::vector<field_error>& faults) {
  preferences_patch patch;
  object_reader r(root, faults);
  if (!r.is_object()) return patch;
  patch.time_zone = patch_of<std::string>(r, "time_zone", read_time_zone);
  patch.locale = patch_of<std::string>(r, "locale", read_locale);
  patch.digest_reset = section(r, "digest", patch, read_digest);
  patch.quiet_reset = section(r, "quiet_hours", patch, read_quiet_hours);
  patch.pause_reset = section(r, "pause", patch, read_pause);
  patch.topics_reset = section(r, "topics", patch, read_topics);
  patch.mute_until = patch_of<instant>(r, "mute_until", read_instant);
  if (const auto until = patch.mute_until.value()) {
    if (*until <= now || !within_a_year(r, "mute_until", *until, now)) {
      patch.mute_until = patched<instant>::reset();
    }
  }
  for (const auto read_only : {"effective", "next_digest", "version"}) r.has(read_only);
  r.unknown_fields();
  return patch;
}

frequency read_topic_choice(const boost::json::value& root, std::vector<field_error>& faults) {
  object_reader r(root, faults);
  const bool given = r.has("frequency");
  const auto text = r.required_string("frequency");
  frequency wanted = frequency::off;
  if (given && faults.empty()) wanted = read_frequency(r, "frequency", text).value_or(wanted);
  r.unknown_fields();
  return wanted;
}

instant read_mute(const boost::json::value& root, instant now, std::vector<field_error>& faults) {
  object_reader r(root, faults);
  if (!r.is_object()) return {};
  const bool by_instant = r.has("until");
  if (by_instant == r.has("for")) {
    r.fail({}, by_instant ? "too-many" : "required", "Write either until or for.");
    r.unknown_fields();
    return {};
  }
  const std::string_view name = by_instant ? "until" : "for";
  std::optional<instant> until;
  if (by_instant) {
    until = read_instant(r, name);
  } else if (const auto text = r.optional_string(name)) {
    if (const auto length = parse_duration(*text)) {
      until = now + *length;
    } else {
      r.fail(name, "invalid-duration", "Write an ISO 8601 duration such as PT2H or P1D.");
    }
  }
  if (until && *until <= now) {
    r.fail(name, "out-of-range", "A mute ends in the future.");
  } else if (until) {
    within_a_year(r, name, *until, now);
  }
  r.unknown_fields();
  return until.value_or(instant{});
}

}  // namespace paperboy::http

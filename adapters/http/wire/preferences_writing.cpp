#include <algorithm>
#include <cstdlib>

#include "adapters/http/json_writer.hpp"
#include "adapters/http/wire/preferences_json.hpp"
#include "core/domain/next_digest.hpp"
#include "core/domain/text_time.hpp"

namespace paperboy::http {
namespace {

// Of the text without its topics, and of one of them: so that it seldom grows.
constexpr std::size_t usual_size = 512;
constexpr std::size_t usual_topic_size = 96;

template <class Value, class Format>
void write_or_null(json_writer& w, std::string_view name, const std::optional<Value>& value,
                   Format format) {
  w.key(name);
  if (value) {
    w.value(format(*value));
  } else {
    w.null();
  }
}

void write_days(json_writer& w, weekdays days) {
  w.begin_array();
  for (unsigned day = 0; day < 7; ++day) {
    if (days.has(day)) w.value(weekday_name(day));
  }
  w.end_array();
}

void write_quiet_hours(json_writer& w, const std::optional<quiet_hours>& quiet) {
  w.key("quiet_hours");
  if (!quiet) {
    w.null();
    return;
  }
  w.begin_object()
      .member("start", format_time_of_day(quiet->start))
      .member("end", format_time_of_day(quiet->end))
      .member("action", to_text(quiet->action))
      .end_object();
}

void write_pause(json_writer& w, const std::optional<pause>& p) {
  w.key("pause");
  if (!p) {
    w.null();
    return;
  }
  w.begin_object()
      .member("first_day", to_text(p->first_day))
      .member("last_day", to_text(p->last_day))
      .end_object();
}

// Choices for topics that are gone or were locked since are none any more.
void write_topics(json_writer& w, const choices& said, const catalogue& topics) {
  w.key("topics").begin_object();
  for (const topic& t : topics.topics()) {
    if (t.required) continue;
    const auto choice = std::lower_bound(
        said.begin(), said.end(), t.number,
        [](const explicit_choice& one, topic_number number) { return one.number < number; });
    if (choice != said.end() && choice->number == t.number)
      w.member(t.key, to_text(choice->wanted));
  }
  w.end_object();
}

void write_effective(json_writer& w, const choices& said, const catalogue& topics) {
  w.key("effective").begin_object();
  for (const topic& t : topics.topics()) {
    const auto choice = topics.effective(said, t);
    w.key(t.key)
        .begin_object()
        .member("frequency", to_text(choice.wanted))
        .member("source", to_text(choice.source))
        .member("locked", choice.locked)
        .end_object();
  }
  w.end_object();
}

// RFC 3339 with the zone's offset at that moment: the wall clock and the instant in one.
std::string local_text(const zone& z, instant at) {
  const auto local = z.at(at);
  const auto minutes = std::chrono::floor<std::chrono::minutes>(local.time);
  std::string text;
  text.reserve(sizeof "2026-11-24T07:30:00+04:00");
  text += to_text(local.date);
  text += 'T';
  text += format_time_of_day(minutes);
  const auto two_digits = [&text](char sign, std::int64_t n) {
    text += sign;
    text += static_cast<char>('0' + n / 10);
    text += static_cast<char>('0' + n % 10);
  };
  two_digits(':', (local.time - minutes).count());
  const auto offset = std::abs(local.offset.count()) / 60;
  two_digits(local.offset.count() < 0 ? '-' : '+', offset / 60);
  two_digits(':', offset % 60);
  return text;
}

void write_next_digest(json_writer& w, const stored_subscriber& s, const digest_defaults& defaults,
                       instant now) {
  w.key("next_digest");
  const auto next = next_digest(s.value, s.mark, defaults, now);
  const auto z = zone::named(s.value.effective(defaults).time_zone);
  if (!next || !z) {
    w.null();
    return;
  }
  w.begin_object()
      .member("at", format_instant(next->at))
      .member("local", local_text(*z, next->at))
      .member("slot", to_text(next->date))
      .end_object();
}

void write_mute(json_writer& w, const std::optional<instant>& until, instant now) {
  write_or_null(w, "mute_until", until && *until > now ? until : std::nullopt, format_instant);
}

}  // namespace

std::string write_preferences(const stored_subscriber& s, const digest_defaults& defaults,
                              const catalogue& topics, instant now) {
  const preferences& own = s.value.wishes;
  const auto shown = s.value.effective(defaults);
  std::string json;
  json.reserve(usual_size + topics.topics().size() * usual_topic_size);
  json_writer w(json);
  w.begin_object().member("time_zone", shown.time_zone).member("locale", shown.locale);
  w.key("digest")
      .begin_object()
      .member("enabled", shown.digest_enabled)
      .member("time", format_time_of_day(shown.digest_time))
      .key("days");
  write_days(w, shown.digest_days);
  w.member("max_items", unsigned{shown.max_items})
      .member("min_items", unsigned{shown.min_items})
      .member("include_instant", to_text(shown.instant_items))
      .end_object();
  write_quiet_hours(w, own.quiet);
  write_pause(w, own.pause);
  write_mute(w, own.mute_until, now);
  write_topics(w, own.topics, topics);
  write_effective(w, own.topics, topics);
  write_next_digest(w, s, defaults, now);
  w.member("version", unsigned{s.value.version}).end_object();
  return json;
}

void write_own_preferences(json_writer& w, const preferences& p, const catalogue& topics) {
  const auto as_is = [](const auto& value) { return value; };
  w.begin_object();
  write_or_null(w, "time_zone", p.time_zone, as_is);
  write_or_null(w, "locale", p.locale, as_is);
  w.key("digest").begin_object();
  write_or_null(w, "enabled", p.digest_enabled, as_is);
  write_or_null(w, "time", p.digest_time, format_time_of_day);
  w.key("days");
  if (p.digest_days) {
    write_days(w, *p.digest_days);
  } else {
    w.null();
  }
  const auto number = [](std::uint8_t n) { return unsigned{n}; };
  write_or_null(w, "max_items", p.max_items, number);
  write_or_null(w, "min_items", p.min_items, number);
  write_or_null(w, "include_instant", p.instant_items,
                [](include_instant i) { return to_text(i); });
  w.end_object();
  write_quiet_hours(w, p.quiet);
  write_pause(w, p.pause);
  write_or_null(w, "mute_until", p.mute_until, format_instant);
  write_topics(w, p.topics, topics);
  w.end_object();
}

}  // namespace paperboy::http

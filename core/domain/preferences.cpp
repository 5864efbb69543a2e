#include "core/domain/preferences.hpp"

#include <algorithm>

#include "core/domain/json_pointer.hpp"

namespace paperboy {
namespace {

std::optional<quiet_hours> merged_quiet(const std::optional<quiet_hours>& before,
                                        const quiet_hours_patch& patch,
                                        std::vector<field_error>& errors) {
  std::optional<std::chrono::minutes> start, end;
  std::optional<quiet_action> action;
  if (before) {
    start = before->start;
    end = before->end;
    action = before->action;
  }
  patch.start.apply(start);
  patch.end.apply(end);
  patch.action.apply(action);
  if (!start) {
    errors.push_back({"/quiet_hours/start", "required", "quiet hours need a start, HH:MM"});
  }
  if (!end) errors.push_back({"/quiet_hours/end", "required", "quiet hours need an end, HH:MM"});
  if (!start || !end) return std::nullopt;
  if (*start == *end) {
    errors.push_back({"/quiet_hours/end", "empty-window",
                      "start and end are the same; use mute or pause to be silent all day"});
    return std::nullopt;
  }
  return quiet_hours{*start, *end, action.value_or(quiet_action::fold)};
}

std::optional<paperboy::pause> merged_pause(const std::optional<paperboy::pause>& before,
                                            const pause_patch& patch,
                                            std::vector<field_error>& errors) {
  std::optional<local_date> first, last;
  if (before) {
    first = before->first_day;
    last = before->last_day;
  }
  patch.first_day.apply(first);
  patch.last_day.apply(last);
  if (!first) errors.push_back({"/pause/first_day", "required", "a pause needs its first day"});
  if (!last) errors.push_back({"/pause/last_day", "required", "a pause needs its last day"});
  if (!first || !last) return std::nullopt;
  if (*last < *first) {
    errors.push_back({"/pause/last_day", "before-first", "the last day is before the first"});
    return std::nullopt;
  }
  return paperboy::pause{*first, *last};
}

void merge_topics(preferences& p, const preferences_patch& patch, const catalogue& topics,
                  std::vector<field_error>& errors) {
  if (patch.topics_reset) p.topics.clear();
  for (const auto& [key, wanted] : patch.topics) {
    const topic* t = topics.find(key);
    if (t == nullptr) {
      errors.push_back(
          {"/topics" + pointer_token(key), "unknown-topic", "the catalogue has no such topic"});
    } else if (t->required && wanted && *wanted != topics.effective(p.topics, *t).wanted) {
      errors.push_back({"/topics" + pointer_token(key), "locked", "this topic cannot be changed"});
    } else if (!t->required) {
      choose_frequency(p.topics, t->number, wanted);
    }
  }
}

}  // namespace

std::string_view to_text(quiet_action a) noexcept {
  switch (a) {
    case quiet_action::drop: return "drop";
    case quiet_action::hold: return "hold";
    case quiet_action::fold: return "fold";
  }
  return "fold";
}

std::optional<quiet_action> parse_quiet_action(std::string_view text) noexcept {
  for (const auto a : {quiet_action::drop, quiet_action::hold, quiet_action::fold}) {
    if (to_text(a) == text) return a;
  }
  return std::nullopt;
}

std::string_view to_text(include_instant i) noexcept {
  switch (i) {
    case include_instant::exclude: return "exclude";
    case include_instant::unopened: return "unopened";
    case include_instant::all: return "all";
  }
  return "exclude";
}

std::optional<include_instant> parse_include_instant(std::string_view text) noexcept {
  for (const auto i : {include_instant::exclude, include_instant::unopened, include_instant::all}) {
    if (to_text(i) == text) return i;
  }
  return std::nullopt;
}

effective_preferences resolve(const preferences& p, std::string_view device_zone,
                              std::string_view device_locale, const digest_defaults& defaults) {
  effective_preferences e;
  const auto inherited = [](std::string_view device, const std::string& app) {
    return device.empty() ? app : std::string(device);
  };
  e.time_zone = p.time_zone ? *p.time_zone : inherited(device_zone, defaults.time_zone);
  e.locale = p.locale ? *p.locale : inherited(device_locale, defaults.locale);
  e.digest_enabled = p.digest_enabled.value_or(true);
  e.digest_time = p.digest_time.value_or(defaults.time);
  e.digest_days = p.digest_days.value_or(defaults.days);
  e.max_items = p.max_items.value_or(defaults.max_items);
  // An inherited bound gives way to a chosen one, so that one choice never makes the other wrong.
  e.min_items = p.min_items.value_or(std::min(defaults.min_items, e.max_items));
  if (!p.max_items) e.max_items = std::max(e.max_items, e.min_items);
  e.instant_items = p.instant_items.value_or(include_instant::exclude);
  return e;
}

void choose_frequency(choices& said, topic_number number, std::optional<frequency> wanted) {
  const auto at = std::lower_bound(said.begin(), said.end(), number,
                                   [](const auto& c, topic_number n) { return c.number < n; });
  const bool present = at != said.end() && at->number == number;
  if (wanted && present) {
    at->wanted = *wanted;
  } else if (wanted) {
    said.insert(at, {number, *wanted});
  } else if (present) {
    said.erase(at);
  }
}

std::variant<preferences, std::vector<field_error>> merge(const preferences& before,
                                                               const preferences_patch& patch,
                                                               const catalogue& topics) {
  preferences p = before;
  std::vector<field_error> errors;
  patch.time_zone.apply(p.time_zone);
  patch.locale.apply(p.locale);
  if (patch.digest_reset) {
    p.digest_enabled.reset();
    p.digest_time.reset();
    p.digest_days.reset();
    p.max_items.reset();
    p.min_items.reset();
    p.instant_items.reset();
  }
  patch.digest_enabled.apply(p.digest_enabled);
  patch.digest_time.apply(p.digest_time);
  patch.digest_days.apply(p.digest_days);
  patch.max_items.apply(p.max_items);
  patch.min_items.apply(p.min_items);
  patch.instant_items.apply(p.instant_items);
  if (p.max_items && p.min_items && *p.min_items > *p.max_items) {
    errors.push_back({"/digest/min_items", "out-of-range", "min_items is above max_items"});
  }
  if (patch.quiet_reset) p.quiet.reset();
  if (patch.quiet) p.quiet = merged_quiet(p.quiet, *patch.quiet, errors);
  if (patch.pause_reset) p.pause.reset();
  if (patch.pause) p.pause = merged_pause(p.pause, *patch.pause, errors);
  patch.mute_until.apply(p.mute_until);
  merge_topics(p, patch, topics, errors);
  if (!errors.empty()) return errors;
  return p;
}

silence silenced(const silence_rules& rules, instant now, local_date today) noexcept {
  if (rules.mute_until && now < *rules.mute_until) return silence::muted;
  if (rules.pause && rules.pause->first_day <= today && today <= rules.pause->last_day) {
    return silence::paused;
  }
  return silence::none;
}

}  // namespace paperboy

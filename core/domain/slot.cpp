#include "core/domain/slot.hpp"

#include <algorithm>

#include "core/domain/text_time.hpp"

namespace paperboy {
namespace {

// A week, and another for a chosen weekday on a date that the zone skips, and the dates beside the
// local one on which a gap or an overlap may put a slot.
constexpr int most_dates = 17;

std::optional<slot> later_slot(const zone& z, std::chrono::minutes time, weekdays days,
                               instant after, local_date from) {
  for (int i = 0; i < most_dates; ++i) {
    const local_date date = from.plus(i);
    if (!days.has(date)) continue;
    const auto found = slot_on(z, date, time);
    if (found && found->at > after) return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<slot> slot_on(const zone& z, local_date date, std::chrono::minutes time) {
  const auto at = z.first(date, time);
  if (!at) return std::nullopt;
  return slot{.date = date, .time = time, .at = *at};
}

// It begins a date early: a gap at the end of a day puts that day's slot on the next date.
std::optional<slot> next_slot(const zone& z, std::chrono::minutes time, weekdays days,
                              instant after) {
  return later_slot(z, time, days, after, z.at(after).date.plus(-1));
}

// It begins a date late: a clock set back over midnight shows the earlier date again after the
// later date's first minutes.
std::optional<slot> previous_slot(const zone& z, std::chrono::minutes time, weekdays days,
                                  instant until) {
  const local_date from = z.at(until).date.plus(1);
  for (int i = 0; i < most_dates; ++i) {
    const local_date date = from.plus(-i);
    if (!days.has(date)) continue;
    const auto found = slot_on(z, date, time);
    if (found && found->at <= until) return found;
  }
  return std::nullopt;
}

std::optional<slot> first_slot_after_move(instant now, const zone& z, std::chrono::minutes time,
                                          weekdays days, local_date last_sent) {
  const local_date earliest = z.at(now).date.plus(-1);
  return later_slot(z, time, days, now, std::max(earliest, last_sent.plus(1)));
}

std::string schedule_line(const slot& s, const zone& z) {
  const auto shown = std::chrono::floor<std::chrono::minutes>(z.at(s.at).time);
  return to_text(s.date) + ' ' + format_time_of_day(shown) + ' ' + format_instant(s.at);
}

}  // namespace paperboy

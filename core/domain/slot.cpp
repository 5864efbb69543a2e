#include "core/domain/slot.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>

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

// A zone's name stands at one place for the life of the process.
struct schedule {
  const char* zone;
  std::chrono::minutes time;
  unsigned days;

  friend bool operator==(const schedule&, const schedule&) = default;
};

// Many subscribers share a schedule, and its next slot stays the same until it has passed. Asking
// the zone's rules for it again each time would be a tenth of a request for preferences.
class known_slots {
 public:
  std::optional<slot> find(const schedule& s, instant after) const {
    const auto found = slots_.find(s);
    if (found == slots_.end() || after < found->second.since || found->second.next.at <= after) {
      return std::nullopt;
    }
    return found->second.next;
  }
  void keep(const schedule& s, instant since, const slot& next) {
    if (slots_.size() >= most) slots_.clear();
    slots_.insert_or_assign(s, known{since, next});
  }

 private:
  static constexpr std::size_t most = 4096;
  struct known {
    instant since;  // no other slot lies between this and `next`
    slot next;
  };
  struct hash {
    std::size_t operator()(const schedule& s) const noexcept {
      const auto minutes = static_cast<std::size_t>(s.time.count());
      return std::hash<const char*>{}(s.zone) ^ (minutes << 7 | s.days) * 0x9E37'79B9'7F4A'7C15;
    }
  };
  std::unordered_map<schedule, known, hash> slots_;
};

}  // namespace

std::optional<slot> slot_on(const zone& z, local_date date, std::chrono::minutes time) {
  const auto at = z.first(date, time);
  if (!at) return std::nullopt;
  return slot{.date = date, .time = time, .at = *at};
}

// It begins a date early: a gap at the end of a day puts that day's slot on the next date.
std::optional<slot> next_slot(const zone& z, std::chrono::minutes time, weekdays days,
                              instant after) {
  thread_local known_slots known;
  const schedule asked{z.name().data(), time, days.bits()};
  if (const auto found = known.find(asked, after)) return found;
  const auto found = later_slot(z, time, days, after, z.at(after).date.plus(-1));
  if (found) known.keep(asked, after, *found);
  return found;
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
  // What was sent before the next slot changes nothing.
  const auto next = next_slot(z, time, days, now);
  if (next && last_sent < next->date) return next;
  const local_date earliest = z.at(now).date.plus(-1);
  return later_slot(z, time, days, now, std::max(earliest, last_sent.plus(1)));
}

std::string schedule_line(const slot& s, const zone& z) {
  const auto shown = std::chrono::floor<std::chrono::minutes>(z.at(s.at).time);
  return to_text(s.date) + ' ' + format_time_of_day(shown) + ' ' + format_instant(s.at);
}

}  // namespace paperboy

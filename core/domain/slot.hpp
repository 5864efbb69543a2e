#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/domain/local_date.hpp"
#include "core/domain/outcome.hpp"
#include "core/domain/zone.hpp"

namespace paperboy {

// A subscriber's digest time on one local date. The date is the identity: a time that the clock
// skips may fire on the next date and still belongs to its own.
struct slot {
  local_date date;
  std::chrono::minutes time{};  // as it was chosen, since midnight, 0 to 23:59
  instant at;                   // when it falls due

  friend bool operator==(const slot&, const slot&) = default;
};

// The slot of one date. A time that the clock skips falls due at the first valid instant after the
// gap, one that comes twice at the first; none on a date that the zone never had.
std::optional<slot> slot_on(const zone& z, local_date date, std::chrono::minutes time);

// The first slot on one of `days` that falls due later than `after`; found by date, never by adding
// 24 hours. None if `days` is empty.
std::optional<slot> next_slot(const zone& z, std::chrono::minutes time, weekdays days,
                              instant after);

// The last slot on one of `days` that falls due at `until` or before.
std::optional<slot> previous_slot(const zone& z, std::chrono::minutes time, weekdays days,
                                  instant until);

// The first slot after a subscriber came, or moved zone, hour or days, at `now`: still to come, and
// of a date later than the last one with a digest (day 0: none yet), which a move takes along. So
// an hour already past today starts tomorrow, and no date gets two digests. A date whose digest is
// still owed by an open run counts as sent.
std::optional<slot> first_slot_after_move(instant now, const zone& z, std::chrono::minutes time,
                                          weekdays days, local_date last_sent);

// The local date of the slot, the local time at which it falls due, and the instant in UTC:
// "2026-11-24 08:00 2026-11-24T04:00:00Z". After a gap the time is later than the chosen one; where
// the gap ends the day, it is a time of the next date: "2024-03-30 00:00 2024-03-31T01:00:00Z".
std::string schedule_line(const slot& s, const zone& z);

}  // namespace paperboy

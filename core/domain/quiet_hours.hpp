#pragma once

#include <cstdint>
#include <optional>

#include "core/domain/outcome.hpp"
#include "core/domain/preferences.hpp"
#include "core/domain/zone.hpp"

namespace paperboy {

// What a subscriber's quiet hours make of a push that would go now.
struct quiet_judgement {
  enum class verdict : std::uint8_t { send, drop, hold, fold };
  verdict what = verdict::send;
  instant wake{};  // when the quiet hours are over; now, where nothing is quiet

  friend bool operator==(const quiet_judgement&, const quiet_judgement&) = default;
};

// Quiet is while the wall clock of the zone shows `start` or later and not yet `end`, over midnight
// where `end` is the smaller; never where the two are the same. `wake` is the first instant later
// than now at which it shows anything else: after a gap where the clock skips `end`; where hours
// come twice, at the first time that is still to come. `passes`: nothing is quiet for this push.
// How long a push may be held is the caller's to compare with `wake`.
quiet_judgement judge_quiet(const std::optional<quiet_hours>& quiet, const zone& z, instant now,
                            bool passes);

}  // namespace paperboy

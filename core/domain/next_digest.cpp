#include "core/domain/next_digest.hpp"

#include <algorithm>

namespace paperboy {

std::optional<slot> next_digest(const subscriber& s, local_date mark,
                                const digest_defaults& defaults, instant now) {
  if (s.live_devices() == 0) return std::nullopt;
  const auto wanted = s.effective(defaults);
  const auto days = s.due_days(defaults);
  const auto z = zone::named(wanted.time_zone);
  if (!z) return std::nullopt;

  // A slot at the very end of the mute is not muted any more.
  const auto after = s.wishes.mute_until && *s.wishes.mute_until > now
                         ? *s.wishes.mute_until - std::chrono::milliseconds{1}
                         : now;
  const auto found = first_slot_after_move(after, *z, wanted.digest_time, days, mark);
  const auto& pause = s.wishes.pause;
  if (!found || !pause || found->date < pause->first_day || found->date > pause->last_day) {
    return found;
  }
  return first_slot_after_move(after, *z, wanted.digest_time, days,
                               std::max(mark, pause->last_day));
}

}  // namespace paperboy

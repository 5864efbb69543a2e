#pragma once

#include <optional>

#include "core/domain/slot.hpp"
#include "core/domain/subscriber.hpp"

namespace paperboy {

// The next slot at which a digest may reach the subscriber: later than `now`, on a date after `mark`
// (the last one with an accepted digest; day 0: none), outside its pause and not before its mute
// ends. None while no device is live, the digest is disabled, or the zone is one that tzdata does
// not know.
std::optional<slot> next_digest(const subscriber& s, local_date mark,
                                const digest_defaults& defaults, instant now);

}  // namespace paperboy

#pragma once

#include "core/domain/subscriber.hpp"
#include "core/ports/roster.hpp"
#include "core/ports/walk.hpp"

namespace paperboy::testing {

// How a subscriber with one device ended: reached.
inline slot_end accepted(const stored_subscriber& s) {
  slot_end e;
  e.slot = s.place.slot_in_block();
  e.id = s.value.id;
  e.accepted = 1;
  return e;
}

// … to be tried again, not before `at`.
inline slot_end to_be_tried_again(const stored_subscriber& s, instant at) {
  slot_end e;
  e.slot = s.place.slot_in_block();
  e.id = s.value.id;
  e.retry_devices = 1;
  e.retry_at = at;
  return e;
}

}  // namespace paperboy::testing

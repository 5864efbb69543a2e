#pragma once

#include <cstddef>

// Flags and offsets of the packed record, version 1. Private to record*.cpp.
namespace paperboy::redis::format {

inline constexpr std::size_t joined_at = 1;
inline constexpr std::size_t flags_at = 5;
inline constexpr std::size_t spill_at = 7;  // check u32, size u16
inline constexpr std::size_t spill_bytes = 6;

enum record_flags : unsigned {
  spilled = 1U << 0,
  zone_is_cohorts = 1U << 1,  // a chosen zone, equal to the cohort's
  zone_is_text = 1U << 2,
  time_is_cohorts = 1U << 3,
  time_is_number = 1U << 4,
  digest_chosen = 1U << 5,
  digest_is_on = 1U << 6,
  days_chosen = 1U << 7,
  quiet_chosen = 1U << 8,
  pause_chosen = 1U << 9,
  mute_chosen = 1U << 10,
  locale_chosen = 1U << 11,  // the wish's locale is the subscriber's own choice
  all_record_flags = (1U << 12) - 1,
};

enum wish_flags : unsigned {
  max_items_chosen = 1U << 0,
  min_items_chosen = 1U << 1,
  instant_shift = 2,  // two bits: 0 not chosen, else 1 + the choice
  all_wish_flags = 0x0F,
};

enum device_flags : unsigned {
  is_android = 1U << 0,
  is_sandbox = 1U << 1,
  state_shift = 2,  // two bits
  token_is_short = 1U << 4,  // kept_token.hpp
  joined_given = 1U << 5,
  device_zone_is_cohorts = 1U << 6,
  device_zone_is_text = 1U << 7,
};

enum device_number_flags : unsigned {  // above the five bits of the number
  locale_is_wish = 1U << 5,
  locale_is_text = 1U << 6,
  app_version_given = 1U << 7,
};

}  // namespace paperboy::redis::format

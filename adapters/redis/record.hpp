#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/subscriber.hpp"
#include "core/result.hpp"

// A subscriber's packed record, version 1. All fixed-width numbers are little-endian; "number" is
// LEB128, "signed" the same of the zigzag form.
//
//   u8 version        1; whatever else a later version changes, it stands first
//   u32 joined        at offset 1 in every version
//   u16 flags         enum in record_format.hpp: what is there, and what is the same as the
//   cohort's [u32 check, u16 size]   only where the record spills (below), at offset 7 16 bytes
//   subscriber id number            version of the preferences wish              all that decides
//   what is chosen and how it is written, so that within a
//                     cohort the same bytes mean the same edition: u8 flags; [u8 max_items];
//                     [u8 min_items]; locale (the subscriber's, else the latest device's, else
//                     empty); number of topics; per topic, ascending, a number: the difference to
//                     the one before << 2 | frequency
//   [text time zone] [number digest time] [u8 digest days]
//   [number start, number end, u8 action of the quiet hours]
//   [signed first, signed last day of the pause] [signed mute_until in ms]
//   number of devices; per device, ascending by number:
//     u8 flags, u8 number and flags, u32 generation, u32 registered_at (s),
//     [u32 joined, where it is above the record's] [u32 lost_at (s), unless live]
//     [token, while live: kept_token.hpp]
//     [locale] [text time zone] [app version]
//
// Times are kept from 1970 to 2106, others are clamped. A record is spread over two places where it
// is longer than the listpack of its block may hold: see split_record.
namespace paperboy::redis {

inline constexpr std::uint8_t record_version = 1;
// A value longer than hash-max-listpack-value (512 as recommended) turns its whole block into a
// hash table, for good.
inline constexpr std::size_t longest_head = 500;
// Many topics or many devices; far above what the limits of both allow.
inline constexpr std::size_t longest_record = 32'768;
inline constexpr std::uint8_t highest_device_number = 31;  // masks of devices have 32 bits

// The record of `s` at a place of that cohort; what equals the cohort's takes no room.
// errc::invalid where s cannot be kept: device numbers not ascending or above 31, topics not
// ascending, a record above longest_record.
result<std::string> pack(const subscriber& s, const cohort& at);

// The inverse: equal to what was packed but for the clamped times and a device's `joined`, which is
// never below the subscriber's. errc::protocol: another version, or not a record.
result<subscriber> unpack(std::string_view record, const cohort& at);

// What is kept in the block (`head`, at most longest_head bytes), and what in a key of its own
// (`spill`, empty for nearly all). The two are read one after the other; the head knows a check sum
// of its spill, so that halves of two different records are never taken for one.
struct record_halves {
  std::string head;
  std::string spill;
};
record_halves split_record(std::string_view record);

// Whether a head has a spill: at most a few bytes are looked at, any text will do.
bool has_spill(std::string_view head) noexcept;

// Whose record a head with a spill is: the spill's key has the id. Zeros if it is too short.
subscriber_id id_of_head(std::string_view head) noexcept;

// The record. errc::conflict: the halves do not belong together, read both again.
result<std::string> join_record(std::string_view head, std::string_view spill);

// What a record's `wish` says.
struct packed_wish {
  choices topics;
  std::optional<std::uint8_t> max_items;
  std::optional<std::uint8_t> min_items;
  std::optional<include_instant> instant_items;
  std::string locale;
};
// errc::protocol for anything that is not the wish of a record.
result<packed_wish> unpack_wish(std::string_view wish);

}  // namespace paperboy::redis

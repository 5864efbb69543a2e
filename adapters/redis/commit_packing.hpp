#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/walk.hpp"

namespace paperboy::redis {

// Beside a skip_reason, what scripts/commit.lua keeps as the reason of a slot that was not
// accepted.
inline constexpr std::uint8_t why_rejected = 100;
inline constexpr std::uint8_t why_expired = 101;
inline constexpr std::uint8_t why_nothing = 255;  // accepted, or in the retry set

std::uint8_t why_of(const slot_end& end) noexcept;

// "empty opted_out …": the skip reasons by number, as scripts name them.
const std::string& reason_names();

// Bits by slot, 32 bytes each.
struct remembered_item {
  std::string had = std::string(32, '\0');
  std::string folded = std::string(32, '\0');
};
// What a notification left with a slot, by the two bitmaps in a row: 64 bytes, else nothing is.
enum class left_with : std::uint8_t { nothing, had, folded };
left_with what_was_left(std::string_view bitmaps, std::uint32_t slot) noexcept;

// Of the value of marks_key(): the notification runs that left something, each with its bitmaps.
// What cannot be read is left out.
struct told_run {
  std::string_view run;
  std::string_view bitmaps;
};
std::vector<told_run> told_in(std::string_view marks_and_told);

// Enters one slot's end; nothing where its digests need not know.
void remember(std::map<std::string, remembered_item>& items, const slot_end& end);

// What one block has to say in the form that scripts/commit.lua takes it.
struct packed_commit {
  std::string run;
  std::string name;  // of the part: "<run>|<cohort>"
  std::string block;
  std::string epoch;
  bool last = false;
  std::string bitmap;  // 32 bytes
  std::string totals;  // "accepted rejected expired retries excluded"
  std::string skips;   // "reason=n …"
  std::string slots;   // 9 bytes a slot
  std::string marks;   // ranges of accepted slots, then the date; empty: none
  bool any_why = false;
  struct retry {
    std::string slot;
    std::string id;     // hex
    std::string entry;  // packed
    std::string due;    // ms
  };
  std::vector<retry> retries;
  // Who had the item of a notification, and whose quiet hours put it off, by block.
  std::map<std::string, remembered_item> items;
  std::string item_count;
  std::string retry_count;

  // The views are valid while this is, at its place.
  void append_to(std::vector<std::string_view>& arguments) const;
};

packed_commit pack_commit(const block_commit& commit);

// "<run>|<cohort>": a run's id has no bar.
std::string part_name(const part_of_run& part);

// The retry entry of keys.hpp.
std::string pack_retry_entry(const retry_entry& e);
// Takes the number of claims over from an entry that was claimed.
void keep_claims(std::string_view claimed, std::string& packed);
// False where the bytes are not an entry.
bool unpack_retry_entry(std::string_view packed, retry_entry& e);

}  // namespace paperboy::redis

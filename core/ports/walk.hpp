#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/ledger.hpp"
#include "core/domain/subscriber.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy {

// Digests wait for nobody's attention; breaking news has lanes of its own, which never stand behind
// them.
enum class send_lane : std::uint8_t { digest, instant };
inline constexpr std::size_t send_lanes = 2;

// What the newsroom ordered for a run under way.
enum class run_halt : std::uint8_t { none, paused, cancelled };

// A notification run's list of ids in one shard takes the place of a cohort: "anewz:#".
inline constexpr std::string_view listed_suffix = ":#";

// One cohort's share of a run: who is served for which slot. For a notification, the share of one
// cohort or of the frozen list in one shard; it has no date.
struct part_of_run {
  std::string run;
  std::string cohort;  // as text
  local_date date{};
  instant at{};
  instant deadline{};
  run_halt halt = run_halt::none;

  bool listed() const noexcept { return cohort.ends_with(listed_suffix); }
};

// A block that this worker holds under a lease. `epoch` is the fence: whoever takes the block over
// raises it, and a stale holder's commit is told so.
struct claim : part_of_run {
  send_lane lane = send_lane::digest;
  std::uint32_t shard = 0;
  std::uint32_t block = 0;
  std::uint32_t epoch = 0;
  std::uint32_t seq = 0;  // whoever joined at it or later is not concerned
  std::uint8_t weekday = 0;  // 0 = Monday
  std::bitset<256> settled;
  // Its last holder vanished: it may have sent what it did not mark, at most one window of pushes,
  // and those are the first of each gateway that are not settled, because a block is sent to each
  // gateway in slot order.
  bool in_doubt = false;
};

struct member_device {
  std::uint8_t number = 0;
  paperboy::platform platform = platform::ios;
  environment gateway_environment = environment::production;
  std::uint32_t joined = 0;
  std::chrono::sys_seconds registered_at{};
  std::string_view token;
};

// What an earlier notification run with an item left with a subscriber: it was sent, or put off into
// the next digest by quiet hours.
struct instant_mark {
  std::string_view run;
  bool folded = false;
};

// One subscriber as the walk needs it. The views point into the block that was read.
struct member {
  std::uint8_t slot = 0;
  subscriber_id id;
  std::uint32_t joined = 0;
  local_date mark{};
  weekdays due_days;
  silence_rules silence;
  std::optional<quiet_hours> quiet;
  std::string_view cohort;     // where the record lies, as text, …
  std::uint32_t home_slot = 0;  // … and its slot there
  std::span<const instant_mark> instant;  // of a digest's members only
  // The packed part of the record that decides what is chosen and how it is written: the same bytes
  // in the same cohort, the same edition.
  std::string_view wish;
  std::span<const member_device> devices;  // live ones
  bool readable = true;  // false: written by a newer version; the block is to be released, not judged
};

// What `wish` says.
struct wish_values {
  choices topics;
  std::optional<std::uint8_t> max_items;
  std::optional<std::uint8_t> min_items;
  std::string locale;  // the subscriber's, else the latest device's, else empty
  include_instant instant_items = include_instant::exclude;
};

// The members of a claimed block, valid until the next read into it.
class block_contents {
 public:
  virtual ~block_contents() = default;
  virtual std::span<const member> members() const noexcept = 0;
};

// How one slot of a block ended, in devices. Given once per slot, when its last device is answered.
struct slot_end {
  std::uint8_t slot = 0;
  std::uint8_t accepted = 0;
  std::uint8_t rejected = 0;
  std::uint8_t expired = 0;
  std::uint8_t skipped = 0;
  skip_reason reason{};             // of the skipped ones
  std::uint8_t excluded = 0;  // counted as eligible when the part opened, and not meant after all
  std::uint32_t retry_devices = 0;  // bit n: device number n is to be tried again …
  instant retry_at{};               // … not before this
  bool ambiguous = false;           // the next copy goes quietly
  bool held = false;                // not tried: quiet hours last until retry_at
  subscriber_id id;
  local_date mark_before{};         // as it was when the slot was judged
  // Of a notification with an item: where the subscriber's record lies, so that its digests know.
  bool remember = false;
  std::string_view home;  // cohort as text; valid while the block is
  std::uint32_t home_slot = 0;
};

struct retry_entry {
  std::uint32_t shard = 0;
  std::string run;
  subscriber_id id;
  std::string cohort;        // of the part
  std::uint32_t slot = 0;    // in the part's cohort
  std::uint32_t devices = 0; // bit n: device number n
  std::uint8_t attempt = 0;
  bool ambiguous = false;
  bool moved = false;        // taken along by a move, never tried yet
  bool held = false;         // by quiet hours, never tried yet
  run_halt halt = run_halt::none;
  local_date mark_before{};
  std::string packed;        // as it was read: what a settlement compares
};

struct retry_end {
  slot_end end;           // retry_devices: those to be tried once more
  bool at_place = false;  // the part's slot is still this subscriber's: its mark is set there
  local_date date{};      // … to this
  bool put_off = false;   // not tried: its gateway has to be left alone until retry_at
};

// Somebody whom workers were serving when they ended by their own fault, as they said themselves.
struct suspect {
  subscriber_id id;
  unsigned times = 0;  // at least 1
};

inline unsigned times_named(std::span<const suspect> suspects, const subscriber_id& who) noexcept {
  const auto known = std::ranges::find(suspects, who, &suspect::id);
  return known == suspects.end() ? 0 : known->times;
}

struct commit_answer {
  bool lease_lost = false;
  run_halt halt = run_halt::none;  // as it was ordered meanwhile
  std::bitset<256> settled_before;  // slots given whose bit somebody else had set
  // Of the block, as it is now: whoever moved away meanwhile is served by the retry set.
  std::bitset<256> settled;
};

// What one block has to say in a commit.
struct block_commit {
  const claim* block = nullptr;
  std::span<const slot_end> ends;
  bool last = false;  // ends the lease instead of renewing it
};

// Walking the parts of runs, shard by shard. Every call may be repeated after a time-out without
// changing what it did, but for the two of notes, which count each time.
class walk {
 public:
  virtual ~walk() = default;

  // Up to `most` blocks of one shard and lane: first those whose lease ran out, then the next
  // unclaimed. Blocks of the apps in `stopped` and of paused runs are passed over before their
  // deadline. `nonce` makes a repeated call answer the same.
  virtual task<result<std::vector<claim>>> claim_blocks(std::uint32_t shard, send_lane lane,
                                                        std::uint64_t nonce, std::size_t most,
                                                        std::span<const std::string> stopped) = 0;

  virtual task<result<std::unique_ptr<block_contents>>> read(const claim& c) = 0;
  virtual wish_values values_of(std::string_view wish) const = 0;

  // Settles slots of some blocks, at least one, of one shard and lane, and renews their leases or
  // ends them. A slot that stands there twice counts once. One answer for each block, in their
  // order. errc::shard_regressed: a part is missing, and nothing was changed.
  virtual task<result<std::vector<commit_answer>>> commit_all(
      std::span<const block_commit> blocks) = 0;
  task<result<commit_answer>> commit(const claim& c, std::span<const slot_end> ends, bool last);

  // Writes down, before it is tried, that a slot is: of a block whose holders vanished again and
  // again. Answers how often in a row this slot was noted without being settled, this time included.
  // errc::conflict: the lease is somebody else's.
  virtual task<result<unsigned>> note(const claim& c, std::uint8_t slot) = 0;

  // Takes one such note back, whoever holds the block by now: the slot was not settled, and whoever
  // tried it lives. Does nothing once another slot is noted.
  virtual task<result<void>> withdraw_note(const claim& c, std::uint8_t slot) = 0;

  // Of that run in that shard; nearly always nobody.
  virtual task<result<std::vector<suspect>>> suspects(std::uint32_t shard,
                                                      const std::string& run) = 0;

  // Gives the block back: whoever claims next continues after the last commit. Nobody does before
  // `rest` is over, or one lease, or the deadline.
  virtual task<result<void>> release(const claim& c, std::chrono::milliseconds rest) = 0;

  // Due entries of the retry set, each kept from others until an attempt that begins within one
  // lease has ended: a lease and gateway::answer_limit.
  virtual task<result<std::vector<retry_entry>>> claim_retries(std::uint32_t shard,
                                                               std::size_t most) = 0;
  virtual task<result<void>> settle_retry(const retry_entry& entry, const retry_end& end) = 0;

  // Counts devices that were forgotten in this run.
  virtual task<result<void>> removed(std::uint32_t shard, const std::string& run,
                                     std::size_t devices) = 0;
};

}  // namespace paperboy

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace paperboy {

// Why an eligible device was sent nothing. The numbers are stored and the texts are public: neither
// is ever changed or given again.
enum class skip_reason : std::uint8_t {
  empty = 0,         // fewer items than min_items
  opted_out = 1,     // the digest, or every topic of the notification, was turned off
  paused = 2,        // inside the subscriber's pause
  muted = 3,         // before the end of the subscriber's mute
  gone = 4,          // erased, moved away or without a device since the run opened
  already_sent = 5,  // the mark is not below the slot's date
  no_topics = 6,     // follows nothing that feeds a digest
  quiet_hours = 7,   // dropped by quiet hours, or held past its time to live
  folded = 8,        // put off by quiet hours into the next digest
  cancelled = 9,     // the run was cancelled before its turn
  no_gateway = 10,   // the app has no gateway for this platform
  dead_letter = 11,  // set aside after it stopped the walk twice
};
inline constexpr std::size_t skip_reasons = 12;

std::string_view to_text(skip_reason r) noexcept;
std::optional<skip_reason> parse_skip_reason(std::string_view text) noexcept;

// What became of the devices of a run, or of a part of one. Everything is counted in devices.
struct ledger {
  std::uint64_t eligible = 0;
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t expired = 0;
  std::array<std::uint64_t, skip_reasons> skipped{};
  std::uint64_t pending = 0;
  // Beside the balance: how often a push was put off, and devices forgotten (also in `rejected`).
  std::uint64_t retries = 0;
  std::uint64_t devices_removed = 0;

  std::uint64_t& skipped_for(skip_reason r) noexcept {
    return skipped[static_cast<std::size_t>(r)];
  }
  std::uint64_t skipped_for(skip_reason r) const noexcept {
    return skipped[static_cast<std::size_t>(r)];
  }
  std::uint64_t all_skipped() const noexcept;
  // Devices whose outcome is known: accepted, rejected, expired or skipped.
  std::uint64_t settled() const noexcept { return accepted + rejected + expired + all_skipped(); }
  // eligible = accepted + rejected + expired + skipped + pending.
  bool balanced() const noexcept { return eligible == settled() + pending; }

  ledger& operator+=(const ledger& other) noexcept;
  friend bool operator==(const ledger&, const ledger&) = default;
};

// A run is done when its ledger's `pending` is 0, and not before.
enum class run_state : std::uint8_t {
  scheduled = 0,
  running = 1,
  paused = 2,
  cancelled = 3,
  done = 4,
};

std::string_view to_text(run_state s) noexcept;
std::optional<run_state> parse_run_state(std::string_view text) noexcept;

}  // namespace paperboy

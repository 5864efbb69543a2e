#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/domain/identifiers.hpp"
#include "core/domain/outcome.hpp"
#include "core/domain/preferences.hpp"

namespace paperboy {

// Everybody of one app whose digests fall due at one local time of one zone. They lie together.
struct cohort {
  std::string app;
  std::string time_zone;
  std::chrono::minutes time{};

  friend auto operator<=>(const cohort&, const cohort&) = default;
};

std::string to_text(const cohort& c);  // "anewz:Asia/Baku:480"
std::optional<cohort> parse_cohort(std::string_view text);

enum class device_state : std::uint8_t {
  live,
  moved,  // another registration has its token
  dead,   // a gateway declared its token dead
};

// For this long the credential of a device that is not live still serves as previous_credential.
inline constexpr std::chrono::days lost_device_kept{90};
inline constexpr std::size_t max_devices_per_subscriber = 20;

struct device {
  std::uint8_t number = 0;
  paperboy::platform platform = platform::ios;
  environment gateway_environment = environment::production;
  device_state state = device_state::live;
  std::uint32_t generation = 0;  // another at each registration; the credential carries it
  std::uint32_t joined = 0;      // the shard's `seq` when the device became live
  std::chrono::sys_seconds registered_at{};
  std::chrono::sys_seconds lost_at{};  // when it ceased to be live
  std::string token;                   // APNs: raw bytes; FCM: text; empty unless live
  std::string locale;
  std::string time_zone;
  std::string app_version;

  bool live() const noexcept { return state == device_state::live; }
  friend bool operator==(const device&, const device&) = default;
};

struct subscriber {
  subscriber_id id;
  std::string app;
  std::uint32_t version = 1;  // raised by every change of preferences; the ETag
  // The shard's `seq` when the subscriber last came to its place, or last became due on more days:
  // parts opened before that do not concern it.
  std::uint32_t joined = 0;
  preferences wishes;
  std::vector<device> devices;  // in ascending order of number

  const device* find_device(std::uint8_t number) const noexcept;
  device* find_device(std::uint8_t number) noexcept;
  std::size_t live_devices() const noexcept;
  // The device whose zone and locale are inherited: the live one registered last.
  const device* latest_device() const noexcept;

  effective_preferences effective(const digest_defaults& defaults) const;
  cohort home(const digest_defaults& defaults) const;
  // The weekdays on which its digest falls due; none while the digest is disabled.
  weekdays due_days(const digest_defaults& defaults) const;
};

// The place of a record: its cohort in its shard, and the slot there (block = slot / 256).
struct place {
  std::uint32_t shard = 0;
  paperboy::cohort cohort;
  std::uint32_t slot = 0;

  std::uint32_t block() const noexcept { return slot / 256; }
  std::uint8_t slot_in_block() const noexcept { return static_cast<std::uint8_t>(slot % 256); }
};

// A subscriber as it was read, with what a conditional write compares.
struct stored_subscriber {
  subscriber value;
  paperboy::place place;
  local_date mark{};   // the last local date with an accepted digest; day 0: none
  std::string record;  // the packed bytes as they were read
};

}  // namespace paperboy

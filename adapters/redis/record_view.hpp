#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/kept_token.hpp"
#include "adapters/redis/record.hpp"
#include "core/domain/preferences.hpp"
#include "core/domain/subscriber.hpp"
#include "core/ports/walk.hpp"

namespace paperboy::redis {

// A live device as the digest walk needs it.
struct viewed_device {
  std::uint8_t number = 0;
  paperboy::platform platform = platform::ios;
  environment gateway_environment = environment::production;
  std::uint32_t joined = 0;  // not below the record's
  std::uint32_t generation = 0;
  std::chrono::sys_seconds registered_at{};
  kept_token token;
};

// The same for whoever sends. Tokens that have to be written out are put into `room`; both stay where
// they are.
std::vector<member_device> devices_of(std::span<const viewed_device> viewed, std::string& room);

// Reads a packed record without allocating, for the walk over whole blocks. All views point into
// what was read.
class record_view {
 public:
  // Appends the live devices to `live`, so that one vector serves a whole block; nothing on an
  // error. errc::protocol: another version, or not a record. A head that has_spill() is not a
  // record: join_record first.
  static result<record_view> read(std::string_view record, std::vector<viewed_device>& live);

  std::uint32_t joined() const noexcept { return joined_; }
  const subscriber_id& id() const noexcept { return id_; }
  // The same bytes in the same cohort: the same choice in the same words. See unpack_wish.
  std::string_view wish() const noexcept { return wish_; }
  // False only where the subscriber turned the digest off.
  bool digest_enabled() const noexcept { return digest_enabled_; }
  const std::optional<weekdays>& digest_days() const noexcept { return digest_days_; }
  // As subscriber::due_days; `inherited` are the app's.
  weekdays due_days(weekdays inherited) const noexcept {
    return digest_enabled_ ? digest_days_.value_or(inherited) : weekdays{};
  }
  const silence_rules& silence() const noexcept { return silence_; }
  const std::optional<quiet_hours>& quiet() const noexcept { return quiet_; }

 private:
  std::uint32_t joined_ = 0;
  subscriber_id id_;
  std::string_view wish_;
  bool digest_enabled_ = true;
  std::optional<weekdays> digest_days_;
  silence_rules silence_;
  std::optional<quiet_hours> quiet_;
};

}  // namespace paperboy::redis

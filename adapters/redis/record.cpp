#include "adapters/redis/record.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "adapters/redis/kept_token.hpp"
#include "adapters/redis/record_bytes.hpp"
#include "adapters/redis/record_format.hpp"

namespace paperboy::redis {
namespace {

using namespace format;

std::uint32_t kept_time(std::chrono::sys_seconds at) noexcept {
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(at.time_since_epoch().count(), 0, 0xFFFFFFFF));
}

std::string_view wish_locale(const subscriber& s) noexcept {
  if (s.wishes.locale) return *s.wishes.locale;
  const device* latest = s.latest_device();
  return latest != nullptr ? std::string_view(latest->locale) : std::string_view{};
}

// A literal where it differs from what the cohort has.
unsigned zone_flag(const std::optional<std::string>& chosen, const cohort& at) noexcept {
  if (!chosen) return 0;
  return *chosen == at.time_zone ? zone_is_cohorts : zone_is_text;
}

unsigned flags_of(const preferences& p, const cohort& at) noexcept {
  unsigned flags = zone_flag(p.time_zone, at);
  if (p.digest_time) flags |= *p.digest_time == at.time ? time_is_cohorts : time_is_number;
  if (p.digest_enabled) flags |= digest_chosen | (*p.digest_enabled ? digest_is_on : 0U);
  if (p.digest_days) flags |= days_chosen;
  if (p.quiet) flags |= quiet_chosen;
  if (p.pause) flags |= pause_chosen;
  if (p.mute_until) flags |= mute_chosen;
  if (p.locale) flags |= locale_chosen;
  return flags;
}

void write_wish(byte_writer& out, const preferences& p, std::string_view locale) {
  unsigned flags = 0;
  if (p.max_items) flags |= max_items_chosen;
  if (p.min_items) flags |= min_items_chosen;
  if (p.instant_items) flags |= (1U + static_cast<unsigned>(*p.instant_items)) << instant_shift;
  out.u8(flags);
  if (p.max_items) out.u8(*p.max_items);
  if (p.min_items) out.u8(*p.min_items);
  write_locale(out, locale);
  out.varint(p.topics.size());
  unsigned before = 0;
  for (const auto& choice : p.topics) {
    out.varint(std::uint64_t{choice.number - before} << 2 | static_cast<unsigned>(choice.wanted));
    before = choice.number;
  }
}

void write_rest(byte_writer& out, const preferences& p, unsigned flags) {
  const auto minutes = [&out](std::chrono::minutes m) {
    out.varint(static_cast<std::uint64_t>(m.count()));
  };
  if ((flags & zone_is_text) != 0) out.text(*p.time_zone);
  if ((flags & time_is_number) != 0) minutes(*p.digest_time);
  if (p.digest_days) out.u8(p.digest_days->bits());
  if (p.quiet) {
    minutes(p.quiet->start);
    minutes(p.quiet->end);
    out.u8(static_cast<unsigned>(p.quiet->action));
  }
  if (p.pause) {
    out.zigzag(p.pause->first_day.days);
    out.zigzag(p.pause->last_day.days);
  }
  if (p.mute_until) out.zigzag(p.mute_until->time_since_epoch().count());
}

void write_device(byte_writer& out, const device& d, const subscriber& s, std::string_view locale,
                  const cohort& at) {
  unsigned flags = static_cast<unsigned>(d.state) << state_shift;
  if (d.platform == platform::android) flags |= is_android;
  if (d.gateway_environment == environment::sandbox) flags |= is_sandbox;
  if (d.live() && has_short_form(d.platform, d.token)) flags |= token_is_short;
  if (d.joined > s.joined) flags |= joined_given;
  if (!d.time_zone.empty()) {
    flags |= d.time_zone == at.time_zone ? device_zone_is_cohorts : device_zone_is_text;
  }
  unsigned number = d.number;
  if (!d.locale.empty()) number |= d.locale == locale ? locale_is_wish : locale_is_text;
  if (!d.app_version.empty()) number |= app_version_given;

  out.u8(flags);
  out.u8(number);
  out.u32(d.generation);
  out.u32(kept_time(d.registered_at));
  if (d.joined > s.joined) out.u32(d.joined);
  if (!d.live()) out.u32(kept_time(d.lost_at));
  if (d.live()) write_token(out, d.platform, d.token);
  if ((number & locale_is_text) != 0) write_locale(out, d.locale);
  if ((flags & device_zone_is_text) != 0) out.text(d.time_zone);
  if (!d.app_version.empty()) write_app_version(out, d.app_version);
}

bool packable(const subscriber& s) noexcept {
  int last_device = -1;
  for (const auto& d : s.devices) {
    if (d.number <= last_device || d.number > highest_device_number) return false;
    last_device = d.number;
  }
  int last_topic = -1;
  for (const auto& choice : s.wishes.topics) {
    if (choice.number <= last_topic) return false;
    last_topic = choice.number;
  }
  return true;
}

// The record without its spill, whose size and check stand in the head.
constexpr std::size_t head_record_bytes = longest_head - spill_bytes;

std::uint32_t check_of(std::string_view bytes) noexcept {
  return static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

}  // namespace

result<std::string> pack(const subscriber& s, const cohort& at) {
  if (!packable(s)) return errc::invalid;
  std::string record;
  record.reserve(128);
  byte_writer out(record);
  const unsigned flags = flags_of(s.wishes, at);
  const auto locale = wish_locale(s);
  out.u8(record_version);
  out.u32(s.joined);
  out.u16(static_cast<std::uint16_t>(flags));
  out.bytes(s.id.view());
  out.varint(s.version);
  write_wish(out, s.wishes, locale);
  write_rest(out, s.wishes, flags);
  out.varint(s.devices.size());
  for (const auto& d : s.devices) write_device(out, d, s, locale, at);
  if (record.size() > longest_record) return errc::invalid;
  return record;
}

record_halves split_record(std::string_view record) {
  record_halves halves;
  if (record.size() <= longest_head) {
    halves.head = record;
    return halves;
  }
  halves.spill = record.substr(head_record_bytes);
  halves.head = record.substr(0, spill_at);
  halves.head[flags_at] = static_cast<char>(halves.head[flags_at] | static_cast<char>(spilled));
  byte_writer out(halves.head);
  out.u32(check_of(halves.spill));
  out.u16(static_cast<std::uint16_t>(halves.spill.size()));
  out.bytes(record.substr(spill_at, head_record_bytes - spill_at));
  return halves;
}

bool has_spill(std::string_view head) noexcept {
  return head.size() > flags_at && head[0] == static_cast<char>(record_version) &&
         (static_cast<unsigned char>(head[flags_at]) & spilled) != 0;
}

subscriber_id id_of_head(std::string_view head) noexcept {
  constexpr std::size_t id_at = spill_at + spill_bytes;
  if (head.size() < id_at + 16) return {};
  return subscriber_id_from(head.substr(id_at, 16));
}

result<std::string> join_record(std::string_view head, std::string_view spill) {
  if (!has_spill(head)) return std::string(head);
  if (head.size() < spill_at + spill_bytes) return errc::protocol;
  byte_reader in(head.substr(spill_at));
  const auto check = in.u32();
  const auto size = in.u16();
  if (spill.size() != size || check_of(spill) != check) return errc::conflict;
  std::string record;
  record.reserve(head.size() + spill.size());
  record.append(head.substr(0, spill_at));
  record[flags_at] = static_cast<char>(record[flags_at] & ~static_cast<char>(spilled));
  record.append(head.substr(spill_at + spill_bytes));
  record.append(spill);
  return record;
}

}  // namespace paperboy::redis

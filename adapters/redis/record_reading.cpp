#include <utility>

#include "adapters/redis/record.hpp"
#include "adapters/redis/kept_token.hpp"
#include "adapters/redis/record_bytes.hpp"
#include "adapters/redis/record_format.hpp"

namespace paperboy::redis {
namespace {

using namespace format;
constexpr std::uint64_t last_minute_of_day = 24 * 60 - 1;
constexpr std::uint64_t most_devices = highest_device_number + 1;

std::chrono::sys_seconds read_time(byte_reader& in) noexcept {
  return std::chrono::sys_seconds{std::chrono::seconds{in.u32()}};
}

std::chrono::minutes read_minutes(byte_reader& in) noexcept {
  return std::chrono::minutes{static_cast<std::int64_t>(in.varint_up_to(last_minute_of_day))};
}

local_date read_date(byte_reader& in) noexcept {
  const std::int64_t days = in.zigzag();
  if (!std::in_range<std::int32_t>(days)) {
    in.fail();
    return {};
  }
  return {static_cast<std::int32_t>(days)};
}

void read_topics(byte_reader& in, choices& topics) {
  // Each takes a byte at least, so that a wrong count never reserves more than there is.
  const auto count = in.varint_up_to(in.left());
  topics.reserve(static_cast<std::size_t>(count));
  std::uint64_t number = 0;
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    const std::uint64_t packed = in.varint_up_to(std::uint64_t{0xFFFF} << 2 | 3);
    number += packed >> 2;
    if (number > 0xFFFF || (i > 0 && packed >> 2 == 0)) {
      in.fail();
      return;
    }
    topics.push_back({static_cast<topic_number>(number), static_cast<frequency>(packed & 3)});
  }
}

void read_wish(byte_reader& in, packed_wish& wish) {
  const unsigned flags = in.u8();
  if ((flags & ~unsigned{all_wish_flags}) != 0) in.fail();
  if ((flags & max_items_chosen) != 0) wish.max_items = static_cast<std::uint8_t>(in.u8());
  if ((flags & min_items_chosen) != 0) wish.min_items = static_cast<std::uint8_t>(in.u8());
  if (const unsigned instant = flags >> instant_shift & 3U; instant != 0) {
    wish.instant_items = static_cast<include_instant>(instant - 1);
  }
  read_locale(in, &wish.locale);
  read_topics(in, wish.topics);
}

void read_rest(byte_reader& in, preferences& p, unsigned flags, const cohort& at) {
  if ((flags & zone_is_cohorts) != 0) p.time_zone = at.time_zone;
  if ((flags & zone_is_text) != 0) p.time_zone = in.text();
  if ((flags & time_is_cohorts) != 0) p.digest_time = at.time;
  if ((flags & time_is_number) != 0) p.digest_time = read_minutes(in);
  if ((flags & digest_chosen) != 0) p.digest_enabled = (flags & digest_is_on) != 0;
  if ((flags & days_chosen) != 0) {
    p.digest_days = weekdays::from_bits(static_cast<std::uint8_t>(in.u8()));
  }
  if ((flags & quiet_chosen) != 0) {
    quiet_hours quiet;
    quiet.start = read_minutes(in);
    quiet.end = read_minutes(in);
    const unsigned action = in.u8();
    if (action > static_cast<unsigned>(quiet_action::fold)) in.fail();
    quiet.action = static_cast<quiet_action>(action);
    p.quiet = quiet;
  }
  if ((flags & pause_chosen) != 0) {
    paperboy::pause away;
    away.first_day = read_date(in);
    away.last_day = read_date(in);
    p.pause = away;
  }
  if ((flags & mute_chosen) != 0) p.mute_until = instant{std::chrono::milliseconds{in.zigzag()}};
}

void read_device(byte_reader& in, subscriber& s, const std::string& locale, const cohort& at) {
  device d;
  const unsigned flags = in.u8();
  const unsigned number = in.u8();
  d.platform = (flags & is_android) != 0 ? platform::android : platform::ios;
  d.gateway_environment =
      (flags & is_sandbox) != 0 ? environment::sandbox : environment::production;
  const unsigned state = flags >> state_shift & 3U;
  if (state > static_cast<unsigned>(device_state::dead)) in.fail();
  d.state = static_cast<device_state>(state);
  d.number = static_cast<std::uint8_t>(number & highest_device_number);
  if (!s.devices.empty() && d.number <= s.devices.back().number) in.fail();
  d.generation = in.u32();
  d.registered_at = read_time(in);
  d.joined = (flags & joined_given) != 0 ? in.u32() : s.joined;
  if (!d.live()) d.lost_at = read_time(in);
  if (d.live()) d.token = kept_token::read(in, d.platform, (flags & token_is_short) != 0).str();
  if ((number & locale_is_wish) != 0) d.locale = locale;
  if ((number & locale_is_text) != 0) read_locale(in, &d.locale);
  if ((flags & device_zone_is_cohorts) != 0) d.time_zone = at.time_zone;
  if ((flags & device_zone_is_text) != 0) d.time_zone = in.text();
  if ((number & app_version_given) != 0) read_app_version(in, &d.app_version);
  if (!in.failed()) s.devices.push_back(std::move(d));
}

}  // namespace

result<subscriber> unpack(std::string_view record, const cohort& at) {
  byte_reader in(record);
  if (in.u8() != record_version) return errc::protocol;
  subscriber s;
  s.app = at.app;
  s.joined = in.u32();
  const unsigned flags = in.u16();
  if ((flags & ~unsigned{all_record_flags}) != 0 || (flags & spilled) != 0) return errc::protocol;
  s.id = subscriber_id_from(in.bytes(16));
  s.version = static_cast<std::uint32_t>(in.varint_up_to(0xFFFFFFFF));
  packed_wish wish;
  read_wish(in, wish);
  if ((flags & locale_chosen) != 0) s.wishes.locale = wish.locale;
  s.wishes.max_items = wish.max_items;
  s.wishes.min_items = wish.min_items;
  s.wishes.instant_items = wish.instant_items;
  s.wishes.topics = std::move(wish.topics);
  read_rest(in, s.wishes, flags, at);
  const auto count = in.varint_up_to(most_devices);
  s.devices.reserve(static_cast<std::size_t>(count));
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) read_device(in, s, wish.locale, at);
  if (!in.at_end()) return errc::protocol;
  return s;
}

result<packed_wish> unpack_wish(std::string_view bytes) {
  byte_reader in(bytes);
  packed_wish wish;
  read_wish(in, wish);
  if (!in.at_end()) return errc::protocol;
  return wish;
}

}  // namespace paperboy::redis

#include "adapters/redis/record_view.hpp"

#include <utility>

#include "adapters/redis/record_bytes.hpp"
#include "adapters/redis/record_format.hpp"

namespace paperboy::redis {
namespace {

using namespace format;
constexpr std::uint64_t last_minute = 24 * 60 - 1;  // of a day

void pass_wish(byte_reader& in) noexcept {
  const unsigned flags = in.u8();
  if ((flags & max_items_chosen) != 0) in.u8();
  if ((flags & min_items_chosen) != 0) in.u8();
  read_locale(in, nullptr);
  const auto count = in.varint_up_to(in.left());
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) in.varint();
}

local_date read_date(byte_reader& in) noexcept {
  const std::int64_t days = in.zigzag();
  if (!std::in_range<std::int32_t>(days)) in.fail();
  return {static_cast<std::int32_t>(days)};
}

// Whether it is live; `d` is complete only then.
bool read_device(byte_reader& in, std::uint32_t record_joined, viewed_device& d) noexcept {
  const unsigned flags = in.u8();
  const unsigned number = in.u8();
  const bool live = (flags >> state_shift & 3U) == static_cast<unsigned>(device_state::live);
  d.number = static_cast<std::uint8_t>(number & highest_device_number);
  d.platform = (flags & is_android) != 0 ? platform::android : platform::ios;
  d.gateway_environment =
      (flags & is_sandbox) != 0 ? environment::sandbox : environment::production;
  d.generation = in.u32();
  d.registered_at = std::chrono::sys_seconds{std::chrono::seconds{in.u32()}};
  d.joined = (flags & joined_given) != 0 ? in.u32() : record_joined;
  if (live) {
    d.token = kept_token::read(in, d.platform, (flags & token_is_short) != 0);
  } else {
    in.u32();
  }
  if ((number & locale_is_text) != 0) read_locale(in, nullptr);
  if ((flags & device_zone_is_text) != 0) in.text();
  if ((number & app_version_given) != 0) read_app_version(in, nullptr);
  return live;
}

}  // namespace

std::vector<member_device> devices_of(std::span<const viewed_device> viewed, std::string& room) {
  std::size_t letters = 0;
  for (const viewed_device& d : viewed) letters += d.token.room();
  room.reserve(letters);
  std::vector<member_device> all;
  all.reserve(viewed.size());
  for (const viewed_device& d : viewed) {
    all.push_back({d.number, d.platform, d.gateway_environment, d.joined, d.registered_at,
                   d.token.text(room)});
  }
  return all;
}

result<record_view> record_view::read(std::string_view record, std::vector<viewed_device>& live) {
  byte_reader in(record);
  if (in.u8() != record_version) return errc::protocol;
  record_view v;
  v.joined_ = in.u32();
  const unsigned flags = in.u16();
  if ((flags & ~unsigned{all_record_flags}) != 0 || (flags & spilled) != 0) return errc::protocol;
  v.id_ = subscriber_id_from(in.bytes(16));
  in.varint();
  const std::size_t wish_begin = in.position();
  pass_wish(in);
  if (in.failed()) return errc::protocol;
  v.wish_ = record.substr(wish_begin, in.position() - wish_begin);

  if ((flags & zone_is_text) != 0) in.text();
  if ((flags & time_is_number) != 0) in.varint();
  v.digest_enabled_ = (flags & digest_chosen) == 0 || (flags & digest_is_on) != 0;
  if ((flags & days_chosen) != 0) {
    v.digest_days_ = weekdays::from_bits(static_cast<std::uint8_t>(in.u8()));
  }
  if ((flags & quiet_chosen) != 0) {
    quiet_hours hours;
    hours.start = std::chrono::minutes{in.varint_up_to(last_minute)};
    hours.end = std::chrono::minutes{in.varint_up_to(last_minute)};
    const unsigned action = in.u8();
    if (action > static_cast<unsigned>(quiet_action::fold)) in.fail();
    hours.action = static_cast<quiet_action>(action);
    v.quiet_ = hours;
  }
  if ((flags & pause_chosen) != 0) {
    paperboy::pause away;
    away.first_day = read_date(in);
    away.last_day = read_date(in);
    v.silence_.pause = away;
  }
  if ((flags & mute_chosen) != 0) {
    v.silence_.mute_until = instant{std::chrono::milliseconds{in.zigzag()}};
  }
  const auto before = live.size();
  const auto count = in.varint_up_to(highest_device_number + 1);
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    viewed_device d;
    if (read_device(in, v.joined_, d)) live.push_back(d);
  }
  if (!in.at_end()) {
    live.resize(before);
    return errc::protocol;
  }
  return v;
}

}  // namespace paperboy::redis

#include "adapters/redis/roster_store.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

#include "adapters/redis/clock.hpp"
#include "adapters/redis/keys.hpp"
#include "core/wall_time.hpp"

namespace paperboy::redis {
namespace {

// A registration that meets another write of the same subscriber is decided anew.
constexpr int most_tries = 4;

// OpenSSL's generator takes as long for 20 bytes as for some hundred: they are drawn ahead. What
// was handed out is wiped.
void fill_random(void* out, std::size_t size) {
  thread_local std::array<unsigned char, 512> drawn;
  thread_local std::size_t left = 0;
  if (left < size) {
    if (RAND_bytes(drawn.data(), static_cast<int>(drawn.size())) != 1) {
      throw std::bad_alloc();  // the system gives no randomness
    }
    left = drawn.size();
  }
  left -= size;
  std::memcpy(out, drawn.data() + left, size);
  OPENSSL_cleanse(drawn.data() + left, size);
}

// Random, but in that shard: so that a token and its first subscriber are written in one step.
subscriber_id new_id(std::uint32_t shard, std::uint32_t shards) {
  subscriber_id id;
  fill_random(id.bytes.data(), id.bytes.size());
  const std::uint32_t first_two = std::uint32_t{id.bytes[0]} << 8 | id.bytes[1];
  const std::uint32_t rounds = (0x10000 - shard - 1) / shards + 1;
  const std::uint32_t chosen = first_two % rounds * shards + shard;
  id.bytes[0] = static_cast<std::uint8_t>(chosen >> 8);
  id.bytes[1] = static_cast<std::uint8_t>(chosen);
  return id;
}

std::uint32_t first_generation() {
  std::uint32_t generation = 0;
  fill_random(&generation, sizeof generation);
  return generation;
}

// What follows a generation when that token is registered. The same for a registration that is
// repeated because its answer was lost, so that the repeat is known again.
std::uint32_t next_generation(std::uint32_t before, std::string_view token) noexcept {
  const auto hash = XXH3_64bits_withSeed(token.data(), token.size(), before);
  const auto next = static_cast<std::uint32_t>(hash);
  return next == before ? next + 1 : next;
}

bool repeats(const enrolment& e, const device& d) noexcept {
  return d.live() && d.token == e.device.token &&
         d.generation == next_generation(e.previous_generation, e.device.token);
}

void register_device(device& d, const enrolment& e, std::uint32_t generation) {
  const device kept = d;
  d = e.device;
  d.number = kept.number;
  d.joined = kept.joined;
  d.generation = generation;
  d.state = device_state::live;
  d.registered_at = e.now;
  d.lost_at = {};
}

bool lost_for_good(const device& d, std::chrono::sys_seconds now) {
  return !d.live() && now - d.lost_at > lost_device_kept;
}

}  // namespace

roster_store::roster_store(client& redis, settings s)
    : redis_(redis),
      with_{s.shards, s.now ? std::move(s.now) : now_wall},
      reader_(redis, with_.shards),
      writer_(redis, with_.shards, reader_, with_.now) {}

task<result<stored_subscriber>> roster_store::find(const std::string& app, subscriber_id id) {
  auto found = co_await reader_.read(id);
  if (found && !app.empty() && found->value.app != app) co_return errc::not_found;
  co_return found;
}

// The subscriber that `previous`, which is there, names, if it may be continued; errc::not_found if
// not.
task<result<stored_subscriber>> roster_store::earlier(const enrolment& e) {
  auto found = co_await find(e.app, e.previous->subscriber);
  if (!found) co_return found;
  const device* d = found->value.find_device(e.previous->number);
  if (d == nullptr || lost_for_good(*d, e.now) ||
      (d->generation != e.previous_generation && !repeats(e, *d))) {
    co_return errc::not_found;
  }
  co_return found;
}

subscriber roster_store::newcomer(const enrolment& e) const {
  const auto at = place_of_token(e.app, e.device.platform, e.device.token, with_.shards);
  subscriber s;
  s.id = new_id(at.shard, with_.shards);
  s.app = e.app;
  s.wishes = e.wishes;
  s.devices.emplace_back();
  register_device(s.devices.front(), e, first_generation());
  return s;
}

subscriber roster_store::returning(const enrolment& e, const subscriber& before) const {
  const auto at = place_of_token(e.app, e.device.platform, e.device.token, with_.shards);
  subscriber after = before;
  std::erase_if(after.devices, [&](const device& d) {
    return d.number != e.previous->number && lost_for_good(d, e.now);
  });
  for (device& d : after.devices) {
    if (d.number == e.previous->number) {
      register_device(d, e, next_generation(e.previous_generation, e.device.token));
    } else if (d.live() &&
               same_place(place_of_token(e.app, d.platform, d.token, with_.shards), at)) {
      d.state = device_state::moved;
      d.token.clear();
      d.lost_at = e.now;
    }
  }
  return after;
}

task<result<enrolled>> roster_store::enrol(const enrolment& e) {
  for (int tries = 0; tries < most_tries; ++tries) {
    result<stored_subscriber> before = errc::not_found;
    if (e.previous) before = co_await earlier(e);
    if (!before && before.error() != errc::not_found) co_return before.error();
    // A new id is drawn again where it meets another one in its locator's bytes.
    const subscriber after = before ? returning(e, before->value) : newcomer(e);
    auto written = co_await writer_.write(before ? &*before : nullptr, &after, e.defaults);
    if (written) {
      const auto number = before ? e.previous->number : after.devices.front().number;
      co_return enrolled{std::move(*written), number, !before};
    }
    if (written.error() != errc::conflict) co_return written.error();
  }
  co_return errc::conflict;
}

task<result<stored_subscriber>> roster_store::change(const stored_subscriber& before,
                                                     subscriber after,
                                                     const digest_defaults& defaults) {
  if (after.id != before.value.id || after.app != before.value.app ||
      after.devices.size() > max_devices_per_subscriber) {
    co_return errc::invalid;
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(with_.now());
  std::erase_if(after.devices, [now](const device& d) { return lost_for_good(d, now); });
  co_return co_await writer_.write(&before, &after, defaults);
}

task<result<void>> roster_store::erase(const stored_subscriber& before,
                                       const digest_defaults& defaults) {
  const auto gone = co_await writer_.write(&before, nullptr, defaults);
  if (!gone) co_return gone.error();
  co_return result<void>{};
}

task<result<std::size_t>> roster_store::sweep(std::uint32_t shard, std::size_t most,
                                              const defaults_of_app& defaults) {
  const auto now = co_await time(redis_);
  if (!now) co_return now.error();
  const instant until = *now - roster_writer::left_alone;
  const answer due = co_await redis_.call("ZRANGEBYSCORE", shard_key(shard, "tok:noted"), "-inf",
                                          until.time_since_epoch().count(), "LIMIT", 0, most);
  if (!due) co_return due.error();
  std::size_t ended = 0;
  for (const auto member : *due) {
    const auto text = member.as_string();
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) continue;
    const token_place at{shard, shard_key(shard, "tok:" + std::string(text.substr(0, colon))),
                         std::string(text.substr(colon + 1))};
    const auto settled = co_await writer_.settle(at, defaults);
    if (!settled) co_return settled.error();
    if (*settled == roster_writer::step::done) ++ended;
  }
  co_return ended;
}

}  // namespace paperboy::redis

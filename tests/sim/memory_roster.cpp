#include <algorithm>

#include "core/domain/slot.hpp"
#include "core/domain/zone.hpp"
#include "tests/sim/memory_store.hpp"

namespace paperboy::sim {
namespace {

std::string token_key(const std::string& app, const device& d) {
  return app + (d.platform == platform::ios ? "/i/" : "/a/") + d.token;
}

bool lost_for_good(const device& d, std::chrono::sys_seconds now) {
  return !d.live() && now - d.lost_at > lost_device_kept;
}

std::uint32_t next_generation(std::uint32_t before, const std::string& token) {
  std::uint32_t next = before * 31 + 7;
  for (const char c : token) next = next * 131 + static_cast<unsigned char>(c);
  return next == before ? next + 1 : next;
}

// What is compared where a write found something else than was read: the record, not the mark.
std::string content_of(const subscriber& s, const digest_defaults& defaults) {
  std::string text = to_text(s.id) + to_text(s.home(defaults)) + to_text(s.due_days(defaults));
  text += std::to_string(s.version);
  for (const auto& t : s.wishes.topics) {
    text += ' ' + std::to_string(t.number) + std::string(to_text(t.wanted));
  }
  if (s.wishes.pause) text += " p" + std::to_string(s.wishes.pause->last_day.days);
  if (s.wishes.mute_until) {
    text += " m" + std::to_string(s.wishes.mute_until->time_since_epoch().count());
  }
  for (const device& d : s.devices) {
    text += ' ' + std::to_string(d.number) + std::to_string(static_cast<int>(d.state)) + d.token +
            std::to_string(d.generation);
  }
  return text;
}

// What a write makes of `joined`, under the shard's present seq.
subscriber joined_at(const subscriber* before, subscriber after, const digest_defaults& defaults,
                     std::uint32_t seq, bool& duty) {
  if (before == nullptr) {
    after.joined = seq;
  } else {
    const unsigned days_before = before->due_days(defaults).bits();
    const unsigned days_after = after.due_days(defaults).bits();
    duty = before->home(defaults) != after.home(defaults) || (days_after & ~days_before) != 0;
    after.joined = duty ? seq : before->joined;
  }
  for (device& d : after.devices) {
    const device* was = before != nullptr ? before->find_device(d.number) : nullptr;
    const bool comes_alive = d.live() && (was == nullptr || !was->live());
    d.joined = comes_alive ? seq : was != nullptr ? was->joined : 0;
    d.joined = std::max(d.joined, after.joined);
  }
  return after;
}

}  // namespace

std::optional<stored_subscriber> memory_roster::read(const subscriber_id& id) {
  auto found = store_.shard_of(id).find(id);
  if (!found) return std::nullopt;
  stored_subscriber s;
  s.place = {id.shard(static_cast<std::uint32_t>(store_.shards.size())),
             *parse_cohort(found->cohort), found->slot};
  s.mark = found->mark;
  s.record = content_of(found->value, {}) + '@' + found->cohort + ' ' +
             std::to_string(found->slot) + ' ' + std::to_string(found->value.joined);
  s.value = std::move(found->value);
  return s;
}

stored_subscriber memory_roster::write(const subscriber* before, const subscriber* after,
                                       const digest_defaults& defaults) {
  ++store_.writes;
  const subscriber_id id = before != nullptr ? before->id : after->id;
  memory_shard& shard = store_.shard_of(id);
  member_write w;
  w.before = before;
  w.defaults = defaults;
  subscriber joined;
  if (after != nullptr) {
    joined = joined_at(before, *after, defaults, shard.seq(), w.duty);
    const cohort home = joined.home(defaults);
    const auto first =
        next_slot(zone::named(home.time_zone).value(), home.time, weekdays::all(), now_());
    w.first_due = first->at;
    w.first_date = first->date;
    w.after = &joined;
  }
  shard.write(w);
  return after != nullptr ? *read(id) : stored_subscriber{};
}

// Whoever holds a token that `after` has loses it.
void memory_roster::take_tokens(const subscriber* before, const subscriber* after,
                                const digest_defaults& defaults) {
  const std::string& app = before != nullptr ? before->app : after->app;
  const subscriber_id id = before != nullptr ? before->id : after->id;
  if (before != nullptr) {
    for (const device& d : before->devices) {
      const auto held = store_.tokens.find(token_key(app, d));
      if (d.live() && held != store_.tokens.end() && held->second.subscriber == id) {
        store_.tokens.erase(held);
      }
    }
  }
  if (after == nullptr) return;
  for (const device& d : after->devices) {
    if (!d.live()) continue;
    const auto held = store_.tokens.find(token_key(app, d));
    if (held != store_.tokens.end() && held->second.subscriber != id) {
      const auto loser = read(held->second.subscriber);
      subscriber without = loser->value;
      device& lost = *without.find_device(held->second.number);
      lost.state = device_state::moved;
      lost.token.clear();
      lost.lost_at = std::chrono::floor<std::chrono::seconds>(now_());
      write(&loser->value, &without, defaults);
      if (store_.with.witness != nullptr) store_.with.witness->lost_a_device(without.id);
    }
    store_.tokens[token_key(app, d)] = {id, d.number};
  }
}

task<result<enrolled>> memory_roster::enrol(const enrolment& e) {
  device d = e.device;
  d.state = device_state::live;
  d.registered_at = e.now;
  d.lost_at = {};
  if (e.previous) {
    const auto before = read(e.previous->subscriber);
    const device* was = before && before->value.app == e.app
                            ? before->value.find_device(e.previous->number)
                            : nullptr;
    const std::uint32_t next = next_generation(e.previous_generation, d.token);
    const bool repeats =
        was != nullptr && was->live() && was->token == d.token && was->generation == next;
    if (was != nullptr && !lost_for_good(*was, e.now) &&
        (was->generation == e.previous_generation || repeats)) {
      subscriber after = before->value;
      d.number = e.previous->number;
      d.generation = next;
      *after.find_device(d.number) = d;
      for (device& other : after.devices) {
        if (other.number == d.number || !other.live() || other.token != d.token) continue;
        other.state = device_state::moved;
        other.token.clear();
        other.lost_at = e.now;
      }
      take_tokens(&before->value, &after, e.defaults);
      co_return enrolled{write(&before->value, &after, e.defaults), d.number, false};
    }
  }
  subscriber s;
  for (auto& byte : s.id.bytes) byte = static_cast<std::uint8_t>(store_.with.random());
  s.app = e.app;
  s.wishes = e.wishes;
  d.number = 0;
  d.generation = ++store_.generations;
  s.devices = {d};
  take_tokens(nullptr, &s, e.defaults);
  co_return enrolled{write(nullptr, &s, e.defaults), 0, true};
}

task<result<stored_subscriber>> memory_roster::find(const std::string& app, subscriber_id id) {
  auto found = read(id);
  if (!found || (!app.empty() && found->value.app != app)) co_return errc::not_found;
  co_return std::move(*found);
}

task<result<stored_subscriber>> memory_roster::change(const stored_subscriber& before,
                                                      subscriber after,
                                                      const digest_defaults& defaults) {
  if (after.id != before.value.id || after.app != before.value.app) co_return errc::invalid;
  const auto now = std::chrono::floor<std::chrono::seconds>(now_());
  std::erase_if(after.devices, [now](const device& d) { return lost_for_good(d, now); });
  const auto present = read(before.value.id);
  if (!present) co_return errc::conflict;
  if (present->record != before.record) {
    // Written already, by the same call repeated.
    if (content_of(present->value, defaults) == content_of(after, defaults)) co_return *present;
    co_return errc::conflict;
  }
  take_tokens(&before.value, &after, defaults);
  co_return write(&present->value, &after, defaults);
}

task<result<void>> memory_roster::erase(const stored_subscriber& before,
                                        const digest_defaults& defaults) {
  const auto present = read(before.value.id);
  if (!present) co_return result<void>{};
  if (present->record != before.record) co_return errc::conflict;
  take_tokens(&present->value, nullptr, defaults);
  write(&present->value, nullptr, defaults);
  co_return result<void>{};
}

}  // namespace paperboy::sim

// The roster's half of a shard: scripts/write.lua, places.lua and duty.lua.

#include <algorithm>

#include "tests/sim/memory_shard.hpp"

namespace paperboy::sim {

std::vector<memory_shard::part_key> memory_shard::parts_of(const std::string& cohort) const {
  std::vector<part_key> found;
  for (const part_key& key : open_) {
    if (key.second == cohort) found.push_back(key);
  }
  std::sort(found.begin(), found.end(), [this](const part_key& a, const part_key& b) {
    return parts_.at(a).seq < parts_.at(b).seq;
  });
  return found;
}

// A slot that no part opened before it was freed can still write to.
std::uint32_t memory_shard::take_slot(const std::string& cohort, local_date mark) {
  home& h = homes_[cohort];
  const auto open = parts_of(cohort);
  auto chosen = h.free.end();
  for (auto at = h.free.begin(); at != h.free.end(); ++at) {
    if (!open.empty() && at->second >= parts_.at(open.front()).seq) continue;
    if (chosen == h.free.end() || at->second < chosen->second) chosen = at;
  }
  std::uint32_t slot;
  if (chosen != h.free.end()) {
    slot = chosen->first;
    h.free.erase(chosen);
  } else {
    slot = h.next++;
  }
  h.marks[slot] = mark;
  return slot;
}

void memory_shard::free_slot(const std::string& cohort, std::uint32_t slot) {
  home& h = homes_[cohort];
  h.had.erase(slot);
  h.free[slot] = seq_;
  h.marks[slot] = {};
  if (--h.subscribers > 0 || !parts_of(cohort).empty()) return;
  homes_.erase(cohort);  // nobody is in it, and no open part uses its slots
  due_.erase(cohort);
}

void memory_shard::count_devices(home& h, const resident& who, int sign) {
  const auto devices = static_cast<std::int64_t>(who.value.live_devices()) * sign;
  for (unsigned day = 0; day < 7; ++day) {
    if (who.due_days.has(day)) h.devices[day] += devices;
  }
}

std::uint32_t memory_shard::settle_in(const member_write& w, const std::string& cohort,
                                      local_date mark) {
  const std::uint32_t slot = take_slot(cohort, mark);
  home& h = homes_[cohort];
  h.people[slot] = {*w.after, w.after->due_days(w.defaults)};
  places_[w.after->id] = {cohort, slot};
  ++h.subscribers;
  count_devices(h, h.people[slot], 1);
  due_.try_emplace(cohort, w.first_due, w.first_date);
  return slot;
}

void memory_shard::leave(const std::string& cohort, std::uint32_t slot) {
  home& h = homes_[cohort];
  const auto who = h.people.extract(slot);
  count_devices(h, who.mapped(), -1);
  places_.erase(who.mapped().value.id);
  free_slot(cohort, slot);
}

// Each open part that still owes sets the subscriber's bit and keeps a retry entry by id instead.
// Where somebody holds the block it may be sending now: due when the lease ends, quietly.
// The highest date that stays with an open part.
local_date memory_shard::take_duty(const member_write& w, const std::string& cohort,
                                   std::uint32_t slot, local_date mark) {
  local_date last{};
  const subscriber& s = *w.before;
  for (const part_key& key : parts_of(cohort)) {
    part& p = parts_.at(key);
    const std::uint32_t block = slot / 256;
    if (p.seq <= s.joined || block >= p.blocks) continue;
    const bool digest = p.kind == part_kind::digest;
    if (digest && (p.date <= mark || !s.due_days(w.defaults).has(p.weekday))) continue;
    std::uint32_t devices = 0;
    for (const device& d : s.devices) {
      if (d.live() && d.joined < p.seq) devices |= 1U << d.number;
    }
    if (devices == 0) continue;
    auto& bits = p.settled[block];
    if (!bits.test(slot % 256)) {
      bits.set(slot % 256);
      auto& leases = leases_[lane_of(p)];
      const auto lease = leases.find({key, block});
      retry_entry entry;
      entry.shard = with_.number;
      entry.run = key.first;
      entry.id = s.id;
      entry.cohort = cohort;
      entry.slot = slot;
      entry.devices = devices;
      entry.ambiguous = lease != leases.end();
      entry.moved = true;
      entry.mark_before = mark;
      entry.packed = "moved " + std::to_string(devices) + ' ' + std::to_string(slot);
      const instant due = lease != leases.end() ? lease->second.end : with_.now();
      retries_[{key.first, s.id}] = {due, entry};
      ++p.retry;
      last = std::max(last, p.date);
    } else if (retries_.contains({key.first, s.id})) {
      last = std::max(last, p.date);
    }
  }
  return last;
}

std::optional<std::pair<std::uint32_t, local_date>> memory_shard::write(const member_write& w) {
  if (w.before == nullptr) {
    const std::string cohort = to_text(w.after->home(w.defaults));
    return std::pair{settle_in(w, cohort, {}), local_date{}};
  }
  const auto [cohort, slot] = places_.at(w.before->id);
  local_date mark = homes_[cohort].marks[slot];
  const local_date taken = w.duty ? take_duty(w, cohort, slot, mark) : local_date{};
  if (w.after == nullptr) {
    leave(cohort, slot);
    return std::nullopt;
  }
  const std::string home_after = to_text(w.after->home(w.defaults));
  if (home_after == cohort) {
    home& h = homes_[cohort];
    count_devices(h, h.people.at(slot), -1);
    h.people[slot] = {*w.after, w.after->due_days(w.defaults)};
    count_devices(h, h.people[slot], 1);
    return std::pair{slot, mark};
  }
  mark = std::max(mark, taken);
  auto had = std::move(homes_[cohort].had[slot]);
  leave(cohort, slot);
  const std::uint32_t there = settle_in(w, home_after, mark);
  homes_[home_after].had[there] = std::move(had);
  return std::pair{there, mark};
}

std::optional<memory_shard::found> memory_shard::find(const subscriber_id& id) const {
  const auto at = places_.find(id);
  if (at == places_.end()) return std::nullopt;
  const home& h = homes_.at(at->second.first);
  const auto mark = h.marks.find(at->second.second);
  return found{h.people.at(at->second.second).value, at->second.first, at->second.second,
               mark == h.marks.end() ? local_date{} : mark->second};
}

}  // namespace paperboy::sim

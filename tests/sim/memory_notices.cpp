// What a shard knows of notifications: scripts/open_notification.lua, run_halt.lua,
// remember_item.lua, and who may be meant.

#include <bit>

#include "tests/sim/memory_shard.hpp"

namespace paperboy::sim {
namespace {

std::uint32_t live_devices(const subscriber& s) {
  std::uint32_t all = 0;
  for (const device& d : s.devices) {
    if (d.live()) all |= 1U << d.number;
  }
  return all;
}

}  // namespace

error_code memory_shard::open_notification(const std::string& app, const std::string& run,
                                           instant at, instant deadline, run_halt halt,
                                           const shard_audience& whom) {
  if (with_.now() < at) return errc::conflict;
  if (runs_.contains(run)) return {};
  shard_run& r = runs_[run];
  r.app = app;
  r.halt = halt;
  r.state = shard_run::stage::open;
  part p;
  p.at = at;
  p.deadline = deadline;
  if (!whom.everybody) {
    p.kind = part_kind::listed;
    p.blocks = static_cast<std::uint32_t>((whom.members.size() + 255) / 256);
    for (const frozen_member& m : whom.members) {
      p.eligible += std::popcount(m.devices);
      if (with_.witness == nullptr) continue;
      const auto there = find(m.id);
      with_.witness->opened(
          {run, m.id, {}, m.devices, there ? there->value.wishes.topics : choices{}, "a list"});
    }
    p.pending = p.eligible;
    lists_[run] = whom.members;
    if (p.eligible > 0) {
      p.seq = ++seq_;
      open_part({run, app + std::string(listed_suffix)}, p, at);
    }
  } else {
    p.kind = part_kind::walked;
    for (const auto& [cohort, h] : homes_) {
      if (!cohort.starts_with(app + ':')) continue;
      p.eligible = 0;
      for (const auto& [slot, who] : h.people) p.eligible += std::popcount(live_devices(who.value));
      if (p.eligible == 0) continue;
      p.pending = p.eligible;
      p.blocks = (h.next + 255) / 256;
      p.seq = ++seq_;
      witness_opening({run, cohort}, h, p);
      open_part({run, cohort}, p, at);
    }
  }
  if (r.parts == 0) r.state = shard_run::stage::done;
  return {};
}

void memory_shard::halt(const std::string& run, run_halt to) {
  const auto r = runs_.find(run);
  if (r == runs_.end()) return;
  r->second.halt = to;
  if (to != run_halt::cancelled) return;
  const instant now = with_.now();  // what was held back is settled at once
  for (auto& todo : todo_) {
    for (auto& [key, at] : todo) {
      if (key.first == run) at = std::min(at, now);
    }
  }
}

void memory_shard::remember(const std::string& run, const slot_end& e) {
  const bool folded = e.skipped > 0 && e.reason == skip_reason::folded;
  if (!e.remember || (e.accepted == 0 && !folded)) return;
  const auto h = homes_.find(std::string(e.home));
  if (h == homes_.end()) return;
  bool& put_off = h->second.had[e.home_slot].try_emplace(run, folded).first->second;
  put_off &= folded;  // had it: that is what counts
}

std::vector<had_item> memory_shard::had_by(const subscriber_id& id) const {
  std::vector<had_item> all;
  const auto place = places_.find(id);
  if (place == places_.end()) return all;
  const home& h = homes_.at(place->second.first);
  const auto had = h.had.find(place->second.second);
  if (had == h.had.end()) return all;
  for (const auto& [run, put_off] : had->second) all.push_back({run, put_off});
  return all;
}

std::vector<std::pair<frozen_member, choices>> memory_shard::everybody(
    const std::string& app) const {
  std::vector<std::pair<frozen_member, choices>> all;
  for (const auto& [cohort, h] : homes_) {
    if (!cohort.starts_with(app + ':')) continue;
    for (const auto& [slot, who] : h.people) {
      const std::uint32_t devices = live_devices(who.value);
      if (devices == 0) continue;
      all.push_back({{who.value.id, devices, cohort, slot}, who.value.wishes.topics});
    }
  }
  return all;
}

std::vector<std::pair<std::uint8_t, memory_shard::place_taken>> memory_shard::people(
    const claim& c) const {
  std::vector<std::pair<std::uint8_t, place_taken>> all;
  const auto add = [&](std::uint8_t at, const std::string& cohort, std::uint32_t slot,
                       std::uint32_t devices) {
    const home& h = homes_.at(cohort);
    const resident& who = h.people.at(slot);
    place_taken p{who.value, who.due_days, {}, cohort, slot, {}, devices};
    if (const auto mark = h.marks.find(slot); mark != h.marks.end()) p.mark = mark->second;
    if (c.lane == send_lane::digest) p.had = had_by(who.value.id);
    all.push_back({at, std::move(p)});
  };
  if (c.listed()) {
    const auto& list = lists_.at(c.run);
    for (std::size_t i = c.block * 256; i < list.size() && i < (c.block + 1) * 256; ++i) {
      const auto place = places_.find(list[i].id);
      if (place == places_.end()) continue;  // erased meanwhile
      add(static_cast<std::uint8_t>(i % 256), place->second.first, place->second.second,
          list[i].devices);
    }
    return all;
  }
  const auto h = homes_.find(c.cohort);
  if (h == homes_.end()) return all;
  const auto end = h->second.people.lower_bound((c.block + 1) * 256);
  for (auto at = h->second.people.lower_bound(c.block * 256); at != end; ++at) {
    add(static_cast<std::uint8_t>(at->first % 256), c.cohort, at->first, 0xFFFF'FFFF);
  }
  return all;
}

}  // namespace paperboy::sim

#include "tests/sim/memory_shard.hpp"

#include <algorithm>
#include <bit>
#include <tuple>

namespace paperboy::sim {
namespace {

using namespace std::chrono_literals;

std::string app_of(const std::string& cohort) { return cohort.substr(0, cohort.find(':')); }

// What a settlement compares: every step of an entry changes it.
std::string packed(const retry_entry& e) {
  return std::to_string(e.devices) + ' ' + std::to_string(e.attempt) + (e.ambiguous ? " ?" : " .") +
         (e.moved ? " m " : " . ") + (e.held ? "h " : "") +
         std::to_string(e.mark_before.days) + ' ' +
         std::to_string(e.slot) + ' ' + e.cohort;
}

constexpr std::string_view claimed = " claimed";
constexpr std::chrono::milliseconds paused_for{5000};  // an entry of a paused run

instant when(instant at) { return at; }
instant when(const std::pair<instant, retry_entry>& of) { return of.first; }
template <class Lease>
instant when(const Lease& of) {
  return of.end;
}

// The keys as a sorted set has them: by instant, then by key.
template <class Map>
std::vector<typename Map::key_type> in_order(const Map& map) {
  std::vector<std::pair<instant, typename Map::key_type>> sorted;
  for (const auto& [key, value] : map) sorted.emplace_back(when(value), key);
  std::sort(sorted.begin(), sorted.end());
  std::vector<typename Map::key_type> keys;
  for (auto& [at, key] : sorted) keys.push_back(std::move(key));
  return keys;
}

}  // namespace

// Opening and looking.

shard_look memory_shard::look() const {
  shard_look l;
  l.now = with_.now();
  for (const auto& [cohort, slot] : due_) {
    if (slot.first <= l.now) l.due.push_back({cohort, slot.first, slot.second});
  }
  std::sort(l.due.begin(), l.due.end(), [](const due_cohort& a, const due_cohort& b) {
    return std::tie(a.at, a.cohort) < std::tie(b.at, b.cohort);
  });
  const auto passed = [&](const auto& entry) { return when(entry.second) <= l.now; };
  for (std::size_t lane = 0; lane < send_lanes; ++lane) {
    l.blocks[lane] = std::any_of(todo_[lane].begin(), todo_[lane].end(), passed) ||
                     std::any_of(leases_[lane].begin(), leases_[lane].end(), passed);
  }
  l.retries = std::any_of(retries_.begin(), retries_.end(),
                          [&](const auto& entry) { return entry.second.first <= l.now; });
  return l;
}

memory_shard::open_answer memory_shard::open(const std::string& app, const std::string& run,
                                             instant at, instant deadline, instant claims_from,
                                             std::span<const part_opening> parts) {
  if (with_.now() < at) return {errc::conflict, false};
  shard_run& r = runs_[run];
  r.app = app;
  const bool closed = r.state == shard_run::stage::done;
  for (const part_opening& o : parts) {
    const auto due = due_.find(o.cohort);
    if (due == due_.end() || due->second.first != at) continue;
    const part_key key{run, o.cohort};
    home& h = homes_[o.cohort];
    const std::int64_t eligible = h.devices[o.weekday];
    if (!closed && eligible > 0 && !parts_.contains(key)) {
      part p;
      p.seq = ++seq_;
      p.date = o.date;
      p.weekday = o.weekday;
      p.at = at;
      p.deadline = deadline;
      p.blocks = (h.next + 255) / 256;
      p.eligible = p.pending = eligible;
      witness_opening(key, h, p);
      open_part(key, p, claims_from);
    }
    if (o.next_at > at) due->second = {o.next_at, o.next_date};
  }
  for (const auto& [cohort, slot] : due_) {
    if (slot.first == at && app_of(cohort) == app) return {};
  }
  if (!closed && r.parts == 0) r.state = shard_run::stage::done;
  return {{}, true};
}

void memory_shard::open_part(const part_key& key, part p, instant claims_from) {
  shard_run& r = runs_[key.first];
  todo_[lane_of(p)][key] = claims_from;
  open_.insert(key);
  ++r.parts;
  r.count.eligible += static_cast<std::uint64_t>(p.eligible);
  r.count.pending += static_cast<std::uint64_t>(p.eligible);
  r.state = shard_run::stage::open;
  parts_.emplace(key, std::move(p));
}

void memory_shard::witness_opening(const part_key& key, const home& h, const part& p) const {
  if (with_.witness == nullptr) return;
  for (const auto& [slot, who] : h.people) {
    if (p.kind == part_kind::digest && !who.due_days.has(p.weekday)) continue;
    eligible_member m{key.first, who.value.id, p.date, 0, who.value.wishes.topics,
                      key.second + ' ' + std::to_string(slot)};
    for (const device& d : who.value.devices) {
      if (d.live()) m.devices |= 1U << d.number;
    }
    if (m.devices != 0) with_.witness->opened(m);
  }
}

const memory_shard::shard_run* memory_shard::run(const std::string& id) const {
  const auto found = runs_.find(id);
  return found == runs_.end() ? nullptr : &found->second;
}

// Walking.

bool memory_shard::held_back(const part_key& key, std::span<const std::string> stopped) const {
  const bool stops = std::find(stopped.begin(), stopped.end(), app_of(key.second)) != stopped.end();
  const auto r = runs_.find(key.first);
  const bool paused = r != runs_.end() && r->second.halt == run_halt::paused;
  if (!stops && !paused) return false;
  const auto p = parts_.find(key);
  return p != parts_.end() && p->second.deadline > with_.now();
}

claim memory_shard::give(const part_key& key, std::uint32_t block, bool in_doubt) {
  part& p = parts_.at(key);
  leases_[lane_of(p)][{key, block}] = {with_.now() + with_.lease, false};
  claim c;
  c.lane = static_cast<send_lane>(lane_of(p));
  c.halt = runs_[key.first].halt;
  c.run = key.first;
  c.cohort = key.second;
  c.date = p.date;
  c.at = p.at;
  c.deadline = p.deadline;
  c.shard = with_.number;
  c.block = block;
  c.epoch = ++p.epochs[block];
  c.seq = p.seq;
  c.weekday = p.weekday;
  if (const auto bits = p.settled.find(block); bits != p.settled.end()) c.settled = bits->second;
  c.in_doubt = in_doubt;
  return c;
}

result<std::vector<claim>> memory_shard::claim_blocks(const std::string& worker, send_lane lane,
                                                      std::uint64_t nonce, std::size_t most,
                                                      std::span<const std::string> stopped) {
  auto& todo = todo_[static_cast<std::size_t>(lane)];
  const auto& leases = leases_[static_cast<std::size_t>(lane)];
  const auto before = last_claim_.find(worker);
  if (before != last_claim_.end() && before->second.first == nonce) return before->second.second;
  const instant now = with_.now();
  std::vector<claim> taken;
  const auto by_end = in_order(leases);
  for (const lease_key& l : by_end) {
    const auto [end, given_back] = leases.at(l);
    if (taken.size() >= most) break;
    // One further ahead than one lease was set by a clock that went back: it counts as run out.
    if ((end > now && end <= now + with_.lease) || held_back(l.first, stopped)) continue;
    if (!parts_.contains(l.first)) return errc::shard_regressed;
    taken.push_back(give(l.first, l.second, !given_back));
  }
  const auto by_start = in_order(todo);
  for (const part_key& key : by_start) {
    if (taken.size() >= most) break;
    if (todo.at(key) > now || held_back(key, stopped)) continue;
    const auto found = parts_.find(key);
    if (found == parts_.end()) return errc::shard_regressed;
    part& p = found->second;
    while (p.next < p.blocks && taken.size() < most) taken.push_back(give(key, p.next++, false));
    if (p.next >= p.blocks) todo.erase(key);
  }
  if (with_.witness != nullptr) {
    for (const claim& c : taken) with_.witness->given(c, worker);
  }
  if (!taken.empty()) last_claim_[worker] = {nonce, taken};
  return taken;
}

// Counts what became of one subscriber into the part and its run.
void memory_shard::count(const part_key& key, const subscriber_id& id, const slot_end& e) {
  ledger& l = runs_[key.first].count;
  l.accepted += e.accepted;
  l.rejected += e.rejected;
  l.expired += e.expired;
  l.skipped_for(e.reason) += e.skipped;
  const int settled = e.accepted + e.rejected + e.expired + e.skipped;
  l.pending -= static_cast<std::uint64_t>(settled + e.excluded);
  l.eligible -= e.excluded;
  parts_.at(key).pending -= settled + e.excluded;
  if (with_.witness != nullptr && settled + e.excluded > 0) {
    with_.witness->counted(
        {key.first, id, e.accepted, e.rejected, e.expired, e.skipped, e.excluded, e.reason});
  }
}

void memory_shard::finish(const part_key& key) {
  part& p = parts_.at(key);
  if (!p.open || p.done < p.blocks || p.retry > 0) return;
  shard_run& r = runs_[key.first];
  if (p.pending != 0) {
    if (with_.witness != nullptr) {
      with_.witness->gone_at_the_finish(key.first, key.second, p.pending);
    }
    // Of a walk over everybody nobody knows whether they were of its audience.
    if (p.kind == part_kind::walked) {
      r.count.eligible -= static_cast<std::uint64_t>(p.pending);
    } else {
      r.count.skipped_for(skip_reason::gone) += static_cast<std::uint64_t>(p.pending);
    }
    r.count.pending -= static_cast<std::uint64_t>(p.pending);
    p.pending = 0;
  }
  p.open = false;
  open_.erase(key);
  todo_[lane_of(p)].erase(key);
  if (--r.parts > 0) return;
  r.state = shard_run::stage::done;
  lists_.erase(key.first);
}

commit_answer memory_shard::commit(const claim& c, std::span<const slot_end> ends, bool last) {
  const part_key key{c.run, c.cohort};
  part& p = parts_.at(key);
  commit_answer done;
  if (!p.open) {  // it has counted everybody: a late truth changes nothing
    done.lease_lost = p.epochs[c.block] != c.epoch;
    return done;
  }
  std::bitset<256>& bits = p.settled[c.block];
  auto& leases = leases_[lane_of(p)];
  const auto held = leases.find({key, c.block});
  // Somebody else holds the block by now and may have sent to whoever a stale holder leaves to be
  // tried again: quietly, and not before the holder knows of it or has lost the block.
  const bool of_another = p.epochs[c.block] != c.epoch && held != leases.end();
  for (const slot_end& e : ends) {
    remember(c.run, e);  // whoever had the item had it, whether or not the bit was set
    // Effects belong to whoever flips the bit.
    if (bits.test(e.slot)) {
      done.settled_before.set(e.slot);
      continue;
    }
    bits.set(e.slot);
    count(key, e.id, e);
    if (e.accepted > 0 && p.kind == part_kind::digest) {
      homes_[c.cohort].marks[c.block * 256 + e.slot] = c.date;
    }
    if (e.retry_devices == 0) continue;
    retry_entry entry;
    entry.shard = with_.number;
    entry.run = c.run;
    entry.id = e.id;
    entry.cohort = c.cohort;
    entry.slot = c.block * 256 + e.slot;
    entry.devices = e.retry_devices;
    entry.attempt = e.held ? 0 : 1;
    entry.held = e.held;
    entry.ambiguous = e.ambiguous || of_another;
    entry.mark_before = e.mark_before;
    entry.packed = packed(entry);
    const instant due = of_another ? std::max(e.retry_at, held->second.end) : e.retry_at;
    retries_[{c.run, e.id}] = {due, entry};
    ++p.retry;
    if (!e.held) ++runs_[c.run].count.retries;
  }
  done.settled = bits;
  done.halt = runs_[c.run].halt;
  const lease_key lease{key, c.block};
  if (p.epochs[c.block] != c.epoch) {
    done.lease_lost = true;
  } else if (last) {
    if (leases.erase(lease) == 1) {
      ++p.done;
      finish(key);
    }
  } else if (leases.contains(lease)) {
    leases[lease] = {with_.now() + with_.lease, false};
  }
  return done;
}

result<unsigned> memory_shard::note(const claim& c, std::uint8_t slot) {
  const auto found = parts_.find({c.run, c.cohort});
  if (found == parts_.end()) return errc::shard_regressed;
  part& p = found->second;
  if (p.epochs[c.block] != c.epoch) return errc::conflict;
  auto& [noted, times] = p.noted[c.block];
  times = noted == slot ? times + 1 : 1;
  noted = slot;
  return times;
}

void memory_shard::withdraw_note(const claim& c, std::uint8_t slot) {
  const auto found = parts_.find({c.run, c.cohort});
  if (found == parts_.end()) return;
  const auto note = found->second.noted.find(c.block);
  if (note == found->second.noted.end()) return;
  auto& [noted, times] = note->second;
  if (noted == slot && times > 0) --times;
}

void memory_shard::release(const claim& c, std::chrono::milliseconds rest) {
  const part_key key{c.run, c.cohort};
  const auto p = parts_.find(key);
  if (p == parts_.end() || p->second.epochs[c.block] != c.epoch) return;
  auto& leases = leases_[lane_of(p->second)];
  const auto lease = leases.find({key, c.block});
  if (lease == leases.end()) return;
  lease->second = {{}, true};
  rest = std::min(rest, with_.lease);
  if (rest.count() <= 0) return;
  const instant now = with_.now();
  lease->second.end = std::max(now, std::min(now + rest - 1ms, p->second.deadline)) + 1ms;
}

std::vector<retry_entry> memory_shard::claim_retries(std::size_t most) {
  const instant now = with_.now();
  std::vector<retry_entry> taken;
  const auto by_due = in_order(retries_);
  for (const retry_key& key : by_due) {
    auto& [due, entry] = retries_.at(key);
    if (taken.size() >= most || due > now) break;
    entry.halt = runs_[entry.run].halt;
    const instant deadline = parts_.at({entry.run, entry.cohort}).deadline;
    if (entry.halt == run_halt::paused && deadline > now) {
      due = std::min(now + paused_for, deadline);
      continue;
    }
    due = now + with_.lease + attempt_limit;
    // Claimed before and not settled since: it was perhaps sent, and goes quietly.
    entry.ambiguous |= entry.packed.find(claimed) != std::string::npos;
    entry.packed = packed(entry) + std::string(claimed) + std::to_string(++retry_claims_);
    taken.push_back(entry);
  }
  return taken;
}

result<void> memory_shard::settle_retry(const retry_entry& entry, const retry_end& end) {
  const retry_key key{entry.run, entry.id};
  const auto found = retries_.find(key);
  if (found == retries_.end() || found->second.second.packed != entry.packed) {
    return result<void>{};
  }
  const part_key of{entry.run, entry.cohort};
  if (!parts_.contains(of)) return errc::shard_regressed;
  count(of, entry.id, end.end);
  remember(entry.run, end.end);
  if (end.at_place && end.end.accepted > 0 && end.date.days != 0) {
    homes_[entry.cohort].marks[entry.slot] = end.date;
  }
  if (end.end.retry_devices != 0) {
    retry_entry again = entry;
    again.devices = end.end.retry_devices;
    again.held = end.end.held || (end.put_off && entry.held);
    if (!end.put_off && !end.end.held) {
      ++runs_[entry.run].count.retries;
      again.attempt = static_cast<std::uint8_t>(entry.attempt < 255 ? entry.attempt + 1 : 255);
    }
    again.moved = end.put_off && entry.moved;
    again.ambiguous = entry.ambiguous || end.end.ambiguous;
    again.packed = packed(again);
    found->second = {end.end.retry_at, again};
  } else {
    retries_.erase(found);
    --parts_.at(of).retry;
    finish(of);
  }
  return result<void>{};
}

void memory_shard::removed(const std::string& run, std::size_t devices) {
  runs_[run].count.devices_removed += devices;
}

// For tests.

void memory_shard::fall_due(const std::string& cohort, instant at, local_date date) {
  due_[cohort] = {at, date};
}
void memory_shard::set_slots_given(const std::string& cohort, std::uint32_t next) {
  homes_[cohort].next = next;
}
void memory_shard::forget_part(const std::string& run, const std::string& cohort) {
  parts_.erase({run, cohort});
}
void memory_shard::set_deadline(const std::string& run, const std::string& cohort,
                                instant deadline) {
  parts_.at({run, cohort}).deadline = deadline;
}
void memory_shard::set_retry_due(const std::string& run, const subscriber_id& id, instant at) {
  retries_.at({run, id}).first = at;
}
void memory_shard::set_lease(const std::string& run, const std::string& cohort,
                             std::uint32_t block, instant at) {
  leases_[0][{{run, cohort}, block}].end = at;
}

std::optional<instant> memory_shard::next() const {
  std::optional<instant> first;
  const auto consider = [&](instant at) { first = first ? std::min(*first, at) : at; };
  for (const auto& [cohort, slot] : due_) consider(slot.first);
  for (const auto& todo : todo_) {
    for (const auto& [key, at] : todo) consider(at);
  }
  for (const auto& leases : leases_) {
    for (const auto& [key, lease] : leases) consider(lease.end);
  }
  for (const auto& [key, retry] : retries_) consider(retry.first);
  return first;
}

std::string memory_shard::contradiction() const {
  for (const auto& [id, r] : runs_) {
    if (!r.count.balanced()) return "run " + id + " is not balanced";
    std::int64_t pending = 0, open = 0;
    for (const auto& [key, p] : parts_) {
      if (key.first != id) continue;
      if (p.pending < 0) return "part " + id + '|' + key.second + " owes less than nothing";
      pending += p.pending;
      open += p.open ? 1 : 0;
    }
    if (static_cast<std::uint64_t>(pending) != r.count.pending) {
      return "run " + id + " and its parts owe differently";
    }
    if (open != r.parts) return "run " + id + " miscounts its open parts";
    if (r.state == shard_run::stage::done && r.count.pending != 0) {
      return "run " + id + " is done and owes";
    }
  }
  for (const auto& [key, p] : parts_) {
    const auto waiting = std::count_if(retries_.begin(), retries_.end(), [&](const auto& r) {
      return r.first.first == key.first && r.second.second.cohort == key.second;
    });
    if (waiting != p.retry) return "part " + key.first + '|' + key.second + " miscounts retries";
  }
  for (const auto& [name, h] : homes_) {
    if (h.subscribers != static_cast<std::int64_t>(h.people.size())) {
      return "cohort " + name + " miscounts its people";
    }
  }
  return {};
}

}  // namespace paperboy::sim

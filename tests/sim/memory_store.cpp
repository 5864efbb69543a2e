#include "tests/sim/memory_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "core/domain/slot.hpp"
#include "core/domain/zone.hpp"

namespace paperboy::sim {
namespace {

std::string pack_wish(const wish_values& w) {
  std::string packed = fmt::format("{} {} {} {}", w.locale, w.max_items.value_or(0),
                                   w.min_items.value_or(0), static_cast<int>(w.instant_items));
  for (const auto& t : w.topics) packed += fmt::format(" {}={}", t.number, to_text(t.wanted));
  return packed;
}

wish_values wish_of_record(const subscriber& s) {
  wish_values w;
  w.topics = s.wishes.topics;
  w.max_items = s.wishes.max_items;
  w.min_items = s.wishes.min_items;
  w.instant_items = s.wishes.instant_items.value_or(include_instant::exclude);
  const device* latest = s.latest_device();
  w.locale = s.wishes.locale ? *s.wishes.locale : latest != nullptr ? latest->locale : "";
  return w;
}

// A block as it was read: a copy that the members point into.
class block_copy final : public block_contents {
 public:
  // Whether somebody joined too late is no question of a list's members.
  block_copy(bool listed, std::vector<std::pair<std::uint8_t, memory_shard::place_taken>> people,
             std::map<std::string, wish_values>& wishes)
      : people_(std::move(people)) {
    for (const auto& [slot, at] : people_) {
      const subscriber& s = at.value;
      member m;
      m.slot = slot;
      m.id = s.id;
      m.joined = listed ? 0 : s.joined;
      m.mark = at.mark;
      m.due_days = at.due_days;
      m.silence = {s.wishes.pause, s.wishes.mute_until};
      m.quiet = s.wishes.quiet;
      m.cohort = at.cohort;
      m.home_slot = at.slot;
      auto& marks = marks_.emplace_back();
      for (const had_item& h : at.had) marks.push_back({h.run, h.folded});
      m.instant = marks;
      const wish_values wish = wish_of_record(s);
      m.wish = wishes.try_emplace(pack_wish(wish), wish).first->first;
      auto& devices = devices_.emplace_back();
      for (const device& d : s.devices) {
        if (!d.live() || (at.devices >> d.number & 1U) == 0) continue;
        devices.push_back({d.number, d.platform, d.gateway_environment, listed ? 0 : d.joined,
                           d.registered_at, d.token});
      }
      m.devices = devices;
      members_.push_back(m);
    }
  }
  std::span<const member> members() const noexcept override { return members_; }

 private:
  std::vector<std::pair<std::uint8_t, memory_shard::place_taken>> people_;
  std::deque<std::vector<instant_mark>> marks_;
  std::deque<std::vector<member_device>> devices_;
  std::vector<member> members_;
};

}  // namespace

memory_store::memory_store(settings s) : with(std::move(s)) {
  for (std::uint32_t n = 0; n < with.shards; ++n) {
    shards.emplace_back(memory_shard::settings{n, with.now, with.lease, with.witness});
  }
}

// The walk.

task<result<std::vector<claim>>> memory_walk::claim_blocks(std::uint32_t shard, send_lane lane,
                                                           std::uint64_t nonce, std::size_t most,
                                                           std::span<const std::string> stopped) {
  co_return store_.shards[shard].claim_blocks(worker_, lane, nonce, most, stopped);
}

task<result<std::unique_ptr<block_contents>>> memory_walk::read(const claim& c) {
  if (c.listed() && !store_.shards[c.shard].has_list(c.run)) co_return errc::shard_regressed;
  co_return std::unique_ptr<block_contents>(std::make_unique<block_copy>(
      c.listed(), store_.shards[c.shard].people(c), store_.wishes));
}

wish_values memory_walk::values_of(std::string_view wish) const {
  return store_.wishes.at(std::string(wish));
}

task<result<std::vector<commit_answer>>> memory_walk::commit_all(
    std::span<const block_commit> all) {
  memory_shard& shard = store_.shards[all.front().block->shard];
  if (!std::ranges::all_of(all, [&](const auto& b) { return shard.has_part(*b.block); })) {
    co_return errc::shard_regressed;
  }
  std::vector<commit_answer> answers;
  for (const auto& b : all) answers.push_back(shard.commit(*b.block, b.ends, b.last));
  co_return answers;
}

task<result<unsigned>> memory_walk::note(const claim& c, std::uint8_t slot) {
  co_return store_.shards[c.shard].note(c, slot);
}

task<result<void>> memory_walk::withdraw_note(const claim& c, std::uint8_t slot) {
  store_.shards[c.shard].withdraw_note(c, slot);
  co_return result<void>{};
}

task<result<std::vector<suspect>>> memory_walk::suspects(std::uint32_t shard,
                                                         const std::string& run) {
  std::vector<suspect> all;
  for (const auto& [id, times] : store_.shards[shard].blamed[run]) all.push_back({id, times});
  co_return all;
}

task<result<void>> memory_walk::release(const claim& c, std::chrono::milliseconds rest) {
  store_.shards[c.shard].release(c, rest);
  co_return result<void>{};
}

task<result<std::vector<retry_entry>>> memory_walk::claim_retries(std::uint32_t shard,
                                                                  std::size_t most) {
  co_return store_.shards[shard].claim_retries(most);
}

task<result<void>> memory_walk::settle_retry(const retry_entry& entry, const retry_end& end) {
  co_return store_.shards[entry.shard].settle_retry(entry, end);
}

task<result<void>> memory_walk::removed(std::uint32_t shard, const std::string& run,
                                        std::size_t devices) {
  store_.shards[shard].removed(run, devices);
  co_return result<void>{};
}

// The run book.

task<result<std::vector<shard_look>>> memory_run_book::look() {
  std::vector<shard_look> looks;
  for (const auto& shard : store_.shards) looks.push_back(shard.look());
  co_return looks;
}

task<result<run_state>> memory_run_book::start(const std::string& app, const std::string& run,
                                               instant at) {
  auto& head = store_.runs[app][run];
  if (!head.started) {
    head.due = at;
    head.started = store_.with.now();
    head.opened.resize(store_.shards.size());
    head.reported.resize(store_.shards.size());
  }
  co_return head.state;
}

error_code memory_run_book::open_shard(std::uint32_t shard, const std::string& app,
                                       const std::string& run, instant at, instant deadline,
                                       instant claims_from, std::span<const part_opening> parts) {
  const auto opened = store_.shards[shard].open(app, run, at, deadline, claims_from, parts);
  if (opened.failure == errc::conflict) return {};  // not due there yet by a hair
  if (opened.failure) return opened.failure;
  if (opened.complete) store_.runs[app][run].opened.at(shard) = true;
  return {};
}

task<result<void>> memory_run_book::open(std::uint32_t shard, const std::string& app,
                                         const std::string& run, instant at, instant deadline,
                                         instant claims_from,
                                         std::span<const part_opening> parts) {
  if (const auto failed = open_shard(shard, app, run, at, deadline, claims_from, parts)) {
    co_return failed;
  }
  co_return result<void>{};
}

error_code memory_run_book::reconcile_run(const std::string& app, const std::string& run) {
  auto& head = store_.runs[app].at(run);
  if (head.done) return {};
  for (std::uint32_t shard = 0; shard < store_.shards.size(); ++shard) {
    if (head.reported[shard]) continue;
    const auto* r = store_.shards[shard].run(run);
    if (r == nullptr && head.opened[shard]) return errc::shard_regressed;
    if (r == nullptr && head.kind != "digest") continue;
    if (r == nullptr || r->state == memory_shard::shard_run::stage::opening) {
      // Whoever started the run left before this shard, or whoever was due here has left since:
      // nobody is due here, or look() opens it.
      if (auto failed = open_shard(shard, app, run, head.due, head.due, head.due, {})) {
        return failed;
      }
      continue;
    }
    // A shard that was opened later than the order came, or whose answer was lost.
    if (r->state != memory_shard::shard_run::stage::done && r->halt != head.halt()) {
      store_.shards[shard].halt(run, head.halt());
    }
    if (r->state == memory_shard::shard_run::stage::done) head.reported[shard] = r->count;
  }
  const auto& told = head.reported;
  if (std::all_of(told.begin(), told.end(), [](const auto& l) { return l.has_value(); })) {
    head.done = true;
    head.finished = store_.with.now();
    if (head.state != run_state::cancelled) head.state = run_state::done;  // it stays cancelled
  }
  return {};
}

task<result<void>> memory_run_book::reconcile(const std::string& app) {
  for (const auto& [run, head] : store_.runs[app]) {
    if (auto failed = reconcile_run(app, run)) co_return failed;
  }
  co_return result<void>{};
}

task<result<paperboy::run>> memory_run_book::find(const std::string& app, const std::string& id) {
  const auto found = store_.runs[app].find(id);
  if (found == store_.runs[app].end()) co_return errc::not_found;
  auto& head = found->second;
  paperboy::run r;
  r.id = id;
  r.app = app;
  r.kind = head.kind;
  r.due_at = head.due;
  r.started_at = head.started;
  r.state = head.state;
  r.finished_at = head.finished;
  if (!head.started) co_return r;  // it is not open anywhere
  bool all_open = true;
  for (std::uint32_t shard = 0; shard < store_.shards.size(); ++shard) {
    if (head.reported[shard]) {
      r.count += *head.reported[shard];
      continue;
    }
    const auto* part = store_.shards[shard].run(id);
    all_open &= part != nullptr && part->state != memory_shard::shard_run::stage::opening;
    if (part != nullptr) r.count += part->count;
  }
  // Until every shard has opened and reported it cannot be done: somebody may still be owed.
  if (!head.done && r.count.pending == 0 && !all_open) {
    r.count.pending = 1;
    r.count.eligible += 1;
  }
  if (head.state == run_state::running && r.count.pending == 0 && all_open) {
    if (auto failed = reconcile_run(app, id)) co_return failed;
    r.state = run_state::done;
    r.finished_at = head.finished;
    co_return r;
  }
  co_return r;
}

task<result<run_book::page>> memory_run_book::list(const std::string&, std::string_view,
                                                   std::size_t, std::string_view) {
  co_return errc::refused;
}

task<result<std::vector<slot_report>>> memory_run_book::slots_of(const stored_subscriber&,
                                                                 std::size_t) {
  co_return errc::refused;
}

}  // namespace paperboy::sim

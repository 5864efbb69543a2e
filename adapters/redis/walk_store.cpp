#include "adapters/redis/walk_store.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "adapters/redis/blame.hpp"
#include "adapters/redis/block_reading.hpp"
#include "adapters/redis/commit_packing.hpp"
#include "adapters/redis/keys.hpp"
#include "adapters/redis/listed_reading.hpp"
#include "adapters/redis/scripts.hpp"
#include "core/ports/gateway.hpp"

namespace paperboy::redis {
namespace {

constexpr std::size_t claim_fields = 11, commit_fields = 4;  // of an answer, for each block
constexpr int most_dead_letters = 1000;  // of a shard
constexpr std::chrono::milliseconds attempt_limit = gateway::answer_limit;

run_halt halt_of(std::string_view word) {
  if (word == "1") return run_halt::paused;
  return word == "2" ? run_halt::cancelled : run_halt::none;
}

std::string_view app_of(const part_of_run& part) {
  return std::string_view(part.cohort).substr(0, part.cohort.find(':'));
}

instant ms(const reply_view& v) {
  return instant{std::chrono::milliseconds{v.as_int()}};
}

std::string part_key(const claim& c) { return shard_key(c.shard, "p:" + part_name(c)); }

bool is_dead(const slot_end& e) noexcept {
  return e.skipped > 0 && e.reason == skip_reason::dead_letter;
}

// "<run>|<cohort>": a run's id has no bar.
void split_part(std::string_view name, part_of_run& part) {
  const auto bar = name.find('|');
  part.run = name.substr(0, bar);
  part.cohort = name.substr(bar + 1);
}

std::bitset<256> bits_of(std::string_view bytes) {
  std::bitset<256> bits;
  for (std::size_t i = 0; i < bytes.size() && i < 32; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    for (unsigned b = 0; b < 8; ++b) {
      if ((byte >> b & 1U) != 0) bits.set(i * 8 + b);
    }
  }
  return bits;
}

}  // namespace

error_code code_of_script(const answer& a) {
  if (a.has_value()) return {};
  if (a.error_word() == "REGRESSED") return errc::shard_regressed;
  if (a.error_word() == "EARLY") return errc::conflict;
  return a.error();
}

std::string lane_suffix(send_lane lane) { return lane == send_lane::instant ? ":n" : ""; }

walk_store::walk_store(client& redis, settings s)
    : redis_(redis), with_(std::move(s)), subscribers_(redis, with_.shards) {}

task<result<std::vector<claim>>> walk_store::claim_blocks(std::uint32_t shard, send_lane lane,
                                                          std::uint64_t nonce, std::size_t most,
                                                          std::span<const std::string> stopped) {
  const std::string tag = shard_tag(shard), suffix = lane_suffix(lane);
  const std::string todo = tag + ":todo" + suffix, leases = tag + ":ls" + suffix;
  const std::string last = tag + ":cl";
  const decimal once(nonce), lease(with_.lease.count()), count(most);
  const std::vector<std::string_view> keys{todo, leases, last};
  std::vector<std::string_view> args{tag, with_.worker, once, lease, count};
  args.insert(args.end(), stopped.begin(), stopped.end());
  const answer a = co_await redis_.eval(run_script("claim"), keys, args);
  if (!a) co_return code_of_script(a);
  if (!a->is_array() || a->size() % claim_fields != 0) co_return errc::protocol;
  std::vector<claim> claims;
  for (auto at = a->begin(); at != a->end();) {
    claim c;
    c.shard = shard;
    c.lane = lane;
    split_part((*at++).as_string(), c);
    c.block = static_cast<std::uint32_t>((*at++).as_int());
    c.epoch = static_cast<std::uint32_t>((*at++).as_int());
    c.seq = static_cast<std::uint32_t>((*at++).as_int());
    c.date = {static_cast<std::int32_t>((*at++).as_int())};
    c.weekday = static_cast<std::uint8_t>((*at++).as_int());
    c.at = ms(*at++);
    c.deadline = ms(*at++);
    c.settled = bits_of((*at++).as_string());
    c.in_doubt = (*at++).as_int() != 0;
    c.halt = halt_of((*at++).as_string());
    claims.push_back(std::move(c));
  }
  co_return claims;
}

task<result<std::unique_ptr<block_contents>>> walk_store::read(const claim& c) {
  if (c.listed()) {
    const answer ids = co_await redis_.call("HGET", shard_key(c.shard, "ids:" + c.run), c.block);
    if (!ids) co_return ids.error();
    if (ids->is_nil()) co_return errc::shard_regressed;
    co_return co_await read_listed(redis_, subscribers_, with_.recent, c.shard,
                                  ids->as_string());
  }
  const auto days = with_.days.find(app_of(c));
  block_place at{c.shard, c.cohort, c.block, days == with_.days.end() ? weekdays{} : days->second};
  auto block = co_await read_whole_block(redis_, std::move(at), c.lane == send_lane::digest);
  if (!block) co_return block.error();
  if (c.lane == send_lane::digest) {
    if (auto done = co_await forget_old(c, **block); !done) co_return done.error();
  }
  co_return std::unique_ptr<block_contents>(std::move(*block));
}

task<result<void>> walk_store::forget_old(const claim& c, const read_block& block) {
  const auto kept = with_.history.find(app_of(c));
  if (kept == with_.history.end()) co_return result<void>{};
  const auto old = block.told_before(c.at - kept->second);
  if (old.empty()) co_return result<void>{};
  const std::string key = marks_key(c.shard, c.cohort, c.block);
  const std::vector<std::string_view> keys{key};
  const answer a = co_await redis_.eval(run_script("forget_told"), keys, old);
  if (!a) co_return code_of_script(a);
  co_return result<void>{};
}

wish_values walk_store::values_of(std::string_view wish) const {
  wish_values values;
  auto unpacked = unpack_wish(wish);
  if (!unpacked) return values;
  values.topics = std::move(unpacked->topics);
  values.max_items = unpacked->max_items;
  values.min_items = unpacked->min_items;
  values.locale = std::move(unpacked->locale);
  values.instant_items = unpacked->instant_items.value_or(include_instant::exclude);
  return values;
}

task<result<std::vector<commit_answer>>> walk_store::commit_all(
    std::span<const block_commit> blocks) {
  const claim& first = *blocks.front().block;
  std::vector<packed_commit> packed;
  packed.reserve(blocks.size());
  for (const block_commit& b : blocks) {
    for (const slot_end& e : b.ends) {
      if (!is_dead(e)) continue;
      if (auto listed = co_await list_dead(first.shard, b.block->run, e); !listed) {
        co_return listed.error();
      }
    }
    packed.push_back(pack_commit(b));
  }
  // The script reads each part once: blocks of one stand together.
  std::vector<std::size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, {}, [&](std::size_t i) -> const std::string& {
    return packed[i].name;
  });
  const std::string tag = shard_tag(first.shard);
  const std::string leases = tag + ":ls" + lane_suffix(first.lane);
  const decimal kept(with_.kept.count()), lease(with_.lease.count());
  const std::vector<std::string_view> keys{leases};
  std::vector<std::string_view> args{tag, kept, lease, reason_names()};
  for (const std::size_t i : order) packed[i].append_to(args);
  const answer a = co_await redis_.eval(run_script("commit"), keys, args);
  if (!a) co_return code_of_script(a);
  if (!a->is_array() || a->size() != commit_fields * blocks.size()) co_return errc::protocol;
  std::vector<commit_answer> answers(blocks.size());
  auto field = a->begin();
  for (const std::size_t i : order) {
    commit_answer& done = answers[i];
    done.lease_lost = (*field++).as_int() == 1;
    done.settled_before = bits_of((*field++).as_string());
    done.halt = halt_of((*field++).as_string());
    done.settled = bits_of((*field++).as_string());
  }
  co_return answers;
}

// Listed first, settled second: whoever ends in between leaves a slot that is listed once more.
task<result<void>> walk_store::list_dead(std::uint32_t shard, const std::string& run,
                                         const slot_end& end) {
  const answer a = co_await redis_.eval(run_script("dead_letter"), {shard_key(shard, "dl")},
                                        {run, to_text(end.id), decimal(most_dead_letters)});
  if (!a) co_return code_of_script(a);
  co_return result<void>{};
}

task<result<unsigned>> walk_store::note(const claim& c, std::uint8_t slot) {
  const answer a =
      co_await redis_.eval(run_script("note"), {part_key(c)},
                           {decimal(c.block), decimal(c.epoch), decimal(unsigned{slot})});
  if (!a) co_return code_of_script(a);
  if (a->as_int() < 0) co_return errc::conflict;
  co_return static_cast<unsigned>(a->as_int());
}

task<result<void>> walk_store::withdraw_note(const claim& c, std::uint8_t slot) {
  const answer a = co_await redis_.eval(run_script("withdraw_note"), {part_key(c)},
                                        {decimal(c.block), decimal(unsigned{slot})});
  if (!a) co_return code_of_script(a);
  co_return result<void>{};
}

task<result<std::vector<suspect>>> walk_store::suspects(std::uint32_t shard,
                                                        const std::string& run) {
  co_return co_await suspects_of(redis_, shard, run);
}

task<result<void>> walk_store::release(const claim& c, std::chrono::milliseconds rest) {
  const std::string tag = shard_tag(c.shard);
  const std::string leases = tag + ":ls" + lane_suffix(c.lane);
  const std::string member = part_name(c) + '|' + std::to_string(c.block);
  const answer a = co_await redis_.eval(run_script("release"), {leases, part_key(c)},
                                        {member, decimal(c.block), decimal(c.epoch),
                                         decimal(std::min(rest, with_.lease).count())});
  if (!a) co_return code_of_script(a);
  co_return result<void>{};
}

task<result<std::vector<retry_entry>>> walk_store::claim_retries(std::uint32_t shard,
                                                                 std::size_t most) {
  const std::string tag = shard_tag(shard);
  const std::string due = tag + ":rt";
  const answer a = co_await redis_.eval(run_script("retry_claim"), {due},
                                        {tag, decimal((with_.lease + attempt_limit).count()),
                                         decimal(most)});
  if (!a) co_return code_of_script(a);
  if (!a->is_array() || a->size() % 4 != 0) co_return errc::protocol;
  std::vector<retry_entry> entries;
  for (auto at = a->begin(); at != a->end();) {
    retry_entry e;
    e.shard = shard;
    e.run = (*at++).as_string();
    const auto id = parse_subscriber_id((*at++).as_string());
    e.packed = (*at++).as_string();
    e.halt = halt_of((*at++).as_string());
    if (!id || !unpack_retry_entry(e.packed, e)) co_return errc::protocol;
    e.id = *id;
    entries.push_back(std::move(e));
  }
  co_return entries;
}

task<result<void>> walk_store::settle_retry(const retry_entry& entry, const retry_end& end) {
  if (is_dead(end.end)) {
    const auto listed = co_await list_dead(entry.shard, entry.run, end.end);
    if (!listed) co_return listed.error();
  }
  const std::string tag = shard_tag(entry.shard);
  const std::string name = entry.run + '|' + entry.cohort;
  const std::string due = tag + ":rt", run = tag + ":rt:" + entry.run;
  const slot_end& e = end.end;
  std::string kept_entry, date;
  if (e.retry_devices != 0) {
    retry_entry again = entry;
    again.devices = e.retry_devices;
    const bool counts = !e.held && !end.put_off && entry.attempt < 255;
    again.attempt = static_cast<std::uint8_t>(entry.attempt + (counts ? 1 : 0));
    again.held = e.held || (end.put_off && entry.held);
    again.ambiguous = entry.ambiguous || e.ambiguous;
    again.moved = end.put_off && entry.moved;
    kept_entry = pack_retry_entry(again);
    keep_claims(entry.packed, kept_entry);
  }
  std::map<std::string, remembered_item> items;
  remember(items, e);
  const auto item = items.begin();
  const bool any_item = item != items.end();
  if (end.at_place && e.accepted > 0 && end.date.days != 0) {
    date += static_cast<char>(end.date.mark() & 0xff);
    date += static_cast<char>(end.date.mark() >> 8);
  }
  const answer a = co_await redis_.eval(
      run_script("retry_settle"), {due, run},
      {tag, decimal(with_.kept.count()), entry.run, name, to_text(entry.id), entry.packed,
       decimal(unsigned{e.accepted}), decimal(unsigned{e.rejected}), decimal(unsigned{e.expired}),
       decimal(unsigned{e.skipped}), to_text(e.reason), decimal(unsigned{why_of(e)}),
       decimal(entry.slot / block_slots), decimal(entry.slot % block_slots), date, kept_entry,
       decimal(e.retry_at.time_since_epoch().count()), decimal(unsigned{e.excluded}),
       e.held || end.put_off ? "0" : "1",
       any_item ? std::string_view(item->first) : std::string_view{},
       any_item ? std::string_view(item->second.had) : std::string_view{},
       any_item ? std::string_view(item->second.folded) : std::string_view{}});
  if (!a) co_return code_of_script(a);
  co_return result<void>{};
}

task<result<void>> walk_store::removed(std::uint32_t shard, const std::string& run,
                                       std::size_t devices) {
  const answer a =
      co_await redis_.call("HINCRBY", shard_key(shard, "run:" + run), "devices_removed", devices);
  if (!a) co_return a.error();
  co_return result<void>{};
}

}  // namespace paperboy::redis

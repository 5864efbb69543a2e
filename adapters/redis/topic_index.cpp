#include "adapters/redis/topic_index.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "adapters/redis/record.hpp"

namespace paperboy::redis {
namespace {

constexpr std::uint64_t blocks_of_cohort = locator_slots / block_slots;
constexpr std::size_t bitmap_bytes = block_slots / 8;

template <class T>
std::optional<T> number_in(std::string_view text) noexcept {
  T value = 0;
  const auto end = text.data() + text.size();
  const auto [at, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc{} || at != end) return std::nullopt;
  return value;
}

bool in_app(std::string_view cohort, std::string_view app) noexcept {
  return cohort.size() > app.size() && cohort[app.size()] == ':' && cohort.starts_with(app);
}

// As scripts/topics.lua packs them. Whether it was such a value.
template <class Bits>
bool add_slots(std::string_view packed, Bits& into) noexcept {
  if (packed.size() > bitmap_bytes) return false;
  if (packed.size() < bitmap_bytes) {
    for (const char slot : packed) into.set(static_cast<unsigned char>(slot));
    return true;
  }
  for (std::size_t slot = 0; slot < block_slots; ++slot) {
    if ((static_cast<unsigned char>(packed[slot / 8]) >> slot % 8 & 1U) != 0) into.set(slot);
  }
  return true;
}

// The cohorts of an app, from HGETALL of `cn`.
std::unordered_map<std::uint32_t, std::string> cohorts_in(const reply& cn, std::string_view app) {
  std::unordered_map<std::uint32_t, std::string> cohorts;
  for (auto at = cn.begin(); at != cn.end(); ++at) {
    const auto number = number_in<std::uint32_t>((*at++).as_string());
    const auto text = (*at).as_string();
    if (number && in_app(text, app)) cohorts.try_emplace(*number, text);
  }
  return cohorts;
}

std::uint32_t mask_of(const std::vector<viewed_device>& live) noexcept {
  std::uint32_t mask = 0;
  for (const auto& d : live) mask |= std::uint32_t{1} << d.number;
  return mask;
}

error_code error_in(const std::vector<answer>& answers) noexcept {
  for (const auto& a : answers) {
    if (!a) return a.error();
  }
  return {};
}

}  // namespace

task<result<topic_index::look>> topic_index::look_at(std::uint32_t shard, const std::string& app,
                                                     const std::vector<topic_number>& wanted) {
  look seen;
  auto at = wanted.begin();
  do {
    pipeline batch;
    for (; at != wanted.end() && batch.size() < most_topics_at_once; ++at) {
      batch.add("HGETALL", at_once_key(shard, app, *at));
    }
    const std::size_t topics = batch.size();
    const bool last = at == wanted.end();
    if (last) {
      // After the topics: whoever is indexed has a cohort by now.
      batch.add("EXISTS", shard_key(shard, "seq"));
      batch.add("HGETALL", shard_key(shard, "cn"));
    }
    const auto answers = co_await redis_.call_all(std::move(batch));
    if (const auto failed = error_in(answers)) co_return failed;
    for (std::size_t i = 0; i < topics; ++i) {
      for (auto b = answers[i]->begin(); b != answers[i]->end(); ++b) {
        const auto field = number_in<std::uint64_t>((*b++).as_string());
        if (!field || !add_slots((*b).as_string(), seen.marked[*field])) co_return errc::protocol;
      }
    }
    if (!last) continue;
    if (answers[topics]->as_int() == 0) co_return errc::shard_regressed;
    seen.cohorts = cohorts_in(*answers[topics + 1], app);
  } while (at != wanted.end());
  co_return seen;
}

task<result<std::uint64_t>> topic_index::subscribers(std::uint32_t shard,
                                                     const cohort_texts& cohorts,
                                                     std::uint64_t enough) {
  std::uint64_t sum = 0;
  for (auto at = cohorts.begin(); at != cohorts.end() && sum < enough;) {
    // A few cohorts are enough where the topic is rare.
    const std::size_t most = at == cohorts.begin() ? first_cohorts : most_at_once;
    pipeline batch;
    for (; at != cohorts.end() && batch.size() < most; ++at) {
      batch.add("HGET", shard_key(shard, "co:" + at->second), "subs");
    }
    const auto answers = co_await redis_.call_all(std::move(batch));
    if (const auto failed = error_in(answers)) co_return failed;
    for (const auto& a : answers) sum += static_cast<std::uint64_t>(a->as_int());
  }
  co_return sum;
}

task<result<frozen_member>> topic_index::read_by_id(const std::string& app, subscriber_id id) {
  frozen_member m;
  const auto s = co_await reader_.read(id);
  if (!s && s.error() == errc::not_found) co_return m;
  if (!s && (s.error() == errc::protocol || s.error() == errc::conflict)) {
    co_return errc::unavailable;
  }
  if (!s) co_return s.error();
  if (s->value.app != app) co_return m;
  m.id = id;
  m.cohort = to_text(s->place.cohort);
  m.slot = s->place.slot;
  for (const auto& d : s->value.devices) {
    if (d.live()) m.devices |= std::uint32_t{1} << d.number;
  }
  co_return m;
}

task<result<void>> topic_index::read_batch(std::uint32_t shard, const std::string& app,
                                           const std::vector<block_part>& batch, found& into) {
  pipeline records;
  for (const auto& part : batch) {
    const auto block = static_cast<std::uint32_t>(part.field % blocks_of_cohort);
    command c("HMGET", records_key(shard, part.cohort, block));
    for (const auto slot : part.slots) c.arg(slot);
    records.add(std::move(c));
  }
  const auto asked_at = now_steady();
  const auto answers = co_await redis_.call_all(std::move(records));
  if (const auto failed = error_in(answers)) co_return failed;
  std::vector<viewed_device> live;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const block_part& part = batch[i];
    for (std::size_t n = 0; n < part.slots.size(); ++n) {
      const auto record = (*answers[i])[n].as_string();
      if (record.empty()) continue;  // left meanwhile
      frozen_member m;
      if (has_spill(record)) {
        auto whole = co_await read_by_id(app, id_of_head(record));
        if (!whole) co_return whole.error();
        m = std::move(*whole);
      } else {
        live.clear();
        const auto view = record_view::read(record, live);
        if (!view) co_return errc::unavailable;
        m.id = view->id();
        m.devices = mask_of(live);
        m.cohort = part.cohort;
        m.slot = static_cast<std::uint32_t>(part.field % blocks_of_cohort) * block_slots +
                 part.slots[n];
        if (recent_ != nullptr && m.devices != 0) recent_->keep(m.id, record, asked_at);
      }
      into.seen[part.field].set(part.slots[n]);
      if (m.devices != 0 && into.ids.insert(m.id).second) into.members.push_back(std::move(m));
    }
  }
  co_return result<void>{};
}

task<result<void>> topic_index::read_places(std::uint32_t shard, const std::string& app,
                                            const look& from, found& into) {
  std::vector<block_part> batch;
  std::size_t size = 0;
  for (const auto& [field, marked] : from.marked) {
    const auto home = from.cohorts.find(static_cast<std::uint32_t>(field / blocks_of_cohort));
    if (home == from.cohorts.end()) continue;  // it emptied meanwhile
    block_part part{field, home->second, {}};
    const auto left = marked & ~into.seen[field];
    for (std::uint32_t slot = 0; slot < block_slots; ++slot) {
      if (left.test(slot)) part.slots.push_back(slot);
    }
    if (part.slots.empty()) continue;
    size += part.slots.size();
    batch.push_back(std::move(part));
    if (size < most_at_once - block_slots) continue;
    const auto read = co_await read_batch(shard, app, batch, into);
    if (!read) co_return read.error();
    batch.clear();
    size = 0;
  }
  if (batch.empty()) co_return result<void>{};
  co_return co_await read_batch(shard, app, batch, into);
}

task<result<shard_audience>> topic_index::find(std::uint32_t shard, const std::string& app,
                                               const std::vector<topic_number>& wanted) {
  found all;
  for (int looks = 0; looks <= most_looks; ++looks) {
    const auto now = co_await look_at(shard, app, wanted);
    if (!now) co_return now.error();
    std::uint64_t candidates = 0;
    bool news = false;
    for (const auto& [field, marked] : now->marked) {
      candidates += marked.count();
      news = news || (marked & ~all.seen[field]).any();
    }
    if (!news) break;
    if (looks == 0) {
      const auto people = co_await subscribers(shard, now->cohorts, candidates * sparse);
      if (!people) co_return people.error();
      if (candidates * sparse > *people) co_return shard_audience{true, {}};
    }
    const auto read = co_await read_places(shard, app, *now, all);
    if (!read) co_return read.error();
  }
  co_return shard_audience{false, std::move(all.members)};
}

task<result<void>> topic_index::look_up_batch(std::uint32_t shard, const std::string& app,
                                              const cohort_texts& cohorts,
                                              std::span<const wanted_member> batch,
                                              std::vector<frozen_member>& into) {
  pipeline locators;
  for (const auto& w : batch) {
    locators.add("HGET", locator_key(w.id, shards_), locator_field(w.id));
  }
  const auto located = co_await redis_.call_all(std::move(locators));
  if (const auto failed = error_in(located)) co_return failed;

  struct expected {
    std::uint32_t devices = 0;  // asked for
    frozen_member member;
    bool asked = false;  // its record, at its place
  };
  std::vector<expected> there;
  pipeline records;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (located[i]->is_nil()) continue;
    const auto locator = static_cast<std::uint64_t>(located[i]->as_int());
    expected e{batch[i].devices, {}, false};
    e.member.id = batch[i].id;
    e.member.slot = static_cast<std::uint32_t>(locator % locator_slots);
    if (const auto home = cohorts.find(static_cast<std::uint32_t>(locator / locator_slots));
        home != cohorts.end()) {
      e.member.cohort = home->second;
      e.asked = true;
      records.add("HGET", records_key(shard, home->second, e.member.slot / block_slots),
                  e.member.slot % block_slots);
    }
    there.push_back(std::move(e));
  }
  const auto heads = co_await redis_.call_all(std::move(records));
  if (const auto failed = error_in(heads)) co_return failed;

  std::size_t next = 0;
  std::vector<viewed_device> live;
  for (expected& e : there) {
    const auto head = e.asked ? heads[next++]->as_string() : std::string_view{};
    live.clear();
    const auto view = record_view::read(head, live);
    if (view && view->id() == e.member.id) {
      e.member.devices = mask_of(live);
    } else {
      // A long record, one that moved, another app's, or one that cannot be read.
      auto whole = co_await read_by_id(app, e.member.id);
      if (!whole) co_return whole.error();
      e.member = std::move(*whole);
    }
    e.member.devices &= e.devices;
    if (e.member.devices != 0) into.push_back(std::move(e.member));
  }
  co_return result<void>{};
}

task<result<std::vector<frozen_member>>> topic_index::look_up(
    std::uint32_t shard, const std::string& app, const std::vector<wanted_member>& wanted) {
  std::map<subscriber_id, std::uint32_t> devices;
  for (const auto& w : wanted) {
    if (w.id.shard(shards_) == shard) devices[w.id] |= w.devices;
  }
  std::vector<frozen_member> members;
  if (devices.empty()) co_return members;
  const auto now = co_await look_at(shard, app, {});
  if (!now) co_return now.error();
  for (auto at = devices.begin(); at != devices.end();) {
    std::vector<wanted_member> batch;
    for (; at != devices.end() && batch.size() < most_at_once; ++at) {
      batch.push_back({at->first, at->second});
    }
    const auto read = co_await look_up_batch(shard, app, now->cohorts, batch, members);
    if (!read) co_return read.error();
  }
  co_return members;
}

}  // namespace paperboy::redis

#include "adapters/redis/shard_write.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/redis/record.hpp"
#include "adapters/redis/scripts.hpp"
#include "core/domain/slot.hpp"
#include "core/domain/zone.hpp"

namespace paperboy::redis {
namespace {

// `seq` rises with each part that is opened: some dozens in one step when an hour strikes.
constexpr int most_seq_changes = 6;

// As write.lua lists them.
constexpr std::array<std::string_view, 8> key_names{"seq",      "open", "cn", "due",
                                                    "due:date", "ls",   "rt", "tok:noted"};
// Of the arguments of most writes.
constexpr std::size_t usual_size = 512;

std::string_view bucket_of(std::string_view key) {
  return key.substr(key.rfind(':') + 1);
}

std::string live_devices(const subscriber& s) {
  std::string bytes;
  for (const auto& d : s.devices) {
    if (!d.live()) continue;
    bytes += static_cast<char>(d.number);
    for (unsigned i = 0; i < 4; ++i) bytes += static_cast<char>(d.joined >> (8 * i) & 0xFF);
  }
  return bytes;
}

std::vector<topic_number> wanted_at_once(const subscriber* s) {
  std::vector<topic_number> topics;
  if (s == nullptr) return topics;
  for (const auto& choice : s->wishes.topics) {
    if (at_once(choice.wanted)) topics.push_back(choice.number);
  }
  return topics;
}

// What is in `topics` and not in `others`, both ascending.
std::string packed_without(const std::vector<topic_number>& topics,
                           const std::vector<topic_number>& others) {
  std::string bytes;
  for (const topic_number t : topics) {
    if (std::binary_search(others.begin(), others.end(), t)) continue;
    bytes += static_cast<char>(t & 0xFF);
    bytes += static_cast<char>(t >> 8);
  }
  return bytes;
}

// What a subscriber becomes under a given `seq`.
struct prepared {
  subscriber after;
  cohort home;
  std::string record;
  bool takes_seq = false;   // some `joined` is this seq
  bool duty = false;        // parts opened before pass it over from now on
  std::optional<slot> due;  // the next one of a cohort that may be new to its shard
};

bool stays(const subscriber_write& w, const prepared& p) {
  return w.before != nullptr && w.after != nullptr && p.home == w.before->place.cohort;
}

result<slot> next_due(const cohort& c, instant now) {
  const auto z = zone::named(c.time_zone);
  if (!z) return z.error();
  const auto s = next_slot(*z, c.time, weekdays::all(), now);
  if (!s) return errc::invalid;
  return *s;
}

result<prepared> prepare(const subscriber_write& w, const digest_defaults& defaults,
                         std::uint32_t seq, instant now) {
  prepared p;
  p.after = *w.after;
  p.home = p.after.home(defaults);
  if (w.before == nullptr) {
    p.takes_seq = true;
  } else {
    const unsigned days_before = w.before->value.due_days(defaults).bits();
    const unsigned days_after = p.after.due_days(defaults).bits();
    p.duty = p.home != w.before->place.cohort || (days_after & ~days_before) != 0;
    p.takes_seq = p.duty;
    p.after.joined = w.before->value.joined;
  }
  if (p.takes_seq) p.after.joined = seq;
  for (auto& d : p.after.devices) {
    const device* was = w.before != nullptr ? w.before->value.find_device(d.number) : nullptr;
    const bool comes_alive = d.live() && (was == nullptr || !was->live());
    if (comes_alive) p.takes_seq = true;
    d.joined = comes_alive ? seq : was != nullptr ? was->joined : 0;
    d.joined = std::max(d.joined, p.after.joined);
  }
  auto record = pack(p.after, p.home);
  if (!record) return record.error();
  p.record = std::move(*record);
  if (!stays(w, p)) {
    const auto due = next_due(p.home, now);
    if (!due) return due.error();
    p.due = *due;
  }
  return p;
}

void add_before(encoded_list& args, const stored_subscriber& before,
                const digest_defaults& defaults) {
  const auto halves = split_record(before.record);
  args.add(to_text(before.place.cohort))
      .add(before.place.slot)
      .add(halves.head)
      .add(halves.spill.empty() ? "" : "1")
      .add(before.value.joined)
      .add(before.value.due_days(defaults).bits())
      .add(live_devices(before.value));
}

void add_after(encoded_list& args, const prepared& p, const digest_defaults& defaults) {
  const auto halves = split_record(p.record);
  args.add(to_text(p.home))
      .add(halves.head)
      .add(halves.spill)
      .add(p.after.due_days(defaults).bits())
      .add(p.after.live_devices())
      .add(p.duty ? "1" : "0");
  if (p.due) {
    args.add(p.due->at.time_since_epoch().count()).add(p.due->date.days);
  } else {
    args.add("").add("");
  }
}

void add_topics(encoded_list& args, const subscriber_write& w, bool stays) {
  const auto before = wanted_at_once(w.before != nullptr ? &w.before->value : nullptr);
  const auto after = wanted_at_once(w.after);
  args.add(packed_without(before, stays ? after : std::vector<topic_number>{}))
      .add(packed_without(after, stays ? before : std::vector<topic_number>{}));
}

void add_subscriber(encoded_list& args, const subscriber_write& w, const prepared& p,
                    const digest_defaults& defaults, std::uint32_t shards) {
  const subscriber_id id = w.before != nullptr ? w.before->value.id : p.after.id;
  args.add(id.view()).add(bucket_of(locator_key(id, shards)));
  if (w.before != nullptr) {
    add_before(args, *w.before, defaults);
  } else {
    for (const auto* none : {"", "0", "", "", "0", "0", ""}) args.add(none);
  }
  if (w.after != nullptr) {
    add_after(args, p, defaults);
  } else {
    for (const auto* none : {"", "", "", "0", "0", "0", "", ""}) args.add(none);
  }
  add_topics(args, w, stays(w, p));
}

std::string list_mark(const token_write& t) {
  switch (t.listed) {
    case token_write::list_change::none:
      return "";
    case token_write::list_change::add:
      return "+";
    case token_write::list_change::remove:
      break;
  }
  return t.listed_at ? '-' + std::to_string(t.listed_at->time_since_epoch().count()) : "-";
}

void add_tokens(encoded_list& args, const std::vector<token_write>& tokens) {
  for (const auto& t : tokens) {
    args.add(bucket_of(t.at.key))
        .add(t.at.fingerprint)
        .add(t.before)
        .add(t.after)
        .add(list_mark(t));
  }
}

result<std::vector<stored_subscriber>> written(const reply& r, const shard_write& w,
                                               std::vector<prepared>& ready) {
  std::vector<stored_subscriber> all;
  if (r.size() != 2 + 2 * w.subscribers.size()) return errc::protocol;
  for (std::size_t i = 0; i < w.subscribers.size(); ++i) {
    stored_subscriber s;
    if (w.subscribers[i].after != nullptr) {
      const auto mark = r[3 + 2 * i].as_string();
      if (mark.size() != 2) return errc::protocol;
      s.value = std::move(ready[i].after);
      s.place = {w.shard, std::move(ready[i].home),
                 static_cast<std::uint32_t>(r[2 + 2 * i].as_int())};
      s.mark = local_date::from_mark(static_cast<std::uint16_t>(
          static_cast<unsigned char>(mark[0]) | static_cast<unsigned char>(mark[1]) << 8));
      s.record = std::move(ready[i].record);
    }
    all.push_back(std::move(s));
  }
  return all;
}

bool lost(const answer& a) noexcept {
  return a.kind() == error_kind::connection_lost || a.kind() == error_kind::no_answer;
}

}  // namespace

shard_writer::shard_writer(client& redis, std::uint32_t shards)
    : redis_(redis), seqs_(shards, 1), keys_(shards) {
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    for (const auto name : key_names) keys_[shard].push_back(shard_key(shard, name));
  }
}

task<answer> shard_writer::call(std::uint32_t shard, const encoded_list& args) {
  static const script& write = run_script("write");
  std::array<std::string_view, key_names.size()> keys;
  std::ranges::copy(keys_[shard], keys.begin());
  return redis_.eval(write, keys, args);
}

task<result<shard_write_answer>> shard_writer::run(const shard_write& w,
                                                   const digest_defaults& defaults, instant now) {
  const auto shards = static_cast<std::uint32_t>(seqs_.size());
  std::uint32_t& seq = seqs_[w.shard];
  for (int tries = 0; tries < most_seq_changes; ++tries) {
    std::vector<prepared> ready(w.subscribers.size());
    bool takes_seq = false;
    for (std::size_t i = 0; i < ready.size(); ++i) {
      if (w.subscribers[i].after == nullptr) continue;
      auto p = prepare(w.subscribers[i], defaults, seq, now);
      if (!p) co_return p.error();
      ready[i] = std::move(*p);
      takes_seq |= ready[i].takes_seq;
    }
    encoded_list args;
    args.reserve(usual_size);
    args.add(shard_tag(w.shard));
    if (takes_seq) {
      args.add(seq);
    } else {
      args.add("");
    }
    args.add(w.not_after ? w.not_after->time_since_epoch().count() : 0)
        .add(w.tokens.size())
        .add(w.subscribers.size());
    add_tokens(args, w.tokens);
    for (std::size_t i = 0; i < ready.size(); ++i) {
      add_subscriber(args, w.subscribers[i], ready[i], defaults, shards);
    }
    answer a = co_await call(w.shard, args);
    if (lost(a)) a = co_await call(w.shard, args);
    if (!a) {
      if (a.error_word() == "REGRESSED") co_return errc::shard_regressed;
      co_return a.error();
    }
    const auto word = (*a)[0].as_string();
    shard_write_answer done;
    done.position = static_cast<std::size_t>((*a)[1].as_int());
    if (word == "seq") {
      seq = static_cast<std::uint32_t>((*a)[1].as_int());
      continue;
    }
    if (word == "ok") {
      done.now = instant{std::chrono::milliseconds{(*a)[1].as_int()}};
      auto all = written(*a, w, ready);
      if (!all) co_return all.error();
      done.written = std::move(*all);
    } else if (word == "subscriber") {
      done.end = write_end::subscriber_differs;
    } else if (word == "token") {
      done.end = write_end::token_differs;
    } else if (word == "late") {
      done.end = write_end::late;
    } else {
      co_return errc::protocol;
    }
    co_return done;
  }
  co_return errc::unavailable;
}

}  // namespace paperboy::redis

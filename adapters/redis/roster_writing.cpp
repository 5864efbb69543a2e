#include "adapters/redis/roster_writing.hpp"

#include <algorithm>
#include <utility>

#include "adapters/redis/record.hpp"

namespace paperboy::redis {
namespace {

using list_change = token_write::list_change;
constexpr int most_tries = 4;

std::chrono::sys_seconds seconds_of(instant at) {
  return std::chrono::floor<std::chrono::seconds>(at);
}

// Equal but for `joined`, which the shard gives.
bool same_but_joined(subscriber a, subscriber b, const cohort& home) {
  for (subscriber* s : {&a, &b}) {
    s->joined = 0;
    for (auto& d : s->devices) d.joined = 0;
  }
  const auto one = pack(a, home), other = pack(b, home);
  return one && other && *one == *other;
}

void lose(subscriber& s, const token_place& at, std::uint32_t shards, instant now) {
  const device* held = holder_in(s, at, shards);
  if (held == nullptr) return;
  device& d = *s.find_device(held->number);
  d.state = device_state::moved;
  d.token.clear();
  d.lost_at = seconds_of(now);
}

}  // namespace

roster_writer::roster_writer(client& redis, std::uint32_t shards, subscriber_reader& reader,
                             std::function<instant()> now)
    : redis_(redis),
      shards_(shards),
      reader_(reader),
      writer_(redis, shards),
      now_(std::move(now)) {}

bool roster_writer::held_elsewhere(const plan& p, const token_move& m) const {
  return std::any_of(p.losers.begin(), p.losers.end(), [&](const loser& l) {
    return l.before.place.shard != p.shard && holder_in(l.before.value, m.at, shards_) != nullptr;
  });
}

// Whether the token is indexed, or held, outside the shard that is written.
bool roster_writer::passes_through(const plan& p, const token_move& m) const {
  return m.at.shard != p.shard || (m.gained && held_elsewhere(p, m));
}

task<result<std::optional<stored_subscriber>>> roster_writer::holder(
    const std::optional<indexed_device>& said, const token_place& at) {
  std::optional<stored_subscriber> none;
  if (!said) co_return none;
  auto found = co_await reader_.read(*said);
  if (!found && found.error() == errc::not_found) co_return none;
  if (!found) co_return found.error();
  if (holder_in(found->value, at, shards_) == nullptr) co_return none;
  co_return std::optional<stored_subscriber>(std::move(*found));
}

task<result<void>> roster_writer::find_losers(plan& p, const token_move& m) {
  for (const auto* said : {&m.said.owner, &m.said.pending}) {
    if (!*said || (*said)->subscriber == m.device.subscriber) continue;
    auto found = co_await holder(*said, m.at);
    if (!found) co_return found.error();
    if (!*found) continue;
    const auto known = std::find_if(p.losers.begin(), p.losers.end(), [&](const loser& l) {
      return l.before.value.id == (*found)->value.id;
    });
    if (known != p.losers.end()) {
      lose(known->after, m.at, shards_, now_());
      continue;
    }
    loser l{std::move(**found), {}};
    l.after = l.before.value;
    lose(l.after, m.at, shards_, now_());
    p.losers.push_back(std::move(l));
  }
  co_return result<void>{};
}

task<result<roster_writer::step>> roster_writer::read_index(plan& p,
                                                            const digest_defaults& defaults) {
  p.losers.clear();
  if (p.moves.empty()) co_return step::done;
  pipeline entries;
  for (const auto& m : p.moves) entries.add("HGET", m.at.key, m.at.fingerprint);
  const auto answers = co_await redis_.call_all(std::move(entries));
  for (std::size_t i = 0; i < p.moves.size(); ++i) {
    token_move& m = p.moves[i];
    if (!answers[i]) co_return answers[i].error();
    m.entry = answers[i]->as_string();
    auto said = unpack_token_entry(m.entry);
    if (!said) co_return said.error();
    m.said = *said;
    if (!m.gained) continue;
    if (m.said.pending && m.said.pending->subscriber != m.device.subscriber) {
      // On its way to somebody else: theirs to end, or a crash's to be ended here.
      const auto settled = co_await settle(m.at, [&](const std::string&) { return defaults; });
      if (!settled) co_return settled.error();
      if (*settled == step::again) co_return errc::unavailable;
      co_return step::again;
    }
    if (auto found = co_await find_losers(p, m); !found) co_return found.error();
  }
  co_return step::done;
}

// Says in the index of other shards what is about to happen, so that a crash is found there.
task<result<roster_writer::step>> roster_writer::claim(plan& p, const digest_defaults& defaults) {
  for (auto& m : p.moves) {
    if (m.at.shard == p.shard) continue;
    if (!m.gained && m.said != token_entry{m.device, {}}) continue;  // somebody else's by now
    token_entry claimed = m.said;
    if (m.gained) {
      if (claimed.owner == m.device) claimed.owner.reset();
      claimed.pending = m.device;
    }
    shard_write w;
    w.shard = m.at.shard;
    w.tokens.push_back({m.at, m.entry, pack(claimed), list_change::add, {}});
    const auto done = co_await writer_.run(w, defaults, now_());
    if (!done) co_return done.error();
    // Its own claim, if the call was repeated: that reads as ours.
    if (done->end != write_end::done) co_return step::again;
    m.entry = w.tokens[0].after;
    m.said = claimed;
    const instant limit = done->now + longest_claim;
    p.not_after = p.not_after ? std::min(*p.not_after, limit) : limit;
  }
  co_return step::done;
}

task<result<roster_writer::step>> roster_writer::written_already(const plan& p,
                                                                 const digest_defaults& defaults,
                                                                 stored_subscriber& written) {
  const subscriber_id id = p.after != nullptr ? p.after->id : p.before->value.id;
  auto present = co_await reader_.read(id);
  if (!present && present.error() != errc::not_found) co_return present.error();
  if (p.after == nullptr) co_return present ? step::again : step::done;
  if (!present) co_return step::again;
  const cohort home = p.after->home(defaults);
  if (present->place.cohort != home || !same_but_joined(present->value, *p.after, home)) {
    co_return step::again;
  }
  written = std::move(*present);
  co_return step::done;
}

task<result<roster_writer::step>> roster_writer::write_records(plan& p,
                                                               const digest_defaults& defaults,
                                                               stored_subscriber& written) {
  shard_write w;
  w.shard = p.shard;
  w.not_after = p.not_after;
  w.subscribers.push_back({p.before, p.after});
  for (const auto& l : p.losers) {
    if (l.before.place.shard == p.shard) w.subscribers.push_back({&l.before, &l.after});
  }
  for (auto& m : p.moves) {
    if (m.at.shard != p.shard) continue;
    token_entry after;
    if (m.gained) {
      after.owner = m.device;
      if (passes_through(p, m)) after = {m.said.owner, m.device};
    } else if (m.said != token_entry{m.device, {}}) {
      continue;  // somebody else's by now
    }
    // One that was not there is not listed either.
    const list_change listed = after.pending.has_value() ? list_change::add
                               : m.entry.empty()         ? list_change::none
                                                         : list_change::remove;
    w.tokens.push_back({m.at, m.entry, pack(after), listed, {}});
    m.entry = w.tokens.back().after;
    m.said = after;
  }
  auto done = co_await writer_.run(w, defaults, now_());
  if (!done) co_return done.error();
  switch (done->end) {
    case write_end::done:
      written = std::move(done->written[0]);
      co_return step::done;
    case write_end::late:
      co_return errc::unavailable;
    case write_end::token_differs:
      co_return step::again;
    case write_end::subscriber_differs:
      break;
  }
  if (done->position > 0) co_return step::again;
  const auto already = co_await written_already(p, defaults, written);
  if (!already) co_return already.error();
  if (*already == step::again) co_return errc::conflict;
  co_return step::done;
}

task<result<void>> roster_writer::take_token(stored_subscriber from, const token_place& at,
                                             const digest_defaults& defaults) {
  for (int tries = 0; tries < most_tries; ++tries) {
    subscriber after = from.value;
    lose(after, at, shards_, now_());
    shard_write w;
    w.shard = from.place.shard;
    w.subscribers.push_back({&from, &after});
    const auto done = co_await writer_.run(w, defaults, now_());
    if (!done) co_return done.error();
    if (done->end == write_end::done) co_return result<void>{};
    const indexed_device said({from.value.id, 0});
    auto still = co_await holder(said, at);
    if (!still) co_return still.error();
    if (!*still) co_return result<void>{};
    from = std::move(**still);
  }
  co_return errc::conflict;
}

// The record is written: whatever fails from here on is left to settle().
task<void> roster_writer::finish(plan& p, const digest_defaults& defaults) {
  for (const auto& m : p.moves) {
    if (!passes_through(p, m)) continue;
    if (!m.gained && m.said != token_entry{m.device, {}}) continue;
    bool taken = true;
    for (const auto& l : p.losers) {
      if (!m.gained || l.before.place.shard == p.shard) continue;
      if (holder_in(l.before.value, m.at, shards_) == nullptr) continue;
      stored_subscriber from = l.before;
      const auto lost = co_await take_token(std::move(from), m.at, defaults);
      taken = taken && lost.has_value();
    }
    if (!taken) continue;
    token_entry after;
    if (m.gained) after.owner = m.device;
    shard_write w;
    w.shard = m.at.shard;
    w.tokens.push_back({m.at, m.entry, pack(after), list_change::remove, {}});
    (void)co_await writer_.run(w, defaults, now_());
  }
}

task<result<stored_subscriber>> roster_writer::write(const stored_subscriber* before,
                                                     const subscriber* after,
                                                     const digest_defaults& defaults) {
  plan p;
  p.before = before;
  p.after = after;
  p.shard = (after != nullptr ? after->id : before->value.id).shard(shards_);
  const auto moves = token_moves(before != nullptr ? &before->value : nullptr, after, shards_);
  if (!moves) co_return errc::invalid;
  const auto passes = [&](const token_move& m) { return passes_through(p, m); };
  // Somebody new most often has a new token that is indexed where they will lie: the index is then
  // not asked first, as the write compares with it anyway.
  bool guessed = before == nullptr && std::ranges::none_of(*moves, passes);
  for (int tries = guessed ? -1 : 0; tries < most_tries; ++tries) {
    p.moves = *moves;
    p.not_after.reset();
    result<step> at = step::done;
    if (!std::exchange(guessed, false)) at = co_await read_index(p, defaults);
    const bool elsewhere = std::ranges::any_of(p.moves, passes);
    if (at && *at == step::done && elsewhere) at = co_await claim(p, defaults);
    stored_subscriber written;
    if (at && *at == step::done) at = co_await write_records(p, defaults, written);
    if (!at) co_return at.error();
    if (*at == step::again) continue;
    if (elsewhere) co_await finish(p, defaults);
    co_return written;
  }
  co_return errc::unavailable;
}

}  // namespace paperboy::redis

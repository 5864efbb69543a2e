#include <utility>

#include "adapters/redis/clock.hpp"
#include "adapters/redis/roster_writing.hpp"

namespace paperboy::redis {
namespace {

std::string member_of(const token_place& at) {
  return at.key.substr(at.key.rfind(':') + 1) + ':' + at.fingerprint;
}

}  // namespace

task<result<roster_writer::step>> roster_writer::settle(const token_place& at,
                                                        const defaults_of_app& defaults) {
  pipeline both;
  both.add("ZSCORE", shard_key(at.shard, "tok:noted"), member_of(at));
  both.add("HGET", at.key, at.fingerprint);
  const auto answers = co_await redis_.call_all(std::move(both));
  for (const auto& a : answers) {
    if (!a) co_return a.error();
  }
  std::optional<instant> since;
  if (!answers[0]->is_nil()) {
    since = instant{std::chrono::milliseconds{answers[0]->as_int()}};
    const auto now = co_await time(redis_);
    if (!now) co_return now.error();
    if (*now - *since < left_alone) co_return step::again;
  }
  const std::string entry(answers[1]->as_string());
  const auto said = unpack_token_entry(entry);
  if (!said) co_return said.error();
  const auto next = co_await holder(said->pending, at);
  if (!next) co_return next.error();
  auto owner = co_await holder(said->owner, at);
  if (!owner) co_return owner.error();
  const auto& keeps = *next ? *next : *owner;
  if (*next && *owner && (*owner)->value.id != (*next)->value.id) {
    const digest_defaults of_app = defaults((*owner)->value.app);
    const auto lost = co_await take_token(std::move(**owner), at, of_app);
    if (!lost) co_return lost.error();
  }
  token_entry after;
  if (keeps) {
    const auto number = holder_in(keeps->value, at, shards_)->number;
    after.owner = indexed_device({keeps->value.id, number});
  }
  shard_write w;
  w.shard = at.shard;
  w.tokens.push_back({at, entry, pack(after), token_write::list_change::remove, since});
  const auto done = co_await writer_.run(w, {}, now_());
  if (!done) co_return done.error();
  co_return done->end == write_end::done ? step::done : step::again;
}

}  // namespace paperboy::redis

#include "adapters/redis/token_moves.hpp"

#include <algorithm>

namespace paperboy::redis {
namespace {

struct held {
  token_place at;
  std::uint8_t device = 0;
};

token_place place_of(const subscriber& s, const device& d, std::uint32_t shards) {
  return place_of_token(s.app, d.platform, d.token, shards);
}

std::vector<held> tokens_of(const subscriber* s, std::uint32_t shards) {
  std::vector<held> all;
  if (s == nullptr) return all;
  for (const auto& d : s->devices) {
    if (d.live()) all.push_back({place_of(*s, d, shards), d.number});
  }
  return all;
}

const held* find(const std::vector<held>& all, const token_place& at) noexcept {
  const auto found =
      std::find_if(all.begin(), all.end(), [&at](const held& h) { return same_place(h.at, at); });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

bool same_place(const token_place& a, const token_place& b) noexcept {
  return a.fingerprint == b.fingerprint && a.key == b.key;
}

const device* holder_in(const subscriber& s, const token_place& at, std::uint32_t shards) {
  for (const auto& d : s.devices) {
    if (d.live() && same_place(place_of(s, d, shards), at)) return &d;
  }
  return nullptr;
}

std::optional<std::vector<token_move>> token_moves(const subscriber* before,
                                                   const subscriber* after, std::uint32_t shards) {
  const auto had = tokens_of(before, shards);
  const auto has = tokens_of(after, shards);
  const subscriber_id id = after != nullptr ? after->id : before->id;
  std::vector<token_move> moves;
  for (const auto& h : has) {
    if (find(has, h.at) != &h) return std::nullopt;
    const held* was = find(had, h.at);
    if (was != nullptr && was->device == h.device) continue;
    moves.push_back({h.at, indexed_device({id, h.device}), true, {}, {}});
  }
  for (const auto& h : had) {
    if (find(has, h.at) == nullptr)
      moves.push_back({h.at, indexed_device({id, h.device}), false, {}, {}});
  }
  return moves;
}

}  // namespace paperboy::redis

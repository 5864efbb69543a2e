#include "adapters/redis/notes.hpp"

#include <openssl/rand.h>

#include <new>
#include <utility>

#include "adapters/redis/keys.hpp"
#include "adapters/redis/record.hpp"
#include "adapters/redis/scripts.hpp"
#include "core/domain/identifiers.hpp"

namespace paperboy::redis {
namespace {

constexpr std::size_t generation_bytes = 8;

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  if (RAND_bytes(out, static_cast<int>(size)) != 1) throw std::bad_alloc();
  return bytes;
}

long long number(const notes& n, std::string_view field) {
  const auto text = value_in(n, field);
  return text ? std::strtoll(text->c_str(), nullptr, 10) : 0;
}

}  // namespace

notes read_notes(const reply& r) {
  notes n;
  for (auto at = r.begin(); at != r.end();) {
    std::string field((*at++).as_string());
    n[std::move(field)] = (*at++).as_string();
  }
  return n;
}

std::optional<std::string> value_in(const notes& n, std::string_view field) {
  const auto found = n.find(field);
  if (found == n.end()) return std::nullopt;
  return found->second;
}

std::string generation_field(std::uint32_t shard) {
  return "gen:" + std::to_string(shard);
}

opened_installation failure(error_code code, std::string problem,
                            std::vector<std::uint32_t> lost) {
  return {code, std::move(problem), std::move(lost), {}};
}

std::optional<opened_installation> refusal(const notes& n, const installation_settings& s) {
  if (number(n, "layout") > layout_version || number(n, "min_reader") > record_version) {
    return failure(errc::refused,
                   "this Redis is kept by a newer version of Paperboy; start that one");
  }
  if (number(n, "layout") < 1 || value_in(n, "secret").value_or("").size() != secret_bytes) {
    return failure(errc::protocol,
                   "{paperboy}:control in this Redis was not written by Paperboy; use another "
                   "database");
  }
  if (const auto shards = number(n, "shards"); shards != s.shards) {
    return failure(errc::refused, "this installation has " + std::to_string(shards) +
                                      " shards, fixed when it was first started; write shards = " +
                                      std::to_string(shards) + " instead of " +
                                      std::to_string(s.shards));
  }
  return std::nullopt;
}

task<result<std::vector<std::string>>> read_generations(client& redis, std::uint32_t shards) {
  pipeline all;
  for (std::uint32_t s = 0; s < shards; ++s) all.add("GET", shard_key(s, "gen"));
  const auto answers = co_await redis.call_all(std::move(all));
  std::vector<std::string> generations;
  for (const auto& a : answers) {
    if (!a) co_return a.error();
    generations.emplace_back(a->as_string());
  }
  co_return generations;
}

task<answer> make_notes(client& redis, std::uint32_t shards) {
  const std::string secret = random_bytes(secret_bytes);
  const decimal layout(layout_version), count(shards), reader(unsigned{record_version});
  co_return co_await redis.eval(run_script("install"), {control_key},
                                {"layout", layout, "shards", count, "secret", secret, "min_reader",
                                 reader, "state", "installing"});
}

task<error_code> install_shard(client& redis, std::uint32_t shard) {
  const std::string gen = shard_key(shard, "gen"), seq = shard_key(shard, "seq");
  const std::string fresh = to_hex(random_bytes(generation_bytes));
  const answer said = co_await redis.eval(run_script("install_shard"), {gen, seq}, {fresh});
  if (!said) co_return said.error();
  const answer noted =
      co_await redis.call("HSET", control_key, generation_field(shard), said->as_string());
  co_return noted.error();
}

task<error_code> note_installed(client& redis) {
  const answer done = co_await redis.call("HSET", control_key, "state", "installed");
  co_return done.error();
}

}  // namespace paperboy::redis

#include "adapters/redis/installation.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <map>
#include <new>
#include <optional>
#include <utility>

#include "adapters/redis/keys.hpp"
#include "adapters/redis/record.hpp"
#include "adapters/redis/scripts.hpp"
#include "adapters/redis/witness.hpp"
#include "core/domain/identifiers.hpp"

namespace paperboy::redis {
namespace {

constexpr std::uint32_t most_shards = 999;  // three digits in every key
constexpr std::size_t generation_bytes = 8;

using notes = std::map<std::string, std::string, std::less<>>;

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  if (RAND_bytes(out, static_cast<int>(size)) != 1) throw std::bad_alloc();
  return bytes;
}

std::string generation_field(std::uint32_t shard) {
  return "gen:" + std::to_string(shard);
}

std::optional<std::string> value(const notes& n, std::string_view field) {
  const auto found = n.find(field);
  if (found == n.end()) return std::nullopt;
  return found->second;
}

long long number(const notes& n, std::string_view field) {
  const auto text = value(n, field);
  return text ? std::strtoll(text->c_str(), nullptr, 10) : 0;
}

notes read_notes(const reply& r) {
  notes n;
  for (auto at = r.begin(); at != r.end();) {
    std::string field((*at++).as_string());
    n[std::move(field)] = (*at++).as_string();
  }
  return n;
}

opened_installation failure(error_code code, std::string problem,
                            std::vector<std::uint32_t> lost = {}) {
  return {code, std::move(problem), std::move(lost), {}};
}

opened_installation away(const answer& a) {
  return failure(a.error(),
                 "Redis did not answer while the installation was read: " + a.error_detail());
}

std::string name_shards(const std::vector<std::uint32_t>& shards) {
  std::string text = shards.size() == 1 ? "shard " : "shards ";
  constexpr std::size_t most_named = 8;
  for (std::size_t i = 0; i < std::min(shards.size(), most_named); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shards[i]);
  }
  if (shards.size() > most_named) {
    text += " and " + std::to_string(shards.size() - most_named) + " more";
  }
  return text;
}

opened_installation regressed(std::vector<std::uint32_t> lost) {
  std::string problem = "Redis lost data that it held: " + name_shards(lost) +
                        " of this installation are empty or from another time; restore them, or "
                        "accept the loss explicitly";
  return failure(errc::shard_regressed, std::move(problem), std::move(lost));
}

opened_installation notes_lost() {
  return failure(errc::shard_regressed,
                 "Redis lost the notes of this installation ({paperboy}:control), the secret of "
                 "all device credentials among them; restore them, or accept the loss explicitly");
}

// The generation that each shard itself says; empty: none.
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

// Gives each shard without one a generation, then notes what the shards say. May be repeated, and
// done by several at once.
task<error_code> install_shards(client& redis, std::uint32_t shards) {
  for (std::uint32_t s = 0; s < shards; ++s) {
    const std::string gen = shard_key(s, "gen"), seq = shard_key(s, "seq");
    const std::string fresh = to_hex(random_bytes(generation_bytes));
    const answer said = co_await redis.eval(run_script("install_shard"), {gen, seq}, {fresh});
    if (!said) co_return said.error();
    const answer noted =
        co_await redis.call("HSET", control_key, generation_field(s), said->as_string());
    if (!noted) co_return noted.error();
  }
  const answer done = co_await redis.call("HSET", control_key, "state", "installed");
  co_return done.error();
}

task<answer> make_notes(client& redis, std::uint32_t shards) {
  const std::string secret = random_bytes(secret_bytes);
  const decimal layout(layout_version), count(shards), reader(unsigned{record_version});
  co_return co_await redis.eval(run_script("install"), {control_key},
                                {"layout", layout, "shards", count, "secret", secret, "min_reader",
                                 reader, "state", "installing"});
}

std::optional<opened_installation> refusal(const notes& n, const installation_settings& s) {
  if (number(n, "layout") > layout_version || number(n, "min_reader") > record_version) {
    return failure(errc::refused,
                   "this Redis is kept by a newer version of Paperboy; start that one");
  }
  if (number(n, "layout") < 1 || value(n, "secret").value_or("").size() != secret_bytes) {
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

installation kept_by(const notes& n, std::uint32_t shards) {
  installation i;
  i.shards = shards;
  i.layout = static_cast<int>(number(n, "layout"));
  i.min_reader = static_cast<int>(number(n, "min_reader"));
  i.secret = value(n, "secret").value_or("");
  for (std::uint32_t s = 0; s < shards; ++s) {
    i.generations.push_back(value(n, generation_field(s)).value_or(""));
  }
  return i;
}

// A first start on a Redis that says it was never used, or that of a start which died midway.
task<opened_installation> first_start(client& redis, const installation_settings& s) {
  const auto said = co_await read_generations(redis, s.shards);
  if (!said) co_return failure(said.error(), "Redis did not answer");
  const bool used =
      std::any_of(said->begin(), said->end(), [](const auto& g) { return !g.empty(); });
  if (used || !read_witness(s.witness).empty()) co_return notes_lost();
  const answer made = co_await make_notes(redis, s.shards);
  if (!made) co_return away(made);
  co_return opened_installation{};
}

}  // namespace

task<result<void>> check_generations(client& redis, const installation& i) {
  const auto said = co_await read_generations(redis, i.shards);
  if (!said) co_return said.error();
  if (*said != i.generations) co_return errc::shard_regressed;
  co_return result<void>{};
}

task<opened_installation> open_installation(client& redis, installation_settings s) {
  if (s.shards == 0 || s.shards > most_shards) {
    co_return failure(errc::refused, "shards must be 1 to " + std::to_string(most_shards));
  }
  answer found = co_await redis.call("HGETALL", control_key);
  if (!found) co_return away(found);
  if (found->empty()) {
    auto made = co_await first_start(redis, s);
    if (!made) co_return made;
    found = co_await redis.call("HGETALL", control_key);
    if (!found) co_return away(found);
  }
  notes n = read_notes(*found);
  if (auto refused = refusal(n, s)) co_return std::move(*refused);
  if (value(n, "state") == "installing") {
    if (const auto failed = co_await install_shards(redis, s.shards)) {
      co_return failure(failed, "Redis did not answer while the installation was made");
    }
    found = co_await redis.call("HGETALL", control_key);
    if (!found) co_return away(found);
    n = read_notes(*found);
  }

  opened_installation opened;
  opened.kept = kept_by(n, s.shards);
  const auto said = co_await read_generations(redis, s.shards);
  if (!said) co_return failure(said.error(), "Redis did not answer");
  const auto witness = read_witness(s.witness);
  std::vector<std::uint32_t> lost;
  for (std::uint32_t i = 0; i < s.shards; ++i) {
    const auto& noted = opened.kept.generations[i];
    const bool seen_other = !witness.empty() && (i >= witness.size() || witness[i] != noted);
    if (noted.empty() || (*said)[i] != noted || seen_other) lost.push_back(i);
  }
  if (!lost.empty()) co_return regressed(std::move(lost));
  if (witness.empty() && !write_witness(s.witness, opened.kept.generations)) {
    co_return failure(errc::refused, "cannot write " + s.witness.string());
  }
  co_return opened;
}

task<opened_installation> accept_loss(client& redis, installation_settings s) {
  if (s.shards == 0 || s.shards > most_shards) {
    co_return failure(errc::refused, "shards must be 1 to " + std::to_string(most_shards));
  }
  const answer made = co_await make_notes(redis, s.shards);
  if (!made) co_return away(made);
  if (auto refused = refusal(read_notes(*made), s)) co_return std::move(*refused);
  if (const auto failed = co_await install_shards(redis, s.shards)) {
    co_return failure(failed, "Redis did not answer while the loss was accepted");
  }
  forget_witness(s.witness);
  co_return co_await open_installation(redis, std::move(s));
}

}  // namespace paperboy::redis

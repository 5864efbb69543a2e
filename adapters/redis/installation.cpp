#include "adapters/redis/installation.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "adapters/redis/keys.hpp"
#include "adapters/redis/notes.hpp"
#include "adapters/redis/shard_guard.hpp"
#include "adapters/redis/witness.hpp"

namespace paperboy::redis {
namespace {

constexpr std::uint32_t most_shards = 999;  // three digits in every key

long long number(const notes& n, std::string_view field) {
  const auto text = value_in(n, field);
  return text ? std::strtoll(text->c_str(), nullptr, 10) : 0;
}

opened_installation away(const answer& a) {
  return failure(a.error(),
                 "Redis did not answer while the installation was read: " + a.error_detail());
}

opened_installation regressed(std::vector<std::uint32_t> lost) {
  std::string problem = "Redis lost data that it held: " + name_shards(lost) +
                        " of this installation are empty or from another time; restore them, or "
                        "accept the loss explicitly (paperboy accept-loss)";
  return failure(errc::shard_regressed, std::move(problem), std::move(lost));
}

opened_installation notes_lost() {
  return failure(errc::shard_regressed,
                 "Redis lost the notes of this installation ({paperboy}:control), the secret of "
                 "all device credentials among them; restore them, or accept the loss explicitly "
                 "(paperboy accept-loss)");
}

task<error_code> install_shards(client& redis, std::uint32_t shards) {
  for (std::uint32_t s = 0; s < shards; ++s) {
    if (const auto failed = co_await install_shard(redis, s)) co_return failed;
  }
  co_return co_await note_installed(redis);
}

installation kept_by(const notes& n, std::uint32_t shards) {
  installation i;
  i.shards = shards;
  i.layout = static_cast<int>(number(n, "layout"));
  i.min_reader = static_cast<int>(number(n, "min_reader"));
  i.secret = value_in(n, "secret").value_or("");
  for (std::uint32_t s = 0; s < shards; ++s) {
    i.generations.push_back(value_in(n, generation_field(s)).value_or(""));
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

task<result<void>> check_generations(client& redis, shard_guard& guard) {
  const auto shards = static_cast<std::uint32_t>(guard.shards());
  const auto said = co_await read_generations(redis, shards);
  if (!said) co_return said.error();
  const answer noted = co_await redis.call("HGET", control_key, generation_field(0));
  if (!noted) co_return noted.error();
  for (std::uint32_t s = 0; s < shards; ++s) guard.judge(static_cast<key_place>(s), (*said)[s]);
  guard.judge(installation_notes, noted->as_string());
  if (guard.any_lost()) co_return errc::shard_regressed;
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
  if (value_in(n, "state") == "installing") {
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

}  // namespace paperboy::redis

#include "adapters/redis/loss.hpp"

#include <algorithm>
#include <utility>

#include "adapters/redis/keys.hpp"
#include "adapters/redis/notes.hpp"
#include "adapters/redis/witness.hpp"

namespace paperboy::redis {
namespace {

task<result<std::uint64_t>> subscribers_in(client& redis, std::uint32_t shard) {
  pipeline all;
  for (std::uint32_t b = 0; b < buckets; ++b) {
    all.add("HLEN", shard_key(shard, "loc:" + std::to_string(b)));
  }
  const auto answers = co_await redis.call_all(std::move(all));
  std::uint64_t count = 0;
  for (const auto& a : answers) {
    if (!a) co_return a.error();
    count += static_cast<std::uint64_t>(a->as_int());
  }
  co_return count;
}

// The shards that the run opened and has no final counters of.
std::vector<std::uint32_t> open_in(const notes& run, const std::vector<lost_shard>& lost) {
  std::vector<std::uint32_t> shards;
  for (const lost_shard& s : lost) {
    const std::string number = std::to_string(s.number);
    if (run.contains("o:" + number) && !run.contains("f:" + number)) shards.push_back(s.number);
  }
  return shards;
}

task<error_code> survey_runs(client& redis, const std::string& app, loss& found) {
  const answer running = co_await redis.call("SMEMBERS", app_key(app, "running"));
  if (!running) co_return running.error();
  for (const auto& run : *running) {
    const std::string id(run.as_string());
    const answer head = co_await redis.call("HGETALL", app_key(app, "run:" + id));
    if (!head) co_return head.error();
    auto shards = open_in(read_notes(*head), found.shards);
    if (!shards.empty()) found.runs.push_back({app, id, std::move(shards)});
  }
  co_return error_code{};
}

loss unknown(error_code code, std::string problem) {
  loss l;
  l.error = code;
  l.problem = std::move(problem);
  return l;
}

// Runs do not wait for a shard that they are not noted to have opened: nobody is due there.
task<error_code> let_go_of_runs(client& redis, const loss& found,
                                const std::vector<std::uint32_t>& shards) {
  for (const owed_run& r : found.runs) {
    command forget{"HDEL", app_key(r.app, "run:" + r.run)};
    for (const std::uint32_t s : r.shards) {
      if (std::find(shards.begin(), shards.end(), s) != shards.end()) {
        forget.arg("o:" + std::to_string(s));
      }
    }
    if (forget.count() < 3) continue;
    const answer gone = co_await redis.call(std::move(forget));
    if (!gone) co_return gone.error();
  }
  co_return error_code{};
}

// The witness tells of what was accepted, and of nothing else.
task<error_code> renew_witness(client& redis, const installation_settings& s,
                               const std::vector<std::uint32_t>& shards) {
  auto witness = read_witness(s.witness);
  if (witness.empty()) co_return error_code{};
  const auto said = co_await read_generations(redis, s.shards);
  if (!said) co_return said.error();
  witness.resize(s.shards);
  for (const std::uint32_t shard : shards) witness[shard] = (*said)[shard];
  if (!write_witness(s.witness, witness)) co_return errc::refused;
  co_return error_code{};
}

}  // namespace

task<loss> survey_loss(client& redis, installation_settings s, std::vector<std::string> apps) {
  const answer control = co_await redis.call("HGETALL", control_key);
  const auto said = co_await read_generations(redis, s.shards);
  if (!control || !said) {
    co_return unknown(control ? said.error() : control.error(), "Redis did not answer");
  }
  const notes n = read_notes(*control);
  if (!n.empty()) {
    if (auto refused = refusal(n, s)) co_return unknown(refused->error, refused->problem);
  }
  const auto witness = read_witness(s.witness);
  const bool used = !witness.empty() || std::any_of(said->begin(), said->end(),
                                                    [](const auto& g) { return !g.empty(); });
  loss found;
  found.notes = n.empty() && used;
  // A first start that died midway goes on by itself: what no witness knows was never there.
  const bool fresh = n.empty() ? !used : value_in(n, "state") == "installing" && witness.empty();
  for (std::uint32_t i = 0; i < s.shards && !fresh; ++i) {
    const std::string noted = value_in(n, generation_field(i)).value_or("");
    const std::string seen = i < witness.size() ? witness[i] : "";
    const bool other = !witness.empty() && seen != (*said)[i];
    const bool unlike_notes = !n.empty() && noted != (*said)[i];
    if (!(*said)[i].empty() && !other && !unlike_notes) continue;
    const auto left = co_await subscribers_in(redis, i);
    if (!left) co_return unknown(left.error(), "Redis did not answer");
    found.shards.push_back({i, seen.empty() ? noted : seen, (*said)[i], *left});
  }
  for (const auto& app : apps) {
    if (const auto failed = co_await survey_runs(redis, app, found)) {
      co_return unknown(failed, "Redis did not answer");
    }
  }
  co_return found;
}

task<opened_installation> accept_loss(client& redis, installation_settings s, const loss& found,
                                      std::vector<std::uint32_t> shards) {
  const std::string stopped = "Redis did not answer while the loss was accepted; say it again";
  if (found.notes) {
    const answer made = co_await make_notes(redis, s.shards);
    if (!made) co_return failure(made.error(), stopped);
    if (auto refused = refusal(read_notes(*made), s)) co_return std::move(*refused);
    // Those that are whole are noted with what they say.
    shards.clear();
    for (std::uint32_t i = 0; i < s.shards; ++i) shards.push_back(i);
  }
  if (const auto failed = co_await let_go_of_runs(redis, found, shards)) {
    co_return failure(failed, stopped);
  }
  for (const std::uint32_t shard : shards) {
    if (const auto failed = co_await install_shard(redis, shard)) {
      co_return failure(failed, stopped);
    }
  }
  if (found.notes) {
    if (const auto failed = co_await note_installed(redis)) co_return failure(failed, stopped);
  }
  if (const auto failed = co_await renew_witness(redis, s, shards)) {
    if (failed == errc::refused) co_return failure(failed, "cannot write " + s.witness.string());
    co_return failure(failed, stopped);
  }
  co_return co_await open_installation(redis, std::move(s));
}

task<result<std::size_t>> other_paperboys(client& redis) {
  pipeline both;
  both.add("CLIENT", "ID");
  both.add("CLIENT", "LIST");
  const auto answers = co_await redis.call_all(std::move(both));
  for (const auto& a : answers) {
    if (!a) co_return a.error();
  }
  const std::string mine = "id=" + std::to_string(answers[0]->as_int()) + ' ';
  std::string_view lines = answers[1]->as_string();
  std::size_t others = 0;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    const auto line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    const bool named = line.find(" name=paperboy ") != std::string_view::npos;
    if (named && !line.starts_with(mine)) ++others;
  }
  co_return others;
}

}  // namespace paperboy::redis

#include "adapters/redis/shard_guard.hpp"

#include <algorithm>
#include <utility>

#include "adapters/redis/command.hpp"

namespace paperboy::redis {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string question_of_shard(std::size_t shard) {
  const std::string number = std::to_string(shard);
  return std::string{
      command{"GET", "{s" + std::string(3 - number.size(), '0') + number + "}:gen"}.encoded()};
}

}  // namespace

key_place place_of_key(std::string_view key) noexcept {
  if (key.starts_with("{a:")) return installation_notes;
  if (key.size() < 7 || !key.starts_with("{s") || key[5] != '}' || key[6] != ':') return nowhere;
  if (!is_digit(key[2]) || !is_digit(key[3]) || !is_digit(key[4])) return nowhere;
  if (key.substr(7) == "gen") return nowhere;
  return static_cast<key_place>((key[2] - '0') * 100 + (key[3] - '0') * 10 + (key[4] - '0'));
}

shard_guard::shard_guard(std::vector<std::string> generations, listener on_change)
    : generations_(std::move(generations)),
      lost_(generations_.size() + 1),
      on_change_(std::move(on_change)) {
  for (std::size_t s = 0; s < generations_.size(); ++s) questions_.push_back(question_of_shard(s));
  // Everything of an app lies beside the notes, and goes with them when all is emptied.
  questions_.emplace_back(command{"HGET", "{paperboy}:control", "gen:0"}.encoded());
}

bool shard_guard::judge(key_place where, std::string_view said) {
  const std::size_t i = index_of(where);
  const bool whole = said == generations_[where == installation_notes ? 0 : i];
  // Only who turns the flag tells of it: several threads find the same loss at once.
  if (lost_[i].exchange(!whole) == whole) {
    whole ? --count_ : ++count_;
    if (on_change_) on_change_(where, !whole);
  }
  return whole;
}

std::string shard_guard::problem() const {
  if (!any_lost()) return {};
  std::vector<std::uint32_t> lost;
  for (std::uint32_t s = 0; s < generations_.size(); ++s) {
    if (this->lost(static_cast<key_place>(s))) lost.push_back(s);
  }
  std::string what = lost.empty() ? "" : name_shards(lost);
  if (this->lost(installation_notes)) {
    what += what.empty() ? "the installation's notes" : " and the installation's notes";
  }
  return "SHARD_REGRESSED: Redis lost data that it held before: " + what;
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

}  // namespace paperboy::redis

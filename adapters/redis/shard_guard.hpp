#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace paperboy::redis {

// Where a key stands, as far as a loss is concerned: the number of its shard, the installation's
// notes for all that belongs to an app, or nowhere for what nobody keeps watch over.
using key_place = std::uint16_t;
inline constexpr key_place nowhere = 0xffff;
inline constexpr key_place installation_notes = 0xfffe;

// By the key's hash tag: "{s017}:due" is shard 17, "{a:anewz}:runs" the notes. The notes
// themselves and a shard's generation are nowhere: they are what is asked.
key_place place_of_key(std::string_view key) noexcept;

// What every shard is known to hold, for all connections of a process. A client that has it asks
// a place for its generation behind each command that touches it: an answer of an emptied shard is
// then never taken for one, whenever the shard was emptied. What was found lost is not asked again
// until check_generations() finds it whole. Thread-safe.
class shard_guard {
 public:
  // Hears of each change, on the thread that found it. Must not throw.
  using listener = std::function<void(key_place where, bool lost)>;

  // `generations`: by shard. The notes are known by the generation that they give to shard 0.
  shard_guard(std::vector<std::string> generations, listener on_change);

  bool knows(key_place where) const noexcept {
    return where == installation_notes || where < generations_.size();
  }
  bool lost(key_place where) const noexcept {
    return lost_[index_of(where)].load(std::memory_order_relaxed);
  }
  bool any_lost() const noexcept { return count_.load(std::memory_order_relaxed) != 0; }
  // One line for an operator, which names the shards; empty if all is well.
  std::string problem() const;

  // The command that asks a place, in RESP, and what its reply says: whole or not.
  std::string_view question(key_place where) const noexcept {
    return questions_[index_of(where)];
  }
  bool judge(key_place where, std::string_view said);

  std::size_t shards() const noexcept { return generations_.size(); }
  const std::string& generation(std::size_t shard) const { return generations_[shard]; }

 private:
  std::size_t index_of(key_place where) const noexcept {
    return where == installation_notes ? generations_.size() : where;
  }

  const std::vector<std::string> generations_;
  std::vector<std::string> questions_;        // by shard, then the notes
  std::vector<std::atomic<bool>> lost_;       // likewise
  std::atomic<std::uint32_t> count_{0};       // of those lost
  const listener on_change_;
};

// "shard 5", "shards 1, 2", "shards 0, 1, 2, 3, 4, 5, 6, 7 and 8 more".
std::string name_shards(const std::vector<std::uint32_t>& shards);

}  // namespace paperboy::redis

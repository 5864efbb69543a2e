#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/redis/client.hpp"
#include "adapters/redis/keys.hpp"
#include "core/domain/subscriber.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy::redis {

// One entry of the token index, by compare and set.
struct token_write {
  // Onto the list of entries that the sweep looks after, or off it.
  enum class list_change : std::uint8_t { none, add, remove };

  token_place at;
  std::string before;  // as it was read; empty: there is none
  std::string after;   // empty: removed
  list_change listed = list_change::none;
  std::optional<instant> listed_at;  // of `remove`: differs if it was listed at another time
};

// One subscriber, by compare and set: new without `before`, erased without `after`, moved where the
// two homes differ.
struct subscriber_write {
  const stored_subscriber* before = nullptr;
  const subscriber* after = nullptr;
};

enum class write_end : std::uint8_t {
  done,
  subscriber_differs,  // `position` in the list of subscribers
  token_differs,       // `position` in the list of token entries
  late,                // past `not_after`
};

struct shard_write_answer {
  write_end end = write_end::done;
  std::size_t position = 0;
  instant now{};                           // Redis's clock, if an entry was listed
  std::vector<stored_subscriber> written;  // one per subscriber_write; erased ones are empty
};

// What is to be written in one shard, all or nothing.
struct shard_write {
  std::uint32_t shard = 0;
  std::vector<token_write> tokens;
  std::vector<subscriber_write> subscribers;
  std::optional<instant> not_after;  // on Redis's clock
};

// Runs scripts/write.lua: fills in `joined`, finds slots, keeps counters and due instants. Belongs
// to one client.
class shard_writer {
 public:
  shard_writer(client& redis, std::uint32_t shards);

  // `now` is for the first due instant of a new cohort. A call whose answer was lost is repeated
  // once: the script may be. errc::shard_regressed where the shard lost its `seq`, errc::refused
  // where a cohort has no slot left there, errc::unavailable where parts are opened faster than it
  // writes, errc::invalid for a record that cannot be packed or a zone that is not known.
  task<result<shard_write_answer>> run(const shard_write& w, const digest_defaults& defaults,
                                       instant now);

 private:
  task<answer> call(std::uint32_t shard, const encoded_list& args);

  client& redis_;
  std::vector<std::uint32_t> seqs_;  // as last seen, per shard; 1 in a new one
  std::vector<std::vector<std::string>> keys_;  // of the script, per shard
};

}  // namespace paperboy::redis

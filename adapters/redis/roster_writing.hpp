#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/redis/client.hpp"
#include "adapters/redis/shard_write.hpp"
#include "adapters/redis/subscriber_reading.hpp"
#include "adapters/redis/token_moves.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy::redis {

// An app's defaults: they decide where a subscriber who loses a device lives.
using defaults_of_app = std::function<digest_defaults(const std::string& app)>;

// Writes one subscriber and keeps the token index true: a token that it gets is taken from whoever
// has it.
//
// A subscriber lies in one shard and is written in one step. Only a token may be indexed, or its
// former owner lie, in another shard. Then the entry first says both, whose it is and whose it will
// be, and is listed in its shard; the record is written; the former owner loses the token; the
// entry says the new owner alone and leaves the list. Between two of these steps both may hold the
// token live, never none; settle() ends what a crash left half done.
//
// Belongs to one client.
class roster_writer {
 public:
  enum class step : std::uint8_t { done, again };

  // Listed entries are settled this long after the last step on them …
  static constexpr std::chrono::seconds left_alone{30};
  // … because a record is written at most this long after its entry was claimed, by Redis's clock.
  static constexpr std::chrono::seconds longest_claim{20};

  roster_writer(client& redis, std::uint32_t shards, subscriber_reader& reader,
                std::function<instant()> now);

  // New without `before`, erased without `after` (the answer is empty then). errc::conflict: it is
  // not as `before` says any more, and not as `after` says either. errc::invalid: two live devices
  // with one token, or a record that cannot be kept. errc::unavailable: one of its tokens is just
  // passing to somebody else.
  task<result<stored_subscriber>> write(const stored_subscriber* before, const subscriber* after,
                                        const digest_defaults& defaults);

  // Makes a listed entry say what the records say, and takes the token from the former owner where
  // the next one has it already. step::again: it was listed less than left_alone ago, or changed
  // meanwhile.
  task<result<step>> settle(const token_place& at, const defaults_of_app& defaults);

 private:
  // Somebody else who loses a token.
  struct loser {
    stored_subscriber before;
    subscriber after;
  };
  struct plan {
    const stored_subscriber* before = nullptr;
    const subscriber* after = nullptr;
    std::uint32_t shard = 0;
    std::vector<token_move> moves;
    std::vector<loser> losers;
    std::optional<instant> not_after;
  };
  task<result<step>> read_index(plan& p, const digest_defaults& defaults);
  task<result<step>> claim(plan& p, const digest_defaults& defaults);
  task<result<step>> write_records(plan& p, const digest_defaults& defaults,
                                   stored_subscriber& written);
  task<void> finish(plan& p, const digest_defaults& defaults);

  task<result<void>> find_losers(plan& p, const token_move& m);
  // step::again: it is not what this write wants.
  task<result<step>> written_already(const plan& p, const digest_defaults& defaults,
                                     stored_subscriber& written);
  task<result<void>> take_token(stored_subscriber from, const token_place& at,
                                const digest_defaults& defaults);
  task<result<std::optional<stored_subscriber>>> holder(const std::optional<indexed_device>& said,
                                                        const token_place& at);
  // Whether somebody who has the token lies in another shard than the one being written.
  bool held_elsewhere(const plan& p, const token_move& m) const;
  bool passes_through(const plan& p, const token_move& m) const;

  client& redis_;
  std::uint32_t shards_;
  subscriber_reader& reader_;
  shard_writer writer_;
  std::function<instant()> now_;
};

}  // namespace paperboy::redis

#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "adapters/redis/client.hpp"
#include "adapters/redis/keys.hpp"
#include "adapters/redis/recent_records.hpp"
#include "adapters/redis/record_view.hpp"
#include "adapters/redis/subscriber_reading.hpp"
#include "core/ports/audience_index.hpp"

namespace paperboy::redis {

// The audience index on Redis: `t:<app>:<topic>` of keys.hpp, which scripts/write.lua keeps in the
// step that writes the record, so that no crash parts the two. It knows places and explicit choices
// only; ids and live devices are read from the records.
//
// Errors of both questions, besides Redis's own: errc::unavailable, a record that cannot be read (a
// newer version's) or that was written again and again meanwhile; errc::shard_regressed, the shard
// lost what it held; errc::protocol, an index that is none.
//
// Belongs to one client.
class topic_index final : public audience_index {
 public:
  // Records asked for in one go, at most; what is out of memory and off the wire at once.
  static constexpr std::size_t most_at_once = 1024;
  // Topics whose places are asked for in one go.
  static constexpr std::size_t most_topics_at_once = 64;
  // Whoever moves while the records are read is looked for again this many times.
  static constexpr int most_looks = 4;
  // More than one subscriber in this many: everybody is walked.
  static constexpr std::uint64_t sparse = 10;

  // Cohorts whose subscribers are counted at first.
  static constexpr std::size_t first_cohorts = 8;

  // `recent`: is given the records that are read for find(), where there is somebody to use them.
  topic_index(client& redis, std::uint32_t shards, recent_records* recent = nullptr)
      : redis_(redis), shards_(shards), reader_(redis, shards), recent_(recent) {}

  // By place. Nobody twice; nobody left out who was in the index throughout, however often they
  // moved within most_looks.
  task<result<shard_audience>> find(std::uint32_t shard, const std::string& app,
                                    const std::vector<topic_number>& wanted) override;

  // By id. Somebody given twice is asked for the devices of both. Whoever belongs to another shard
  // or app is not there.
  task<result<std::vector<frozen_member>>> look_up(
      std::uint32_t shard, const std::string& app,
      const std::vector<wanted_member>& wanted) override;

 private:
  using slots_of_block = std::bitset<block_slots>;
  using marked_blocks = std::map<std::uint64_t, slots_of_block>;  // by field of the index
  using cohort_texts = std::unordered_map<std::uint32_t, std::string>;  // of one app, by number

  struct look {
    cohort_texts cohorts;
    marked_blocks marked;
  };
  struct found {
    std::vector<frozen_member> members;
    std::unordered_set<subscriber_id> ids;
    marked_blocks seen;  // places whose record was read
  };
  struct block_part {
    std::uint64_t field = 0;
    std::string_view cohort;
    std::vector<std::uint32_t> slots;
  };

  task<result<look>> look_at(std::uint32_t shard, const std::string& app,
                             const std::vector<topic_number>& wanted);
  // Not counted any further when there are `enough`.
  task<result<std::uint64_t>> subscribers(std::uint32_t shard, const cohort_texts& cohorts,
                                          std::uint64_t enough);
  task<result<void>> read_places(std::uint32_t shard, const std::string& app, const look& from,
                                 found& into);
  task<result<void>> read_batch(std::uint32_t shard, const std::string& app,
                                const std::vector<block_part>& batch, found& into);
  task<result<void>> look_up_batch(std::uint32_t shard, const std::string& app,
                                   const cohort_texts& cohorts,
                                   std::span<const wanted_member> batch,
                                   std::vector<frozen_member>& into);
  // The whole way by id, for what does not lie in one record where it was expected. Empty devices:
  // not in this app, or none is live.
  task<result<frozen_member>> read_by_id(const std::string& app, subscriber_id id);

  client& redis_;
  std::uint32_t shards_;
  subscriber_reader reader_;
  recent_records* recent_;
};

}  // namespace paperboy::redis

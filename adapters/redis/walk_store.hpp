#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "adapters/redis/block_reading.hpp"
#include "adapters/redis/client.hpp"
#include "adapters/redis/recent_records.hpp"
#include "adapters/redis/subscriber_reading.hpp"
#include "core/ports/walk.hpp"

namespace paperboy::redis {

// The walk on Redis: keys.hpp has the layout, scripts/{claim,commit,release,retry_*}.lua the steps.
// One a worker: `worker` names it among all workers on this Redis, for repeated claims.
class walk_store final : public walk {
 public:
  struct settings {
    std::string worker;
    std::uint32_t shards = 16;
    std::chrono::milliseconds lease{30'000};
    std::chrono::seconds kept{std::chrono::days{30}};  // a finished part, from its end
    std::map<std::string, weekdays, std::less<>> days;  // by app: inherited by who chose none
    // By app: what was told at once longer ago than this is no candidate of a digest any more.
    std::map<std::string, std::chrono::milliseconds, std::less<>> history;
    recent_records* recent = nullptr;  // what the topic index of this thread has read; none: nothing
  };

  walk_store(client& redis, settings s);

  task<result<std::vector<claim>>> claim_blocks(std::uint32_t shard, send_lane lane,
                                                std::uint64_t nonce, std::size_t most,
                                                std::span<const std::string> stopped) override;
  task<result<std::unique_ptr<block_contents>>> read(const claim& c) override;
  wish_values values_of(std::string_view wish) const override;
  task<result<std::vector<commit_answer>>> commit_all(
      std::span<const block_commit> blocks) override;
  task<result<unsigned>> note(const claim& c, std::uint8_t slot) override;
  task<result<void>> withdraw_note(const claim& c, std::uint8_t slot) override;
  task<result<std::vector<suspect>>> suspects(std::uint32_t shard, const std::string& run) override;
  task<result<void>> release(const claim& c, std::chrono::milliseconds rest) override;
  task<result<std::vector<retry_entry>>> claim_retries(std::uint32_t shard,
                                                       std::size_t most) override;
  task<result<void>> settle_retry(const retry_entry& entry, const retry_end& end) override;
  task<result<void>> removed(std::uint32_t shard, const std::string& run,
                             std::size_t devices) override;

 private:
  task<result<void>> list_dead(std::uint32_t shard, const std::string& run, const slot_end& end);
  task<result<void>> forget_old(const claim& c, const read_block& block);

  client& redis_;
  settings with_;
  subscriber_reader subscribers_;
};

// What the keys of a lane end with.
std::string lane_suffix(send_lane lane);

// What a script's error means to its caller: its own words first, then Redis's.
error_code code_of_script(const answer& a);

}  // namespace paperboy::redis

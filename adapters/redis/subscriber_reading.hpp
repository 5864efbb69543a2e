#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/redis/client.hpp"
#include "adapters/redis/token_index.hpp"
#include "core/domain/subscriber.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy::redis {

// Reads subscribers by id: locator, then record and mark in one go. Belongs to one client.
class subscriber_reader {
 public:
  // Cohorts kept per shard; past this they are read anew.
  static constexpr std::size_t most_cohorts = 16'384;

  subscriber_reader(client& redis, std::uint32_t shards) : redis_(redis), cohorts_(shards) {}

  // errc::not_found: no such subscriber. errc::protocol: a record of a newer version, or a broken
  // one. errc::shard_regressed: a locator that leads nowhere. errc::conflict: it was written again
  // and again while it was read.
  task<result<stored_subscriber>> read(subscriber_id id);
  // The same by what the token index has of an id.
  task<result<stored_subscriber>> read(const indexed_device& device);

 private:
  struct located {
    std::uint32_t cohort = 0;
    std::uint32_t slot = 0;
    friend bool operator==(const located&, const located&) = default;
  };

  task<result<located>> locate(subscriber_id id);
  struct named_cohort {
    std::string text;
    cohort value;
  };
  const named_cohort* find_cohort(std::uint32_t shard, std::uint32_t number) const;
  // errc::not_found: the cohort emptied meanwhile.
  task<result<void>> learn_cohort(std::uint32_t shard, std::uint32_t number);
  static pipeline record_and_mark(const place& at, std::string_view home);
  // errc::not_found: nobody is there. errc::conflict: written while it was read.
  using is_wanted = std::function<bool(const subscriber_id&)>;
  task<result<stored_subscriber>> read_at(place at, pipeline both);
  task<result<stored_subscriber>> read(subscriber_id found_by, is_wanted wanted);

  client& redis_;
  // A number is never given again, so what is kept stays true.
  std::vector<std::unordered_map<std::uint32_t, named_cohort>> cohorts_;
};

}  // namespace paperboy::redis

#pragma once

#include "adapters/redis/client.hpp"
#include "core/ports/audience_survey.hpp"

namespace paperboy::redis {

// Counts an app's subscribers by walking its cohorts block by block, in bounded batches.
class audience_store final : public audience_survey {
 public:
  struct settings {
    std::uint32_t shards = 16;
  };

  audience_store(client& redis, settings s) : redis_(redis), with_(s) {}

  task<result<audience_size>> count(
      const std::string& app, const std::function<bool(const choices&)>& wanted) override;

 private:
  task<result<void>> count_cohort(std::uint32_t shard, const std::string& cohort,
                                  const std::function<bool(const choices&)>& wanted,
                                  audience_size& size);

  client& redis_;
  settings with_;
};

}  // namespace paperboy::redis

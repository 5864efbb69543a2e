#pragma once

#include <string>

#include "adapters/redis/client.hpp"
#include "core/ports/quota.hpp"

namespace paperboy::redis {

// The projects' buckets, on Redis's clock: scripts/quota.lua.
class quota_store final : public quota {
 public:
  // `worker` is this worker's name, unlike any other's.
  quota_store(client& redis, std::string worker);

  task<result<std::uint32_t>> draw(const std::string& project, std::uint32_t per_minute,
                                   quota_share::wish wish) override;

 private:
  client& redis_;
  std::string worker_;
};

}  // namespace paperboy::redis

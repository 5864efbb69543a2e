#include "adapters/redis/quota_store.hpp"

#include <utility>

#include "adapters/redis/scripts.hpp"

namespace paperboy::redis {

quota_store::quota_store(client& redis, std::string worker)
    : redis_(redis), worker_(std::move(worker)) {}

task<result<std::uint32_t>> quota_store::draw(const std::string& project, std::uint32_t per_minute,
                                              quota_share::wish wish) {
  const std::string bucket = "{q:" + project + "}:fcm", drawing = bucket + ":drawing";
  const decimal rate(per_minute), wanted(wish.messages);
  const answer a = co_await redis_.eval(run_script("quota"), {bucket, drawing},
                                        {worker_, rate, wanted, wish.refused ? "1" : "0"});
  if (!a) co_return a.error();
  co_return static_cast<std::uint32_t>(a->as_int());
}

}  // namespace paperboy::redis

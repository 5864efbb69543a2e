#include "adapters/redis/clock.hpp"

#include <chrono>

namespace paperboy::redis {

task<result<instant>> time(client& redis) {
  const answer a = co_await redis.call("TIME");
  if (!a) co_return a.error();
  const auto seconds = (*a)[0].integer();
  const auto microseconds = (*a)[1].integer();
  if (!seconds || !microseconds) co_return errc::protocol;
  co_return instant{std::chrono::seconds{*seconds} +
                    std::chrono::milliseconds{*microseconds / 1000}};
}

}  // namespace paperboy::redis

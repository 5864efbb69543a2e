#pragma once

#include "adapters/redis/client.hpp"
#include "core/domain/outcome.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy::redis {

// The server's own clock (TIME), in whole milliseconds, rounded down: leases and due times are
// measured on it alone. Errors as client::call; errc::protocol if the answer is no time.
task<result<instant>> time(client& redis);

}  // namespace paperboy::redis

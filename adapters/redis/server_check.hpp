#pragma once

#include <string>
#include <vector>

#include "adapters/redis/client.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy::redis {

// What was found about a server that is not ours. Nothing is changed there.
struct server_check {
  error_code refusal;                        // none: it can be used
  std::string problem;                       // with a refusal: one sentence with a remedy
  std::string version;                       // "7.0.15"
  std::vector<std::string> recommendations;  // one line each, for the log; empty if all is well

  bool ok() const noexcept { return !refusal; }
};

// Refused (errc::refused): a version before 6.2, an eviction policy other than noeviction (keys
// would vanish silently), a node of a cluster. errc::unavailable: a replica; or the errors of
// client::call. Works by INFO where CONFIG is forbidden, and says what it could not see.
task<server_check> check_server(client& redis);

}  // namespace paperboy::redis

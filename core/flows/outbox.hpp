#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "core/domain/outcome.hpp"
#include "core/domain/preferences.hpp"
#include "core/ports/gateway.hpp"

namespace paperboy {

// The ways out of one app: a gateway may be absent, never both.
struct app_gateways {
  gateway* apns = nullptr;
  gateway* fcm = nullptr;

  gateway* for_platform(platform p) const noexcept { return p == platform::ios ? apns : fcm; }
};

// What a worker knows of one app.
struct app_context {
  std::string id;
  digest_defaults defaults;
  app_gateways gateways;
  std::string fcm_project;                 // whose quota its Android pushes count against
  std::uint32_t fcm_quota_per_minute = 0;  // 0: no limit
};

struct delivery_settings {
  std::chrono::milliseconds spread = std::chrono::minutes{5};
  std::chrono::milliseconds deadline = std::chrono::hours{4};
  std::chrono::milliseconds lease = std::chrono::seconds{30};  // of a block, as the walk gives it
  std::chrono::milliseconds apns_server_error_retry = std::chrono::minutes{15};
  std::chrono::seconds run_retention = std::chrono::days{30};
};

}  // namespace paperboy

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/domain/identifiers.hpp"

namespace paperboy::http {

enum class scope : std::uint8_t { none, items, notifications, topics, subscribers, reports };

std::string_view to_text(scope s) noexcept;

// What a device credential says once it opened: that it was ours. Whether the device still has this
// generation is the roster's to know.
struct device_claim {
  std::string app;
  device_id device;
  std::uint32_t generation = 0;
};

enum class caller_kind : std::uint8_t { nobody, client_key, device, api_key, operator_token };

// Who asks, by the credential of the request.
struct caller {
  caller_kind kind = caller_kind::nobody;
  std::string app;                // client key: the app it belongs to; device: the claim's
  device_claim device;            // kind device
  std::string key_name;           // kind api_key: its name in the configuration
  std::vector<scope> scopes;      // kind api_key
  std::vector<std::string> apps;  // kind api_key

  bool may(scope s) const noexcept;
  bool may_use(std::string_view app_id) const noexcept;  // kind api_key
};

}  // namespace paperboy::http

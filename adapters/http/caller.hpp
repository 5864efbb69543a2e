#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/domain/credential.hpp"

namespace paperboy::http {

enum class scope : std::uint8_t { none, items, notifications, topics, subscribers, reports };

std::string_view to_text(scope s) noexcept;

enum class caller_kind : std::uint8_t { nobody, client_key, device, api_key, operator_token };

// Who asks, by the credential of the request.
struct caller {
  caller_kind kind = caller_kind::nobody;
  std::string app;                // kind client_key: the app it belongs to
  opened_credential device;       // kind device: genuine; the record says whether it still counts
  std::string key_name;           // kind api_key: its name in the configuration
  std::vector<scope> scopes;      // kind api_key
  std::vector<std::string> apps;  // kind api_key

  bool may(scope s) const noexcept;
  bool may_use(std::string_view app_id) const noexcept;  // kind api_key
};

}  // namespace paperboy::http

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/simulators/exchange.hpp"
#include "adapters/simulators/json_web_token.hpp"
#include "adapters/simulators/world.hpp"

namespace paperboy::simulators {

// A provider token that was looked at on this connection. `key` is null when it is no good; it is a
// copy, since the options may change: a revoked key works on for as long as the connection lives.
struct seen_provider_token {
  std::string text;
  std::shared_ptr<const apns_key> key;
  std::optional<std::int64_t> issued_at;
};

// A key that a connection is bound to, and its provider token in use.
struct bound_key {
  std::shared_ptr<const apns_key> key;
  std::string token;
  std::chrono::system_clock::time_point since{};
};

// What APNs remembers about one connection.
struct apns_memory {
  static constexpr std::size_t token_limit = 16;  // provider tokens remembered
  std::vector<seen_provider_token> tokens;
  std::vector<bound_key> keys;
  bool too_many_updates = false;
  bool expired = false;
};

// One push under examination.
struct apns_push {
  world& all;
  gateway_name which;
  apns_memory& memory;
  const request& in;
  std::string_view device{};                 // from the path
  std::optional<std::int64_t> dead_since{};  // set with Unregistered and ExpiredToken
};

// The reason why APNs refuses this push, or an empty view. Which of several it is, Apple does not
// say; the order is the table in the body.
std::string_view refuse(apns_push& push);

}  // namespace paperboy::simulators

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "core/domain/outcome.hpp"

namespace paperboy::testing {

// A gateway's complete answer.
inline gateway_answer said(std::uint16_t status, std::string reason = {},
                           std::optional<std::chrono::seconds> retry_after = {}) {
  gateway_answer a;
  a.status = status;
  a.reason = std::move(reason);
  a.retry_after = retry_after;
  return a;
}

}  // namespace paperboy::testing

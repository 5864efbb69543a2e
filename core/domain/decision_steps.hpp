#pragma once

// What both gateways' tables are made of; private to decision*.cpp.

#include <chrono>
#include <optional>
#include <string_view>

#include "core/domain/decision.hpp"

namespace paperboy::decisions {

inline constexpr std::chrono::seconds not_processed_retry{1};

// An end without a delay: accepted, rejected, forget_device, stop_credential, resend_now.
outcome settled(verdict what, std::string_view metric) noexcept;

// Retry after the lower limit, or after Retry-After if that is longer, within its bound.
outcome later(std::chrono::milliseconds lower_limit, retry_scope scope,
              const gateway_answer& answer, std::string_view metric) noexcept;

// The same push again at once, on another connection than the one that is spent.
outcome elsewhere(std::string_view metric) noexcept;

// What does not depend on a gateway's table: no complete answer, 2xx, and statuses that neither
// gateway gives. None: the status is 400 to 599 and the table decides.
std::optional<outcome> without_answer(const gateway_answer& answer, const attempt& a,
                                      std::chrono::milliseconds ambiguous_retry) noexcept;

}  // namespace paperboy::decisions

#pragma once

#include <cstdint>
#include <string_view>

#include "core/domain/outcome.hpp"

namespace paperboy::apns {

// Apple's answer as a value: `reason` and, on 410, `timestamp` (milliseconds) from the body. A body
// that is not what Apple documents is no error: the status stands alone then.
gateway_answer read_answer(std::uint16_t status, std::string_view body,
                           std::string_view retry_after);

}  // namespace paperboy::apns

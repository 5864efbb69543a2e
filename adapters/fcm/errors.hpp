#pragma once

#include <cstdint>
#include <string_view>

#include "core/domain/outcome.hpp"

namespace paperboy::fcm {

// FCM's answer as a value, by the algorithm of its ErrorCode page: all of error.details are looked
// through for an FcmError's errorCode; else an ErrorInfo's reason, else error.status, else nothing.
// `field` is the first BadRequest violation's, or for a quota whose it is. A body that is not FCM's
// JSON (a front end answers in HTML) is no error: the status stands alone then.
gateway_answer read_answer(std::uint16_t status, std::string_view body,
                           std::string_view retry_after);

}  // namespace paperboy::fcm

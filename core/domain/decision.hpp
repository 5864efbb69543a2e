#pragma once

#include <chrono>
#include <cstdint>

#include "core/domain/outcome.hpp"

namespace paperboy {

// What is known of a push when its answer comes.
struct attempt {
  unsigned number = 1;   // 1 for the first; raised by each verdict::retry, not by resend_now
  unsigned resends = 0;  // how often resend_now was followed since the last retry
  bool credential_renewed = false;  // renew_credential was followed for this push before
  // When the token that was sent was last registered. Left at 0 where it is not at hand:
  // outcome::dead_since then leaves the comparison to whoever forgets the device.
  instant registered_at{};
  std::chrono::milliseconds apns_server_error_retry = std::chrono::minutes{15};
};

// A push is sent again at once this often, then it waits as any other retry does.
inline constexpr unsigned most_resends = 3;
// A gateway that answers 429 without Retry-After is left alone for this long (FCM scale guide).
inline constexpr std::chrono::seconds quota_retry{60};
// Apple names no limit for one device token's 429.
inline constexpr std::chrono::seconds apns_device_retry{10};
// 429 TooManyProviderTokenUpdates: the token stays, the connection is spent.
inline constexpr std::chrono::seconds apns_token_updates_retry{120};
inline constexpr std::chrono::seconds fcm_server_error_retry{10};  // FCM scale guide: never sooner
inline constexpr std::chrono::seconds fcm_front_end_retry{30};     // 502 and 504, pages of HTML
inline constexpr unsigned fcm_unspecified_error_attempts = 3;
// Retry-After is obeyed up to this; asking again costs one push.
inline constexpr std::chrono::seconds longest_retry_after = std::chrono::hours{1};

// What to do with a push after Apple's answer ("Handling notification responses from APNs"), by
// status and reason. An unknown reason costs this push alone, except that an unknown 401 or 403 is
// taken for what those are, a refused credential: nobody is marked. Only 400 BadDeviceToken forgets
// a device without a date; 410 needs the timestamp, and a token registered after it stays.
outcome decide_apns(const gateway_answer& answer, const attempt& a) noexcept;

// The same for FCM HTTP v1 ("ErrorCode", "Scale FCM"). Only UNREGISTERED, SENDER_ID_MISMATCH and
// INVALID_ARGUMENT that names the field message.token forget a device; a 404 without UNREGISTERED
// is a wrong project or address.
outcome decide_fcm(const gateway_answer& answer, const attempt& a) noexcept;

inline outcome decide(platform p, const gateway_answer& answer, const attempt& a) noexcept {
  return p == platform::ios ? decide_apns(answer, a) : decide_fcm(answer, a);
}

// Registrations are kept in whole seconds: the latest moment that one may stand for, so that a token
// registered again within the second of its 410 stays.
constexpr instant latest_moment(std::chrono::sys_seconds registered_at) noexcept {
  return registered_at + std::chrono::milliseconds{999};
}

// Whether a token declared dead at `dead_since` is still the one that was registered: not
// registered again later. Both in milliseconds.
constexpr bool may_forget(instant registered_at, instant dead_since) noexcept {
  return registered_at <= dead_since;
}

// How long to wait before the attempt after `attempt_number` (1 for the first): the lower limit and
// above it a random share of 1, 2, 4 … 64 s ("full jitter"), or of an eighth of the lower limit if
// that is more, so that a whole run told "in 15 minutes" does not come back at once. `random` is
// uniform over its type.
std::chrono::milliseconds retry_delay(unsigned attempt_number,
                                      std::chrono::milliseconds lower_limit,
                                      std::uint64_t random) noexcept;

// Whether an attempt put off by `delay` would start later than `deadline`: the push is expired
// then.
constexpr bool expires(instant now, std::chrono::milliseconds delay, instant deadline) noexcept {
  return now > deadline || delay > deadline - now;
}

}  // namespace paperboy

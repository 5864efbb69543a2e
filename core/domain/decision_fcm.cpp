#include <algorithm>
#include <array>

#include "core/domain/decision.hpp"
#include "core/domain/decision_steps.hpp"

namespace paperboy {
namespace {

using decisions::later;
using decisions::settled;

enum class step : std::uint8_t {
  drop,              // this push is over
  forget,            // the registration is gone, or belongs to another project
  forget_if_token,   // only if it is the token that is wrong, and not the message
  stop,              // the project, its permissions or the address are wrong
  renew,             // our own access token is refused
  quota_of_subject,  // whose rate it is stands in the violation
  quota_of_project,
  wait,       // FCM's 5xx
  front_end,  // Google's front end answered instead of FCM; FCM may have acted
  few_tries,  // no reason at all
};

struct row {
  std::uint16_t status;     // 0: any
  std::string_view reason;  // empty: any
  step then;
  std::string_view metric;
};

// firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode and docs/cloud-messaging/error-codes.
// The first row that fits decides.
constexpr std::array table{
    row{0, "UNSPECIFIED_ERROR", step::few_tries, "unspecified_error"},
    row{400, "INVALID_ARGUMENT", step::forget_if_token, "invalid_argument"},
    // The project's key for Apple or for the web is wrong: not ours, whatever the message says.
    row{401, "THIRD_PARTY_AUTH_ERROR", step::drop, "third_party_auth_error"},
    row{401, "APNS_AUTH_ERROR", step::drop, "third_party_auth_error"},
    row{401, "", step::renew, "unauthenticated"},
    row{403, "SENDER_ID_MISMATCH", step::forget, "sender_id_mismatch"},
    row{403, "", step::stop, "permission_denied"},
    row{404, "UNREGISTERED", step::forget, "unregistered"},
    row{404, "", step::stop, "not_found"},
    row{429, "QUOTA_EXCEEDED", step::quota_of_subject, "quota_exceeded"},
    row{429, "", step::quota_of_project, "project_quota"},
    row{500, "INTERNAL", step::wait, "internal"},
    row{502, "", step::front_end, "bad_gateway"},
    row{503, "UNAVAILABLE", step::wait, "unavailable"},
    row{504, "", step::front_end, "gateway_timeout"},
};

// "QUOTA_EXCEEDED" is the rate of one device or topic unless the violation names the project.
retry_scope scope_of(std::string_view subject) noexcept {
  const bool project = subject.find("project") != std::string_view::npos;
  const bool device = subject.find("device") != std::string_view::npos;
  return project && !device ? retry_scope::gateway : retry_scope::device;
}

// What a quota asks for: Retry-After, else a minute.
std::chrono::seconds quota_delay(const gateway_answer& answer) noexcept {
  return answer.retry_after ? std::chrono::seconds{0} : quota_retry;
}

outcome renew(const attempt& a, std::string_view metric) noexcept {
  if (a.credential_renewed) return settled(verdict::stop_credential, metric);
  outcome o = settled(verdict::resend_now, metric);
  o.renew_credential = true;
  return o;
}

outcome follow(const row& r, const gateway_answer& answer, const attempt& a) noexcept {
  const auto wait = [&](std::chrono::seconds at_least, retry_scope scope = retry_scope::device) {
    return later(at_least, scope, answer, r.metric);
  };
  switch (r.then) {
    case step::drop:
      return settled(verdict::rejected, r.metric);
    case step::forget:
      return settled(verdict::forget_device, r.metric);
    case step::forget_if_token:
      return answer.field == "message.token" ? settled(verdict::forget_device, "invalid_token")
                                             : settled(verdict::rejected, r.metric);
    case step::stop:
      return settled(verdict::stop_credential, r.metric);
    case step::renew:
      return renew(a, r.metric);
    case step::quota_of_subject:
      return later(quota_delay(answer), scope_of(answer.field), answer, r.metric);
    case step::quota_of_project:
      return later(quota_delay(answer), retry_scope::gateway, answer, r.metric);
    case step::front_end: {
      outcome o = wait(fcm_front_end_retry);
      o.ambiguous = true;
      return o;
    }
    case step::few_tries:
      if (a.number >= fcm_unspecified_error_attempts) return settled(verdict::rejected, r.metric);
      break;
    case step::wait:
      // An overloaded FCM says how long it wants to be left alone, by everybody.
      if (answer.status == 503 && answer.retry_after) {
        return wait(fcm_server_error_retry, retry_scope::gateway);
      }
      break;
  }
  return wait(fcm_server_error_retry);
}

outcome unknown(const gateway_answer& answer) noexcept {
  if (answer.status < 500) return settled(verdict::rejected, "unknown_4xx");
  // Not FCM's JSON, so probably a page of the front end, which asks for 30 seconds.
  const auto delay = answer.reason.empty() ? fcm_front_end_retry : fcm_server_error_retry;
  return later(delay, retry_scope::device, answer, "unknown_5xx");
}

}  // namespace

outcome decide_fcm(const gateway_answer& answer, const attempt& a) noexcept {
  if (const auto o = decisions::without_answer(answer, a, fcm_server_error_retry)) return *o;
  const auto found = std::ranges::find_if(table, [&](const row& r) {
    return (r.status == 0 || r.status == answer.status) &&
           (r.reason.empty() || r.reason == answer.reason);
  });
  return found == table.end() ? unknown(answer) : follow(*found, answer, a);
}

}  // namespace paperboy

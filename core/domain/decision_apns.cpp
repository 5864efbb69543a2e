#include <algorithm>
#include <array>

#include "core/domain/decision.hpp"
#include "core/domain/decision_steps.hpp"

namespace paperboy {
namespace {

using decisions::elsewhere;
using decisions::later;
using decisions::settled;

enum class step : std::uint8_t {
  drop,               // this push is over; a fault of ours, or of this request
  forget,             // the token is dead, whenever it was registered
  forget_if_dated,    // the token was dead at a date, and may have been registered since
  stop,               // the credential or the configuration is wrong
  renew,              // the provider token is too old
  reconnect_or_stop,  // wrong only on this connection; on a fresh one too: the key is wrong
  reconnect,          // the connection is spent
  reconnect_or_wait,  // this server goes away; if others do too, wait as for any 5xx
  slow_device,        // too many for one device token
  slow_connection,    // the team's provider token changed too often; a new one makes it worse
  wait,               // Apple's rule for its 5xx
};

struct row {
  std::uint16_t status;
  std::string_view reason;
  step then;
  std::string_view metric;
};

// "Handling notification responses from APNs", developer.apple.com, all of its rows.
constexpr std::array table{
    row{400, "BadCollapseId", step::drop, "bad_collapse_id"},
    row{400, "BadDeviceToken", step::forget, "bad_device_token"},
    row{400, "BadExpirationDate", step::drop, "bad_expiration_date"},
    row{400, "BadMessageId", step::drop, "bad_message_id"},
    row{400, "BadPriority", step::drop, "bad_priority"},
    row{400, "BadTopic", step::drop, "bad_topic"},
    // Another app's token, or the topic is misconfigured: a mistake in one line of configuration
    // must not forget every device.
    row{400, "DeviceTokenNotForTopic", step::drop, "device_token_not_for_topic"},
    row{400, "DuplicateHeaders", step::drop, "duplicate_headers"},
    row{400, "IdleTimeout", step::reconnect, "idle_timeout"},
    row{400, "InvalidPushType", step::drop, "invalid_push_type"},
    row{400, "MissingDeviceToken", step::drop, "missing_device_token"},
    row{400, "MissingTopic", step::drop, "missing_topic"},
    row{400, "PayloadEmpty", step::drop, "payload_empty"},
    row{400, "TopicDisallowed", step::stop, "topic_disallowed"},
    row{403, "BadCertificate", step::stop, "bad_certificate"},
    row{403, "BadCertificateEnvironment", step::stop, "bad_certificate_environment"},
    row{403, "BadEnvironmentKeyIdInToken", step::stop, "bad_environment_key_id_in_token"},
    row{403, "ExpiredProviderToken", step::renew, "expired_provider_token"},
    row{403, "Forbidden", step::stop, "forbidden"},
    row{403, "InvalidProviderToken", step::stop, "invalid_provider_token"},
    row{403, "MissingProviderToken", step::stop, "missing_provider_token"},
    row{403, "UnrelatedKeyIdInToken", step::reconnect_or_stop, "unrelated_key_id_in_token"},
    row{404, "BadPath", step::drop, "bad_path"},
    row{405, "MethodNotAllowed", step::drop, "method_not_allowed"},
    row{410, "ExpiredToken", step::forget_if_dated, "expired_token"},
    row{410, "Unregistered", step::forget_if_dated, "unregistered"},
    row{413, "PayloadTooLarge", step::drop, "payload_too_large"},
    row{429, "TooManyProviderTokenUpdates", step::slow_connection,
        "too_many_provider_token_updates"},
    row{429, "TooManyRequests", step::slow_device, "too_many_requests"},
    row{500, "InternalServerError", step::wait, "internal_server_error"},
    row{503, "ServiceUnavailable", step::wait, "service_unavailable"},
    row{503, "Shutdown", step::reconnect_or_wait, "shutdown"},
};

// Without a date nothing proves that the token was not registered again since.
outcome dated(const gateway_answer& answer, const attempt& a, std::string_view metric) noexcept {
  if (!answer.dead_since) return settled(verdict::rejected, "dead_without_a_date");
  if (!may_forget(a.registered_at, *answer.dead_since)) {
    return settled(verdict::rejected, "dead_before_it_was_registered");
  }
  outcome o = settled(verdict::forget_device, metric);
  o.dead_since = answer.dead_since;
  return o;
}

outcome renew(const attempt& a, std::string_view metric) noexcept {
  // Too old again with a new token: our clock is wrong, and no third token helps.
  if (a.credential_renewed) return settled(verdict::stop_credential, metric);
  outcome o = elsewhere(metric);
  o.renew_credential = true;
  return o;
}

outcome follow(const row& r, const gateway_answer& answer, const attempt& a) noexcept {
  const bool may_resend = a.resends < most_resends;
  const auto wait = [&] {
    return later(a.apns_server_error_retry, retry_scope::device, answer, r.metric);
  };
  switch (r.then) {
    case step::drop:
      return settled(verdict::rejected, r.metric);
    case step::forget:
      return settled(verdict::forget_device, r.metric);
    case step::forget_if_dated:
      return dated(answer, a, r.metric);
    case step::stop:
      return settled(verdict::stop_credential, r.metric);
    case step::renew:
      return renew(a, r.metric);
    case step::reconnect_or_stop:
      return may_resend ? elsewhere(r.metric) : settled(verdict::stop_credential, r.metric);
    case step::reconnect: {
      if (may_resend) return elsewhere(r.metric);
      outcome o = later(decisions::not_processed_retry, retry_scope::gateway, answer, r.metric);
      o.replace_connection = true;
      return o;
    }
    case step::reconnect_or_wait:
      return a.resends == 0 ? elsewhere(r.metric) : wait();
    case step::slow_device:
      return later(apns_device_retry, retry_scope::device, answer, r.metric);
    case step::slow_connection: {
      outcome o = later(apns_token_updates_retry, retry_scope::gateway, answer, r.metric);
      o.replace_connection = true;
      return o;
    }
    case step::wait:
      break;
  }
  return wait();
}

outcome unknown(const gateway_answer& answer, const attempt& a) noexcept {
  if (answer.status >= 500) {
    return later(a.apns_server_error_retry, retry_scope::device, answer, "unknown_5xx");
  }
  if (answer.status == 429) {
    return later(quota_retry, retry_scope::device, answer, "unknown_429");
  }
  if (answer.status == 401 || answer.status == 403) {
    return settled(verdict::stop_credential, "unknown_refusal");
  }
  return settled(verdict::rejected, "unknown_4xx");
}

}  // namespace

outcome decide_apns(const gateway_answer& answer, const attempt& a) noexcept {
  constexpr std::chrono::seconds ambiguous_retry{1};
  if (const auto o = decisions::without_answer(answer, a, ambiguous_retry)) return *o;
  const auto found = std::ranges::find_if(
      table, [&](const row& r) { return r.status == answer.status && r.reason == answer.reason; });
  return found == table.end() ? unknown(answer, a) : follow(*found, answer, a);
}

}  // namespace paperboy

#include <array>

#include "adapters/simulators/fcm_rules.hpp"
#include "adapters/simulators/json_text.hpp"

namespace paperboy::simulators {
namespace {

struct row {
  std::string_view name;
  std::uint16_t http;
  std::string_view status;
  bool fcm_error;
  std::string_view message;
  std::string_view extra;
};

constexpr std::string_view expired_details =
    R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCESS_TOKEN_EXPIRED",)"
    R"("domain":"googleapis.com","metadata":{"service":"fcm.googleapis.com"}})";
constexpr std::string_view project_quota_details =
    R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMIT_EXCEEDED",)"
    R"("domain":"googleapis.com","metadata":{"quota_limit":"SendsPerMinutePerProject",)"
    R"("service":"fcm.googleapis.com"}},)"
    R"({"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":)"
    R"("Request a higher quota limit.","url":"https://cloud.google.com/docs/quota"}]})";
constexpr std::string_view device_quota_details =
    R"({"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"subject":)"
    R"("Device message rate","description":"The device message rate is exceeded."}]})";

constexpr std::array<row, 12> rows{{
    {"INVALID_ARGUMENT", 400, "INVALID_ARGUMENT", true, "Request contains an invalid argument.",
     ""},
    {"UNREGISTERED", 404, "NOT_FOUND", true, "Requested entity was not found.", ""},
    {"SENDER_ID_MISMATCH", 403, "PERMISSION_DENIED", true, "SenderId mismatch", ""},
    {"QUOTA_EXCEEDED", 429, "RESOURCE_EXHAUSTED", true, "Device message rate exceeded.",
     device_quota_details},
    {"RATE_LIMIT_EXCEEDED", 429, "RESOURCE_EXHAUSTED", false,
     "Quota exceeded for quota metric 'Send requests' and limit 'Send requests per minute'.",
     project_quota_details},
    {"THIRD_PARTY_AUTH_ERROR", 401, "UNAUTHENTICATED", true,
     "Auth error from APNS or Web Push Service", ""},
    {"APNS_AUTH_ERROR", 401, "UNAUTHENTICATED", true,
     "Request is missing required authentication credential. Expected OAuth 2 access token, login "
     "cookie or other valid authentication credential.",
     ""},
    {"ACCESS_TOKEN_EXPIRED", 401, "UNAUTHENTICATED", false,
     "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie "
     "or other valid authentication credential.",
     expired_details},
    {"PERMISSION_DENIED", 403, "PERMISSION_DENIED", false,
     "Permission 'cloudmessaging.messages.create' denied on resource (or it may not exist).", ""},
    {"INTERNAL", 500, "INTERNAL", true, "Internal error encountered.", ""},
    {"UNAVAILABLE", 503, "UNAVAILABLE", true, "The service is currently unavailable.", ""},
    {"BAD_GATEWAY", 502, "", false, "", ""},
}};

void append_detail(std::string& details, std::string_view detail) {
  if (detail.empty()) return;
  if (!details.empty()) details += ',';
  details += detail;
}

std::string bad_request(const fcm_refusal& refusal) {
  if (refusal.field.empty()) return {};
  std::string out = R"({"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{)";
  out += "\"field\":";
  append_json_string(out, refusal.field);
  out += ",\"description\":";
  append_json_string(out, refusal.message);
  return out += "}]}";
}

std::string fcm_error(const fcm_refusal& refusal) {
  if (refusal.error_code.empty()) return {};
  std::string out =
      R"({"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":)";
  append_json_string(out, refusal.error_code);
  return out += '}';
}

}  // namespace

fcm_refusal refusal_named(std::string_view name) {
  fcm_refusal out;
  for (const row& r : rows) {
    if (r.name != name) continue;
    out.http = r.http;
    out.status = r.status;
    if (r.fcm_error) out.error_code = r.name;
    out.message = r.message;
    out.extra = r.extra;
    return out;
  }
  out.http = 400;
  out.status = "INVALID_ARGUMENT";
  out.error_code = name;
  out.message = "Injected.";
  return out;
}

std::string body_of(const fcm_refusal& refusal) {
  if (refusal.status.empty())
    return "<!DOCTYPE html>\n<html lang=en>\n<title>Error " + std::to_string(refusal.http) +
           "</title>\n<p>" +
           (refusal.http == 404 ? "The requested URL was not found on this server."
                                : "The server encountered a temporary error and could not complete "
                                  "your request.<p>Please try again in 30 seconds.") +
           "\n</html>\n";
  std::string details;
  if (refusal.field_first) append_detail(details, bad_request(refusal));
  append_detail(details, fcm_error(refusal));
  if (!refusal.field_first) append_detail(details, bad_request(refusal));
  append_detail(details, refusal.extra);
  std::string out = "{\"error\":{\"code\":" + std::to_string(refusal.http) + ",\"message\":";
  append_json_string(out, refusal.message);
  out += ",\"status\":";
  append_json_string(out, refusal.status);
  if (!details.empty()) out += ",\"details\":[" + details + "]";
  return out += "}}\n";
}

}  // namespace paperboy::simulators

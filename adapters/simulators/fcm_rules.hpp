#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/simulators/world.hpp"

namespace paperboy::simulators {

// What FCM says no with. `error_code` is FcmError's, empty when the real answer has no FcmError.
struct fcm_refusal {
  std::uint16_t http = 0;       // 0: not refused
  std::string_view status;      // google.rpc.Code
  std::string_view error_code;  // FcmError
  std::string message;
  std::string field;  // BadRequest field violation; empty: none
  std::string extra;  // further details as JSON objects, or empty
  std::string retry_after;
  bool field_first = false;  // BadRequest stands before FcmError

  explicit operator bool() const noexcept { return http != 0; }
};

// One message that passed, or came as far as naming its target.
struct fcm_message {
  std::string target;      // the token or fid
  bool to_device = false;  // token or fid, not topic or condition
  bool validate_only = false;
  bool notification = false;
  bool apns = false;
  std::string priority, ttl, collapse_key, tag, channel;
};

// The body's own faults: JSON, fields and their types, target, keys, sizes.
fcm_refusal check_message(std::string_view body, const gateway_options& options, fcm_message& out);

// What the phone's registration says about it, and the quotas.
fcm_refusal check_target(world& w, const fcm_project& project, const fcm_message& message);

// A refusal by its name, for faults: an errorCode, QUOTA_EXCEEDED's two kinds as QUOTA_EXCEEDED and
// RATE_LIMIT_EXCEEDED, ACCESS_TOKEN_EXPIRED, PERMISSION_DENIED, BAD_GATEWAY (HTML). Anything else
// is a 400 with that name.
fcm_refusal refusal_named(std::string_view name);

// The body as google.rpc.Status in JSON; HTML for 502 and 504.
std::string body_of(const fcm_refusal& refusal);

}  // namespace paperboy::simulators

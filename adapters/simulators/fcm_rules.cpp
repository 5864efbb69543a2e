#include "adapters/simulators/fcm_rules.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>

#include "adapters/simulators/fcm_schema.hpp"

namespace paperboy::simulators {
namespace {

namespace json = boost::json;

fcm_refusal argument(std::string message, std::string field_name) {
  fcm_refusal out = refusal_named("INVALID_ARGUMENT");
  out.message = std::move(message);
  out.field = std::move(field_name);
  return out;
}

bool all_of_set(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [others](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           others.find(c) != others.npos;
  });
}

fcm_refusal check_recipient(const json::object& message, const gateway_options& options,
                            fcm_message& out) {
  constexpr std::array<std::string_view, 4> targets{"token", "fid", "topic", "condition"};
  std::string_view chosen;
  for (const std::string_view target : targets) {
    const std::string_view text = text_at(&message, target);
    if (find(message, target) == nullptr || text.empty()) continue;
    if (!chosen.empty())
      return bad_field("message",
                       "Invalid value at 'message' (oneof), oneof field 'target' is "
                       "already set. Cannot set '" +
                           std::string(target) + "'");
    chosen = target;
    out.target = text;
  }
  if (chosen.empty()) {
    fcm_refusal refusal = argument("Recipient of the message is not set.", "message");
    refusal.field_first = true;
    return refusal;
  }
  out.to_device = chosen == "token" || chosen == "fid";
  const bool good = chosen == "token"
                        ? out.target.size() >= options.shortest_fcm_token &&
                              out.target.size() <= 4096 && all_of_set(out.target, "-_:")
                    : chosen == "fid"   ? out.target.size() >= 20 && all_of_set(out.target, "-_")
                    : chosen == "topic" ? all_of_set(out.target, "-_.~%")
                                        : true;
  if (good) return {};
  return argument(chosen == "token" ? "The registration token is not a valid FCM registration token"
                                    : "Invalid " + std::string(chosen) + ".",
                  "message." + std::string(chosen));
}

fcm_refusal check_data_keys(const json::object* data) {
  if (data == nullptr) return {};
  for (const auto& entry : *data) {
    const std::string_view key = entry.key();
    if (key == "from" || key == "message_type" || key.starts_with("google") ||
        key.starts_with("gcm"))
      return argument("Invalid data payload key: " + std::string(key), "");
  }
  return {};
}

fcm_refusal check_ttl(std::string_view ttl) {
  constexpr std::int64_t four_weeks = 28LL * 24 * 3600;
  if (ttl.empty()) return {};
  std::int64_t seconds = 0;
  std::from_chars(ttl.data(), ttl.data() + ttl.size(), seconds);
  if (ttl.front() == '-')
    return argument("Invalid value (" + std::string(ttl) + "): TTL must be non-negative",
                    "message.android.ttl");
  return seconds > four_weeks
             ? argument("TTL must be between 0 and 2419200 seconds", "message.android.ttl")
             : fcm_refusal{};
}

std::size_t text_size(const json::object* object) {
  std::size_t size = 0;
  if (object != nullptr)
    for (const auto& entry : *object)
      if (entry.value().is_string()) size += entry.key().size() + entry.value().get_string().size();
  return size;
}

}  // namespace

fcm_refusal check_message(std::string_view body, const gateway_options& options, fcm_message& out) {
  std::array<unsigned char, 16 * 1024> room;
  json::monotonic_resource memory(room.data(), room.size());
  boost::system::error_code error;
  const json::value root = json::parse(body, error, &memory);
  if (error) return bad_field("", "Invalid JSON payload received. " + error.message());
  if (fcm_refusal refusal = check_schema(root)) return refusal;
  const json::value* dry = find(root.get_object(), "validate_only");
  out.validate_only = dry != nullptr && dry->is_bool() && dry->get_bool();
  const json::object* message = object_at(&root.get_object(), "message");
  if (message == nullptr) {
    fcm_refusal refusal = argument("Recipient of the message is not set.", "message");
    refusal.field_first = true;
    return refusal;
  }
  if (fcm_refusal refusal = check_recipient(*message, options, out)) return refusal;

  const json::object* android = object_at(message, "android");
  const json::object* shown = object_at(android, "notification");
  const json::object* data = object_at(message, "data");
  if (fcm_refusal refusal = check_data_keys(data)) return refusal;
  if (fcm_refusal refusal = check_data_keys(object_at(android, "data"))) return refusal;
  out.ttl = text_at(android, "ttl");
  if (fcm_refusal refusal = check_ttl(out.ttl)) return refusal;
  out.priority = text_at(android, "priority");
  if (!out.priority.empty() && out.priority != "HIGH" && out.priority != "NORMAL" &&
      out.priority != "high" && out.priority != "normal")
    return wrong_type("message.android.priority",
                      "type.googleapis.com/google.firebase.fcm.v1.AndroidMessagePriority",
                      *find(*android, "priority"));
  const std::size_t size =
      text_size(object_at(message, "notification")) + text_size(data) + text_size(shown);
  if (size > (out.to_device ? 4096U : 2048U)) {
    fcm_refusal refusal = refusal_named("INVALID_ARGUMENT");
    refusal.error_code = {};
    refusal.message = "Android message is too big";
    return refusal;
  }
  out.notification = object_at(message, "notification") != nullptr || shown != nullptr;
  out.apns = object_at(message, "apns") != nullptr;
  out.collapse_key = text_at(android, "collapse_key");
  out.tag = text_at(shown, "tag");
  out.channel = text_at(shown, "channel_id");
  return {};
}

fcm_refusal check_target(world& w, const fcm_project& project, const fcm_message& message) {
  if (!message.to_device) return {};
  const phone* p = w.phones.find(message.target);
  if (p == nullptr && !w.options.accept_any_device) return refusal_named("UNREGISTERED");
  if (p != nullptr) {
    if (p->state == phone_state::other_sender ||
        (!p->topic.empty() && p->topic != project.project_id))
      return refusal_named("SENDER_ID_MISMATCH");
    if (p->state != phone_state::registered) return refusal_named("UNREGISTERED");
    if (p->apple && !project.apns_key_good) return refusal_named("THIRD_PARTY_AUTH_ERROR");
  }
  const gateway_options& o = w.options;
  if (o.device_limit != 0 && !message.validate_only &&
      w.phones.too_many(message.target, o.device_limit, o.device_window, w.now()))
    return refusal_named("QUOTA_EXCEEDED");
  return {};
}

}  // namespace paperboy::simulators

#include "adapters/simulators/fcm_rules.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <span>

namespace paperboy::simulators {
namespace {

namespace json = boost::json;

enum class kind : std::uint8_t {
  text,
  text_map,
  text_list,
  boolean,
  number,
  duration,
  object,
  any
};

struct field {
  std::string_view name;  // snake_case; lowerCamelCase is taken as well, as proto3 JSON does
  kind what;
  std::span<const field> inside{};
};

constexpr std::array<field, 1> options_fields{{{"analytics_label", kind::text}}};
constexpr std::array<field, 27> android_notification_fields{
    {{"title", kind::text},
     {"body", kind::text},
     {"icon", kind::text},
     {"color", kind::text},
     {"sound", kind::text},
     {"tag", kind::text},
     {"click_action", kind::text},
     {"body_loc_key", kind::text},
     {"body_loc_args", kind::text_list},
     {"title_loc_key", kind::text},
     {"title_loc_args", kind::text_list},
     {"channel_id", kind::text},
     {"ticker", kind::text},
     {"sticky", kind::boolean},
     {"event_time", kind::text},
     {"local_only", kind::boolean},
     {"notification_priority", kind::text},
     {"default_sound", kind::boolean},
     {"default_vibrate_timings", kind::boolean},
     {"default_light_settings", kind::boolean},
     {"vibrate_timings", kind::text_list},
     {"visibility", kind::text},
     {"notification_count", kind::number},
     {"light_settings", kind::any},
     {"image", kind::text},
     {"bypass_proxy_notification", kind::boolean},
     {"proxy", kind::text}}};
constexpr std::array<field, 10> android_fields{
    {{"collapse_key", kind::text},
     {"priority", kind::text},
     {"ttl", kind::duration},
     {"restricted_package_name", kind::text},
     {"data", kind::text_map},
     {"notification", kind::object, android_notification_fields},
     {"fcm_options", kind::object, options_fields},
     {"direct_boot_ok", kind::boolean},
     {"bandwidth_constrained_ok", kind::boolean},
     {"restricted_satellite_ok", kind::boolean}}};
constexpr std::array<field, 2> apns_options_fields{
    {{"analytics_label", kind::text}, {"image", kind::text}}};
constexpr std::array<field, 4> apns_fields{{{"headers", kind::text_map},
                                            {"payload", kind::any},
                                            {"fcm_options", kind::object, apns_options_fields},
                                            {"live_activity_token", kind::text}}};
constexpr std::array<field, 4> webpush_fields{{{"headers", kind::text_map},
                                               {"data", kind::text_map},
                                               {"notification", kind::any},
                                               {"fcm_options", kind::any}}};
constexpr std::array<field, 3> notification_fields{
    {{"title", kind::text}, {"body", kind::text}, {"image", kind::text}}};
constexpr std::array<field, 11> message_fields{{{"name", kind::text},
                                                {"token", kind::text},
                                                {"fid", kind::text},
                                                {"topic", kind::text},
                                                {"condition", kind::text},
                                                {"data", kind::text_map},
                                                {"notification", kind::object, notification_fields},
                                                {"android", kind::object, android_fields},
                                                {"apns", kind::object, apns_fields},
                                                {"webpush", kind::object, webpush_fields},
                                                {"fcm_options", kind::object, options_fields}}};
constexpr std::array<field, 2> envelope_fields{
    {{"validate_only", kind::boolean}, {"message", kind::object, message_fields}}};

bool same_field(std::string_view key, std::string_view snake) {
  if (key == snake) return true;
  std::size_t k = 0;
  bool upper = false;
  for (const char c : snake) {
    if (c == '_') {
      upper = true;
      continue;
    }
    const char wanted = upper ? static_cast<char>(c - 'a' + 'A') : c;
    if (k == key.size() || key[k++] != wanted) return false;
    upper = false;
  }
  return k == key.size();
}

const json::value* find(const json::object& object, std::string_view snake) {
  for (const auto& entry : object)
    if (same_field(entry.key(), snake)) return &entry.value();
  return nullptr;
}

std::string_view text_at(const json::object* object, std::string_view name) {
  const json::value* value = object == nullptr ? nullptr : find(*object, name);
  return value == nullptr || !value->is_string() ? std::string_view{}
                                                 : std::string_view(value->get_string());
}

const json::object* object_at(const json::object* object, std::string_view name) {
  const json::value* value = object == nullptr ? nullptr : find(*object, name);
  return value == nullptr ? nullptr : value->if_object();
}

fcm_refusal bad_field(std::string field, std::string message) {
  fcm_refusal out;
  out.http = 400;
  out.status = "INVALID_ARGUMENT";
  out.field = std::move(field);
  out.message = std::move(message);
  return out;
}

fcm_refusal wrong_type(const std::string& path, std::string_view type, const json::value& value) {
  return bad_field(path, "Invalid value at '" + path + "' (" + std::string(type) + "), " +
                             json::serialize(value));
}

fcm_refusal check_texts(const json::value& value, const std::string& path) {
  const json::object* map = value.if_object();
  if (map == nullptr) return wrong_type(path, "Map", value);
  std::size_t index = 0;
  for (const auto& entry : *map) {
    if (!entry.value().is_string())
      return wrong_type(path + "[" + std::to_string(index) + "].value", "TYPE_STRING",
                        entry.value());
    ++index;
  }
  return {};
}

// "3.5s", at most nine digits after the point; what it is worth is checked later.
bool is_duration(std::string_view text) {
  if (text.size() < 2 || text.back() != 's') return false;
  text.remove_suffix(1);
  if (text.front() == '-') text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view part = point == text.npos ? "0" : text.substr(point + 1);
  const auto digits = [](std::string_view t, std::size_t most) {
    return !t.empty() && t.size() <= most && t.find_first_not_of("0123456789") == t.npos;
  };
  return digits(whole, 12) && digits(part, 9);
}

fcm_refusal check_fields(const json::value& value, std::span<const field> fields,
                         const std::string& path);

fcm_refusal check_field(const json::value& value, const field& f, const std::string& path) {
  constexpr std::string_view duration = "type.googleapis.com/google.protobuf.Duration";
  if (value.is_null()) return {};
  switch (f.what) {
    case kind::text:
      return value.is_string() ? fcm_refusal{} : wrong_type(path, "TYPE_STRING", value);
    case kind::boolean:
      return value.is_bool() ? fcm_refusal{} : wrong_type(path, "TYPE_BOOL", value);
    case kind::number:
      return value.is_number() ? fcm_refusal{} : wrong_type(path, "TYPE_INT32", value);
    case kind::duration:
      return value.is_string() && is_duration(value.get_string())
                 ? fcm_refusal{}
                 : wrong_type(path, duration, value);
    case kind::text_list:
      return value.is_array() ? fcm_refusal{} : wrong_type(path, "repeated TYPE_STRING", value);
    case kind::text_map:
      return check_texts(value, path);
    case kind::object:
      return check_fields(value, f.inside, path);
    case kind::any:
      return {};
  }
  return {};
}

fcm_refusal check_fields(const json::value& value, std::span<const field> fields,
                         const std::string& path) {
  const json::object* object = value.if_object();
  if (object == nullptr) return wrong_type(path, "Message", value);
  for (const auto& entry : *object) {
    const auto known = std::find_if(fields.begin(), fields.end(), [&entry](const field& f) {
      return same_field(entry.key(), f.name);
    });
    if (known == fields.end())
      return bad_field(
          path, "Invalid JSON payload received. Unknown name \"" + std::string(entry.key()) + "\"" +
                    (path.empty() ? "" : " at '" + path + "'") + ": Cannot find field.");
    const std::string inside =
        path.empty() ? std::string(known->name) : path + "." + std::string(known->name);
    if (fcm_refusal refusal = check_field(entry.value(), *known, inside)) return refusal;
  }
  return {};
}

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
  if (fcm_refusal refusal = check_fields(root, envelope_fields, "")) return refusal;
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

#include "adapters/simulators/fcm_schema.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <span>

namespace paperboy::simulators {

namespace json = boost::json;

namespace {

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

}  // namespace

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

namespace {

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

}  // namespace

fcm_refusal check_schema(const json::value& body) {
  return check_fields(body, envelope_fields, "");
}

}  // namespace paperboy::simulators

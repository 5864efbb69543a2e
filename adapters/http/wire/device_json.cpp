#include "adapters/http/wire/device_json.hpp"

#include <algorithm>

#include "adapters/http/field.hpp"
#include "adapters/http/json_writer.hpp"
#include "adapters/http/object_reader.hpp"
#include "adapters/http/wire/values.hpp"
#include "core/domain/text_time.hpp"

namespace paperboy::http {
namespace {

// Apple's tokens have 32 bytes today. Firebase's carry a colon or are longer, so that what looks
// like this was sent with the wrong platform.
constexpr std::size_t usual_apns_digits = 64;

bool hexadecimal(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); });
}

bool fcm_token_char(char c) noexcept {
  return is_alpha(c) || is_digit(c) ||
         std::string_view("_:-.%~+/=").find(c) != std::string_view::npos;
}

std::optional<platform> read_platform(object_reader& r) {
  if (!r.has("platform")) r.fail("platform", "required", "Write ios or android.");
  const auto text = r.optional_string("platform");
  if (!text) return std::nullopt;
  if (*text == "ios") return platform::ios;
  if (*text == "android") return platform::android;
  r.fail("platform", "unknown-platform", "Write ios or android.");
  return std::nullopt;
}

environment read_environment(object_reader& r, std::optional<platform> p) {
  const auto text = r.optional_string("environment");
  if (!text) return environment::production;
  if (p == platform::android) {
    r.fail("environment", "not-for-android", "Only ios has environments; leave it out.");
  } else if (*text != "production" && *text != "sandbox") {
    r.fail("environment", "unknown-environment", "Write production or sandbox.");
  }
  return *text == "sandbox" ? environment::sandbox : environment::production;
}

std::optional<std::string> read_app_version(object_reader& r) {
  const auto text = r.optional_string("app_version");
  if (!text) return std::nullopt;
  const bool printable =
      std::all_of(text->begin(), text->end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (!printable || text->empty() || text->size() > max_app_version_bytes ||
      text->find_first_not_of(' ') == std::string_view::npos) {
    r.fail("app_version", "invalid-app-version", "Write 1 to 32 printable ASCII characters.");
    return std::nullopt;
  }
  return std::string(*text);
}

void read_token(object_reader& r, std::optional<platform> p, std::string& token) {
  if (!r.has("token")) r.fail("token", "required", "Write the token that the platform gave.");
  const auto text = r.optional_string("token");
  if (!text || !p) return;
  if (auto made = token_from_wire(*p, *text)) {
    token = std::move(*made);
  } else {
    const auto wrong = invalid_token(*p);
    r.fail("token", wrong.code, wrong.detail);
  }
}

}  // namespace

std::optional<std::string> token_from_wire(platform p, std::string_view text) {
  if (p == platform::ios) {
    if (text.empty() || text.size() > max_apns_token_digits) return std::nullopt;
    return from_hex(text);
  }
  if (text.empty() || text.size() > max_fcm_token_bytes ||
      !std::all_of(text.begin(), text.end(), fcm_token_char) ||
      (text.size() == usual_apns_digits && hexadecimal(text))) {
    return std::nullopt;
  }
  return std::string(text);
}

field_error invalid_token(platform p) {
  return {"/token", "invalid-token",
          p == platform::ios
              ? "An ios token has an even number of hexadecimal digits, 2 to 200."
              : "An android token is a registration token of FCM, 1 to 4096 of its characters."};
}

std::string_view to_text(platform p) noexcept {
  return p == platform::ios ? "ios" : "android";
}

std::string_view to_text(environment e) noexcept {
  return e == environment::sandbox ? "sandbox" : "production";
}

registration_body read_registration(const boost::json::value& root,
                                    std::vector<field_error>& faults) {
  registration_body body;
  object_reader r(root, faults);
  if (!r.is_object()) return body;
  const auto p = read_platform(r);
  body.device.platform = p.value_or(platform::ios);
  body.device.gateway_environment = read_environment(r, p);
  read_token(r, p, body.device.token);
  body.device.locale = read_locale(r, "locale").value_or("");
  body.device.time_zone = read_time_zone(r, "time_zone").value_or("");
  body.device.app_version = read_app_version(r).value_or("");
  if (auto topics = r.optional_object("topics")) {
    topics->each_string([&](std::string_view key, std::optional<std::string_view> text) {
      if (!text) {
        body.topics.emplace_back(key, std::nullopt);
      } else if (const auto wanted = read_frequency(*topics, key, *text)) {
        body.topics.emplace_back(key, wanted);
      }
    });
  }
  body.previous_credential = r.optional_string("previous_credential").value_or("");
  r.unknown_fields();
  return body;
}

device_change_body read_device_change(const boost::json::value& root,
                                      std::vector<field_error>& faults) {
  device_change_body body;
  object_reader r(root, faults);
  if (!r.is_object()) return body;
  if (const auto token = r.optional_string("token")) body.token = *token;
  body.locale = read_locale(r, "locale");
  body.time_zone = read_time_zone(r, "time_zone");
  body.app_version = read_app_version(r);
  r.unknown_fields();
  return body;
}

std::string write_device(const subscriber& s, const device& d, const digest_defaults& defaults) {
  std::string json;
  json_writer w(json);
  w.begin_object()
      .member("device_id", to_text(device_id{s.id, d.number}))
      .member("subscriber_id", to_text(s.id))
      .member("platform", to_text(d.platform));
  if (d.platform == platform::ios) w.member("environment", to_text(d.gateway_environment));
  w.member("locale", d.locale.empty() ? defaults.locale : d.locale)
      .member("time_zone", d.time_zone.empty() ? defaults.time_zone : d.time_zone)
      .key("app_version");
  if (d.app_version.empty()) {
    w.null();
  } else {
    w.value(d.app_version);
  }
  w.member("registered_at", format_instant(d.registered_at)).end_object();
  return json;
}

}  // namespace paperboy::http

#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/domain/field_error.hpp"
#include "core/domain/subscriber.hpp"

namespace paperboy::http {

inline constexpr std::size_t max_apns_token_digits = 200;  // hexadecimal
inline constexpr std::size_t max_fcm_token_bytes = 4096;
inline constexpr std::size_t max_app_version_bytes = 32;

// The body of POST /v1/devices.
struct registration_body {
  paperboy::device device;  // platform, environment, token, locale, zone and version
  std::vector<std::pair<std::string, std::optional<frequency>>> topics;
  std::string previous_credential;  // empty: none
};
registration_body read_registration(const boost::json::value& root,
                                    std::vector<field_error>& faults);

// The body of PATCH /v1/devices/self. The token is in the form of the wire: which form is right is
// known when the device is.
struct device_change_body {
  std::optional<std::string> token;
  std::optional<std::string> locale;
  std::optional<std::string> time_zone;
  std::optional<std::string> app_version;
};
device_change_body read_device_change(const boost::json::value& root,
                                      std::vector<field_error>& faults);

// As a device keeps it: APNs' hexadecimal digits, an even number of them, become raw bytes; FCM's
// text stays. Nothing for a token that the platform's gateway could not have given.
std::optional<std::string> token_from_wire(platform p, std::string_view text);
field_error invalid_token(platform p);

std::string_view to_text(platform p) noexcept;
std::string_view to_text(environment e) noexcept;

// The device as its owner sees it; what it inherits of the app is filled in. Never its token.
std::string write_device(const subscriber& s, const device& d, const digest_defaults& defaults);

}  // namespace paperboy::http

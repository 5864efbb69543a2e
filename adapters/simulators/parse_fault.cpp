#include <array>
#include <charconv>
#include <limits>

#include "adapters/simulators/fault.hpp"

namespace paperboy::simulators {
namespace {

// RFC 9113 section 7, in order of their numbers.
constexpr std::array<std::string_view, 14> error_codes{"NO_ERROR",
                                                       "PROTOCOL_ERROR",
                                                       "INTERNAL_ERROR",
                                                       "FLOW_CONTROL_ERROR",
                                                       "SETTINGS_TIMEOUT",
                                                       "STREAM_CLOSED",
                                                       "FRAME_SIZE_ERROR",
                                                       "REFUSED_STREAM",
                                                       "CANCEL",
                                                       "COMPRESSION_ERROR",
                                                       "CONNECT_ERROR",
                                                       "ENHANCE_YOUR_CALM",
                                                       "INADEQUATE_SECURITY",
                                                       "HTTP_1_1_REQUIRED"};

template <class Number>
bool read_number(std::string_view text, Number& out) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, out);
  return error == std::errc{} && stopped == end;
}

bool read_duration(std::string_view text, std::chrono::milliseconds& out) {
  std::size_t digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == text.npos || digits > 9) return false;
  std::int64_t count = 0;
  if (!read_number(text.substr(0, digits), count)) return false;
  const std::string_view unit = text.substr(digits);
  if (unit == "ms")
    out = std::chrono::milliseconds(count);
  else if (unit == "s")
    out = std::chrono::seconds(count);
  else if (unit == "m")
    out = std::chrono::minutes(count);
  else if (unit == "h")
    out = std::chrono::hours(count);
  else
    return false;
  return true;
}

bool read_error_code(std::string_view text, std::uint32_t& out) {
  for (std::size_t i = 0; i < error_codes.size(); ++i) {
    if (error_codes[i] != text) continue;
    out = static_cast<std::uint32_t>(i);
    return true;
  }
  return read_number(text, out);
}

bool read_gateway(std::string_view text, std::optional<gateway_name>& out) {
  for (std::size_t i = 0; i < gateway_count; ++i) {
    const auto gateway = static_cast<gateway_name>(i);
    if (name_of(gateway) != text) continue;
    out = gateway;
    return true;
  }
  return false;
}

bool read_last(std::string_view text, goaway_last& out) {
  if (text == "this")
    out = goaway_last::this_one;
  else if (text == "before")
    out = goaway_last::before_this_one;
  else if (text == "none")
    out = goaway_last::none;
  else
    return false;
  return true;
}

template <class Number>
bool read_optional(std::string_view text, std::optional<Number>& out) {
  Number value{};
  if (!read_number(text, value)) return false;
  out = value;
  return true;
}

bool is_name(std::string_view text) {
  for (const char c : text)
    if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_')
      return false;
  return !text.empty();
}

// The first part: what happens.
bool read_action(std::string_view key, std::string_view value, bool has_value, fault& f) {
  if (key == "reset") {
    f.end = ending::reset;
    f.error_code = 7;
    return !has_value || read_error_code(value, f.error_code);
  }
  if (key == "goaway") {
    f.end = ending::go_away;
    return !has_value || read_error_code(value, f.error_code);
  }
  if (key == "delay") return read_duration(value, f.delay);
  if (key == "streams") return read_optional(value, f.stream_limit);
  if (key == "piece") return read_number(value, f.piece) && f.piece > 0;
  if (has_value) return false;
  if (key == "swallow")
    f.end = ending::swallow;
  else if (key == "half")
    f.end = ending::half;
  else if (key == "close")
    f.end = ending::close;
  else if (key == "freeze")
    f.end = ending::freeze;
  else if (key.find_first_not_of("0123456789") == key.npos)
    return read_number(key, f.status) && f.status >= 200 && f.status <= 599;
  else if (is_name(key))
    f.reason = key;
  else
    return false;
  return true;
}

bool read_condition(std::string_view key, std::string_view value, fault& f) {
  if (key == "gateway") return read_gateway(value, f.gateway);
  if (key == "token") return f.token = value, !value.empty();
  if (key == "every") return read_number(value, f.every) && f.every > 0;
  if (key == "at") return read_number(value, f.at) && f.at > 0;
  if (key == "chance") return read_number(value, f.chance) && f.chance >= 0 && f.chance <= 1;
  if (key == "times") return read_number(value, f.times) && f.times > 0;
  if (key == "status") return read_number(value, f.status) && f.status >= 200 && f.status <= 599;
  if (key == "retry-after") return f.retry_after = value, !value.empty();
  if (key == "timestamp") return read_optional(value, f.timestamp);
  if (key == "last") return read_last(value, f.last);
  if (key == "delay") return read_duration(value, f.delay);
  if (key == "piece") return read_number(value, f.piece) && f.piece > 0;
  if (key == "streams") return read_optional(value, f.stream_limit);
  if (key == "debug") return f.debug = value, true;
  if (key == "body") return f.body = value, true;
  if (key == "twice" && value.empty()) return f.goaway_twice = true;
  if (key == "delivered" && value.empty()) return f.delivered = true;
  return false;
}

// A comma before a space belongs to the text: an HTTP-date has one.
std::size_t separator_in(std::string_view text) {
  std::size_t comma = text.find(',');
  while (comma != text.npos && text.substr(comma + 1).starts_with(' '))
    comma = text.find(',', comma + 1);
  return comma;
}

}  // namespace

std::variant<fault, std::string> parse_fault(std::string_view text) {
  fault f;
  bool first = true;
  std::string_view rest = text;
  while (first || !rest.empty()) {
    const bool takes_all = rest.starts_with("debug=") || rest.starts_with("body=");
    const std::size_t comma = takes_all ? rest.npos : separator_in(rest);
    const std::string_view part = rest.substr(0, comma);
    rest = comma == rest.npos ? std::string_view{} : rest.substr(comma + 1);
    const std::size_t equals = part.find('=');
    const std::string_view key = part.substr(0, equals);
    const std::string_view value = equals == part.npos ? "" : part.substr(equals + 1);
    const bool good =
        first ? read_action(key, value, equals != part.npos, f) : read_condition(key, value, f);
    if (!good)
      return "\"" + std::string(part) + "\" is not " +
             (first ? "an action; write for example \"Unregistered\", \"reset=REFUSED_STREAM\" or "
                      "\"delay=2s\""
                    : "a condition; write for example \"gateway=apns\", \"token=00fc*\" or "
                      "\"every=100\"");
    first = false;
  }
  return f;
}

}  // namespace paperboy::simulators

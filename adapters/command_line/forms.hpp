#pragma once

#include <string>
#include <string_view>

#include "adapters/command_line/section.hpp"

namespace paperboy::command_line::forms {

extern const text_form<listen_address> listen;
extern const text_form<sha256_digest> sha256;
extern const text_form<std::string> address_range;  // "10.0.0.0/8", "2001:db8::/32", one address
extern const text_form<std::string> redis_text;     // anything; redis::parse_url() reads it
extern const text_form<log_level> level;
extern const text_form<std::string> plain;  // 1 to 200 printable characters
extern const text_form<std::string> app_id;
extern const text_form<std::string> client_key;
extern const text_form<std::string> scope;
extern const text_form<std::string> host_name;  // in lower case
extern const text_form<std::string> locale;     // in canonical case
extern const text_form<std::string> time_zone;
extern const text_form<std::chrono::minutes> time_of_day;
extern const text_form<unsigned> weekday;       // 0 is Monday
extern const text_form<bool> readers_language;  // "reader" or "any"
extern const text_form<std::string> bundle_id;
extern const text_form<std::string> apple_id;      // of a team or key
extern const text_form<std::string> https_origin;  // scheme, host and port, without a last slash
extern const text_form<std::string> https_url;
extern const text_form<std::string> web_url;  // http:// too
extern const text_form<std::string> topic_key;

// 127.0.0.0/8 and ::1, IPv4-mapped included.
bool is_loopback(const listen_address& a) noexcept;

}  // namespace paperboy::command_line::forms

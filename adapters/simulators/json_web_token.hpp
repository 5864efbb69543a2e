#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace paperboy::simulators {

// A compact JWS (RFC 7515) taken apart. Missing claims are empty.
struct json_web_token {
  std::string algorithm;                   // header "alg"
  std::string key_id;                      // header "kid"
  std::string issuer;                      // "iss"
  std::string audience;                    // "aud", a string only
  std::string scope;                       // "scope"
  std::optional<std::int64_t> issued_at;   // "iat", a whole number of seconds
  std::optional<std::int64_t> expires_at;  // "exp"
  std::string signed_part;                 // "<header>.<claims>" as sent
  std::string signature;                   // decoded bytes
};

// Nothing when it is not three parts of base64url whose first two are JSON objects. Padded and
// standard base64 is read as well, as Apple's service does, unless `strict`.
std::optional<json_web_token> read_json_web_token(std::string_view text, bool strict);

// How an ES256 signature may be encoded: RFC 7518 section 3.4 wants r||s, 64 bytes; APNs takes DER
// too.
enum class signature_form : std::uint8_t { raw_only, raw_or_der };

// `key` is PEM, public or private. Slow (tens of microseconds): callers remember what they
// verified.
bool verify_es256(const json_web_token& token, std::string_view key, signature_form form);
bool verify_rs256(const json_web_token& token, std::string_view key);

}  // namespace paperboy::simulators

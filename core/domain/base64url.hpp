#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace paperboy {

// Base64 for URLs without padding (RFC 4648 section 5), as JOSE wants it.
std::string to_base64url(std::string_view bytes);
// Writes ceil(4 * size / 3) characters to `out` and returns the end.
char* to_base64url(std::string_view bytes, char* out) noexcept;

// Nothing for what to_base64url() would not have written: each value has one spelling.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace paperboy

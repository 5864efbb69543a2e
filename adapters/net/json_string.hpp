#pragma once

#include <string>
#include <string_view>

namespace paperboy::net {

// Appends `text` as the inside of a JSON string (RFC 8259 section 7), without quotes, escaped as
// core/domain/payload.hpp says: what must be, and no more. `text` is valid UTF-8.
void append_json_text(std::string& out, std::string_view text);

// Whether append_json_text() would change anything.
bool needs_json_escapes(std::string_view text) noexcept;

// `"key":"value"`.
void append_json_member(std::string& out, std::string_view key, std::string_view value);

}  // namespace paperboy::net

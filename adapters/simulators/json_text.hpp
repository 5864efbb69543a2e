#pragma once

#include <string>
#include <string_view>

namespace paperboy::simulators {

// Appends `text` as a JSON string with its quotes (RFC 8259 section 7). Bytes above 0x7f go out as
// they are.
void append_json_string(std::string& out, std::string_view text);

}  // namespace paperboy::simulators

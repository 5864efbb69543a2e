#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace paperboy::command_line {

// "pk_live_" and 43 digits of base 62 (0-9A-Za-z): 256 random bits. std::runtime_error where the
// system has no randomness to give.
std::string make_api_key();

// The [[api_key]] section for a key: its SHA-256, not the key.
std::string api_key_section(std::string_view key, std::string_view name,
                            const std::vector<std::string>& scopes,
                            const std::vector<std::string>& apps);

}  // namespace paperboy::command_line

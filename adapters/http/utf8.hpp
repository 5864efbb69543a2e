#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace paperboy::http {

// Where well-formed UTF-8 ends (Unicode table 3-7: no overlong forms, no surrogates, nothing above
// U+10FFFF): the offset of the first byte of the ill-formed sequence; none if all is well.
std::optional<std::size_t> invalid_utf8_at(std::string_view text) noexcept;

}  // namespace paperboy::http

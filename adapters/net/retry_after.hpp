#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace paperboy::net {

// Retry-After (RFC 9110 section 10.2.3): seconds, or an HTTP date in any of its three forms. A date
// that has passed is zero seconds; more than a day is a day; what is neither is nothing.
std::optional<std::chrono::seconds> read_retry_after(std::string_view value,
                                                     std::chrono::system_clock::time_point now);

}  // namespace paperboy::net

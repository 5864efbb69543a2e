#pragma once

#include <cstdint>
#include <string_view>

namespace paperboy::bench {

// Sends `request` over `connections` kept-alive connections to loopback, one at a time on each,
// until `requests` were answered. Every answer has the length of the first. Throws
// std::runtime_error when a connection ends or the first answer is not a success. Runs on the
// calling thread.
void load(std::uint16_t port, std::string_view request, std::size_t connections,
          std::size_t requests);

}  // namespace paperboy::bench

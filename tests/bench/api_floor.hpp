#pragma once

#include <cstdint>

namespace paperboy::bench {

// Beast, answering every request on 127.0.0.1 with one constant: what any server on it has to pay.
// Does not return.
void serve_constant(std::uint16_t port);

}  // namespace paperboy::bench

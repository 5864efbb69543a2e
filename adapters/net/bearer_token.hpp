#pragma once

#include <cstdint>
#include <string>

namespace paperboy::net {

// What a gateway is shown with each push (RFC 6750). Pushes hold the one that they were written with.
struct bearer_token {
  std::string authorization;     // the header's value: "bearer <token>"
  std::uint64_t generation = 0;  // rises with each token of one issuer
};

}  // namespace paperboy::net

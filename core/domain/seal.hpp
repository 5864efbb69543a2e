#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace paperboy {

// A keyed MAC with the installation's secret (HMAC-SHA-256, truncated): what carries it was made by
// this installation. `purpose` separates uses: a credential never opens as an edition.
class seal {
 public:
  using mac = std::array<std::uint8_t, 16>;

  virtual ~seal() = default;
  virtual mac sign(std::string_view purpose, std::string_view bytes) const = 0;
};

}  // namespace paperboy

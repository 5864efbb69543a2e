#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/domain/identifiers.hpp"
#include "core/domain/seal.hpp"

namespace paperboy {

// What a genuine credential says. Whether it still counts is the record's to say: its device is
// there, live, and of this generation.
struct opened_credential {
  device_id device;
  std::uint32_t generation = 0;

  friend bool operator==(const opened_credential&, const opened_credential&) = default;
};

// "pd_", 50 digits of base 62, 6 digits of check sum.
inline constexpr std::size_t device_credential_bytes = 59;

// Device credentials: a device's id and generation under the installation's seal, so that nothing
// is stored for them. A new generation ends all earlier ones.
//
// The digits are a number in base 62 (0-9A-Za-z, most significant first) of a fixed width: device
// id 17 bytes, generation 4 bytes little-endian, MAC 16 bytes. The check sum is CRC-32 (ISO 3309,
// as zlib has it) of everything before it.
class device_credentials {
 public:
  // `installation` outlives this.
  explicit device_credentials(const seal& installation) : seal_(installation) {}

  std::string issue(const device_id& device, std::uint32_t generation) const;

  // None for what this installation did not issue. A text of another shape or with a wrong check
  // sum is refused before a MAC is computed; MACs are compared in constant time.
  std::optional<opened_credential> open(std::string_view text) const;

 private:
  const seal& seal_;
};

}  // namespace paperboy

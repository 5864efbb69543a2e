#pragma once

#include <memory>
#include <string_view>

#include "core/domain/seal.hpp"

namespace paperboy::net {

// HMAC-SHA-256 (RFC 2104, FIPS 180-4) of the purpose's length in one byte, the purpose, and the
// bytes; cut to its first 16 bytes (RFC 2104, section 5). May be used by several threads.
class hmac_seal final : public seal {
 public:
  // `secret`: at least 16 bytes, else std::invalid_argument. std::runtime_error if OpenSSL has no
  // HMAC.
  explicit hmac_seal(std::string_view secret);
  ~hmac_seal() override;
  hmac_seal(const hmac_seal&) = delete;
  hmac_seal& operator=(const hmac_seal&) = delete;

  // `purpose`: at most 255 bytes. Throws std::bad_alloc if OpenSSL is out of memory.
  mac sign(std::string_view purpose, std::string_view bytes) const override;

 private:
  struct state;
  std::unique_ptr<const state> state_;
};

}  // namespace paperboy::net

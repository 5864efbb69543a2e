#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/domain/notification.hpp"
#include "core/ports/gateway.hpp"

namespace paperboy::apns {

// A notification as Apple wants it (core/domain/payload.hpp has the shape), but for the message id,
// which has a hole of its own: body = head + id + tail.
struct prepared final : prepared_message {
  explicit prepared(const notification& n);

  std::string_view head(bool quiet) const noexcept { return quiet ? quiet_head_ : loud_head_; }
  std::string_view tail() const noexcept { return tail_; }
  std::uint64_t collapse_seed() const noexcept { return collapse_seed_; }

 private:
  std::string loud_head_;
  std::string quiet_head_;
  std::string tail_;
  std::uint64_t collapse_seed_;  // stands for what a copy is a copy of: kind and scope
};

// apns-collapse-id: base64url of a 128-bit hash of kind, scope and device token, so that it is the
// same for every copy and never passes Apple's 64 bytes.
inline constexpr std::size_t collapse_id_size = 22;
std::array<char, collapse_id_size> collapse_id(const prepared& message, std::string_view token);

// ":path" of a device: its raw token in lower-case hex. `out` has room for path_size(token).
inline constexpr std::string_view path_start = "/3/device/";
constexpr std::size_t path_size(std::string_view token) noexcept {
  return path_start.size() + 2 * token.size();
}
void write_path(std::string_view token, char* out) noexcept;

}  // namespace paperboy::apns

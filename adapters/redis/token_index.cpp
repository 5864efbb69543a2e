#include "adapters/redis/token_index.hpp"

#include <algorithm>

namespace paperboy::redis {
namespace {

constexpr std::size_t device_bytes = 17;

void put(std::string& out, const device_id& id) {
  out += id.subscriber.view();
  out += static_cast<char>(id.number);
}

device_id get(std::string_view bytes) noexcept {
  return {subscriber_id_from(bytes), static_cast<std::uint8_t>(bytes[16])};
}

}  // namespace

std::string pack(const token_entry& entry) {
  std::string bytes;
  if (!entry.owner && !entry.pending) return bytes;
  if (entry.owner) {
    put(bytes, *entry.owner);
  } else {
    bytes.assign(device_bytes, '\0');
  }
  if (entry.pending) put(bytes, *entry.pending);
  return bytes;
}

result<token_entry> unpack_token_entry(std::string_view bytes) {
  token_entry entry;
  if (bytes.empty()) return entry;
  if (bytes.size() != device_bytes && bytes.size() != 2 * device_bytes) return errc::protocol;
  const auto first = bytes.substr(0, device_bytes);
  if (std::any_of(first.begin(), first.end(), [](char c) { return c != '\0'; })) {
    entry.owner = get(first);
  }
  if (bytes.size() > device_bytes) entry.pending = get(bytes.substr(device_bytes));
  return entry;
}

}  // namespace paperboy::redis

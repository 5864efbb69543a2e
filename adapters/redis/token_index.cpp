#include "adapters/redis/token_index.hpp"

#include <algorithm>
#include <cstring>

namespace paperboy::redis {
namespace {

constexpr std::size_t device_bytes = 11;
// Bytes of the id: as many from the front, then the rest from the back.
constexpr std::size_t front = 4;
constexpr std::size_t back = 10;

void put(std::string& out, const indexed_device& d) {
  out.append(reinterpret_cast<const char*>(d.subscriber.data()), d.subscriber.size());
  out += static_cast<char>(d.number);
}

indexed_device get(std::string_view bytes) noexcept {
  indexed_device d;
  std::memcpy(d.subscriber.data(), bytes.data(), d.subscriber.size());
  d.number = static_cast<std::uint8_t>(bytes[d.subscriber.size()]);
  return d;
}

}  // namespace

indexed_device::indexed_device(const device_id& id) noexcept : number(id.number) {
  const auto& whole = id.subscriber.bytes;
  std::memcpy(subscriber.data(), whole.data(), front);
  std::memcpy(subscriber.data() + front, whole.data() + back, whole.size() - back);
}

subscriber_id indexed_device::found_by() const noexcept {
  subscriber_id id;
  std::memcpy(id.bytes.data(), subscriber.data(), front);
  std::memcpy(id.bytes.data() + back, subscriber.data() + front, id.bytes.size() - back);
  return id;
}

bool indexed_device::belongs_to(const subscriber_id& id) const noexcept {
  return subscriber == indexed_device({id, 0}).subscriber;
}

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

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace paperboy::http {

// An IP address; IPv4 stands as ::ffff:a.b.c.d, so that a peer seen through a dual-stack socket is
// the same as one seen through an IPv4 socket.
struct address {
  std::array<std::uint8_t, 16> bytes{};

  friend bool operator==(const address&, const address&) = default;
  bool is_v4() const noexcept;
  bool is_loopback() const noexcept;
  // What limits count by: an IPv4 address alone, an IPv6 address with its /64 neighbours.
  address network() const noexcept;
};

// Numeric form only, no zone, no port. An IPv6 address may stand in brackets.
std::optional<address> parse_address(std::string_view text) noexcept;
std::string to_text(const address& a);

// `10.0.0.0/8`, `2001:db8::/32`, or one address.
struct address_range {
  address first;
  unsigned bits = 128;  // of the 128-bit form

  bool contains(const address& a) const noexcept;
};

std::optional<address_range> parse_range(std::string_view text) noexcept;

// Who really asks: the peer itself, or, where the peer is a trusted proxy, the last address of
// X-Forwarded-For that is not one. What cannot be read there ends the search at the proxy before
// it.
address client_address(const address& peer, std::string_view forwarded_for,
                       const std::vector<address_range>& trusted) noexcept;

}  // namespace paperboy::http

template <>
struct std::hash<paperboy::http::address> {
  std::size_t operator()(const paperboy::http::address& a) const noexcept;
};

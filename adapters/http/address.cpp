#include "adapters/http/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "adapters/http/field.hpp"

namespace paperboy::http {
namespace {

constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool trusted_by(const std::vector<address_range>& ranges, const address& a) noexcept {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&a](const address_range& range) { return range.contains(a); });
}

}  // namespace

bool address::is_v4() const noexcept {
  return std::equal(v4_prefix.begin(), v4_prefix.end(), bytes.begin());
}

bool address::is_loopback() const noexcept {
  if (is_v4()) return bytes[12] == 127;
  return std::all_of(bytes.begin(), bytes.end() - 1, [](std::uint8_t b) { return b == 0; }) &&
         bytes[15] == 1;
}

address address::network() const noexcept {
  if (is_v4()) return *this;
  address net = *this;
  std::fill(net.bytes.begin() + 8, net.bytes.end(), std::uint8_t{0});
  return net;
}

std::optional<address> parse_address(std::string_view text) noexcept {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  char terminated[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof terminated) return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::memcpy(terminated, text.data(), text.size());
  terminated[text.size()] = '\0';
  address a;
  if (inet_pton(AF_INET, terminated, a.bytes.data() + 12) == 1) {
    std::copy(v4_prefix.begin(), v4_prefix.end(), a.bytes.begin());
    return a;
  }
  if (inet_pton(AF_INET6, terminated, a.bytes.data()) == 1) return a;
  return std::nullopt;
}

std::string to_text(const address& a) {
  char text[INET6_ADDRSTRLEN];
  if (a.is_v4()) {
    inet_ntop(AF_INET, a.bytes.data() + 12, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, a.bytes.data(), text, sizeof text);
  }
  return text;
}

bool address_range::contains(const address& a) const noexcept {
  const std::size_t whole = bits / 8;
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                  first.bytes.begin())) {
    return false;
  }
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xffU << (8 - bits % 8));
  return ((a.bytes[whole] ^ first.bytes[whole]) & mask) == 0;
}

std::optional<address_range> parse_range(std::string_view text) noexcept {
  const auto slash = text.find('/');
  const auto first = parse_address(text.substr(0, slash));
  if (!first) return std::nullopt;
  if (slash == std::string_view::npos) return address_range{*first, 128};
  const std::string_view length = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  const unsigned most = first->is_v4() ? 32 : 128;
  if (error != std::errc{} || end != length.data() + length.size() || bits > most) {
    return std::nullopt;
  }
  return address_range{*first, first->is_v4() ? bits + 96 : bits};
}

address client_address(const address& peer, std::string_view forwarded_for,
                       const std::vector<address_range>& trusted) noexcept {
  address nearest = peer;
  while (!forwarded_for.empty() && trusted_by(trusted, nearest)) {
    const auto comma = forwarded_for.rfind(',');
    const auto entry =
        comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1);
    forwarded_for =
        comma == std::string_view::npos ? std::string_view{} : forwarded_for.substr(0, comma);
    const auto named = parse_address(trimmed(entry));
    if (!named) break;
    nearest = *named;
  }
  return nearest;
}

}  // namespace paperboy::http

std::size_t std::hash<paperboy::http::address>::operator()(
    const paperboy::http::address& a) const noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, a.bytes.data(), 8);
  std::memcpy(&low, a.bytes.data() + 8, 8);
  // Two rounds of a 64-bit finalizer: IPv6 peers choose their low half, and buckets are few.
  std::uint64_t mixed = (high ^ 0x9e3779b97f4a7c15ULL) * 0xbf58476d1ce4e5b9ULL;
  mixed ^= mixed >> 31;
  mixed = (mixed ^ low) * 0x94d049bb133111ebULL;
  return mixed ^ (mixed >> 29);
}

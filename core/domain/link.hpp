#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace paperboy {

// What a link or picture must be before it reaches a phone (security: no other scheme, nobody's
// password, no address of the phone's own network, no host that reads like another).
enum class link_fault : std::uint8_t {
  empty,
  too_long,       // more than 2,048 bytes
  bad_character,  // not of RFC 3986: space, control, `\`, `"`, anything outside ASCII; a lone `%`
  not_https,
  has_userinfo,
  no_host,
  host_not_name,     // an address in any spelling, one label only, or not [A-Za-z0-9.-]
  misleading_host,   // an internationalised name that is invalid or mixes scripts (UTS 39)
  bad_port,          // a port other than 443
  host_not_allowed,  // not among the app's link_hosts
};

std::string_view code(link_fault fault) noexcept;      // a stable slug
std::string_view sentence(link_fault fault) noexcept;  // what to write instead

// Checks an absolute URL. `hosts` are the only hosts it may have, compared without case; empty:
// any.
std::optional<link_fault> check_link(std::string_view url, std::span<const std::string> hosts = {});

// The host of a URL that check_link() takes, as written.
std::string_view host_of(std::string_view url) noexcept;

// A DNS name with at least two labels, in ASCII, which no resolver takes for an address.
bool valid_host_name(std::string_view host) noexcept;

}  // namespace paperboy

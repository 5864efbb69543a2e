#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace paperboy::bench {

class gateways;

struct floor_job {
  std::uint16_t port = 0;
  std::string authorization;
  std::string topic;               // of APNs; empty: with FCM's header fields
  std::string body;                // of every push
  std::vector<std::string> paths;  // one a device, in turn
  std::size_t streams = 500;       // in flight
  std::size_t pushes = 100'000;
};

// Sends the pushes with nothing but nghttp2, OpenSSL and one epoll loop: what any sender on these
// libraries has to pay. Returns how many were answered 200; prints and exits when it cannot.
std::size_t send_bare(const floor_job& job);

// To nghttpd, with bodies as long as Paperboy's digests are.
inline constexpr std::size_t apns_body = 393;
inline constexpr std::size_t fcm_body = 760;
floor_job apns_floor(const gateways& ways, std::size_t devices);
floor_job fcm_floor(const gateways& ways);

}  // namespace paperboy::bench

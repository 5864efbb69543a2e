#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "core/domain/outcome.hpp"
#include "tests/bench/children.hpp"

namespace paperboy::bench {

class gateways;
struct floor_job;

// h2load, which comes from nghttp2's authors, with APNs' fields over one connection.
child_cost run_h2load(const floor_job& job);

// A program that sends with somebody else's library: tests/bench/peers/FOLDER, which ops/peers builds.
struct peer {
  const char* folder;
  const char* name;
  platform system;
};
inline constexpr std::array peers{
    peer{"go-apns2", "apns2 (Go)", platform::ios},
    peer{"node-apn", "@parse/node-apn", platform::ios},
    peer{"npm-apns2", "apns2 (npm)", platform::ios},
    peer{"firebase-admin", "firebase-admin sendEach", platform::android},
};

// What all of them are to send.
struct peer_job {
  std::string apns_body;  // JSON, of every push
  std::string fcm_body;   // likewise; the token in it is not looked at
  std::size_t devices = 0;
  std::size_t in_flight = 0;
  std::size_t pushes = 0;
};

// Runs one from the folder that ops/peers made, as a process of its own, to nghttpd. Its start and its
// connection count as well: 0.1 to 0.4 s, against 200,000 pushes 1 to 2 us each.
child_cost run_peer(const peer& one, const std::filesystem::path& built, const gateways& ways,
                    const peer_job& job);

}  // namespace paperboy::bench

#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "adapters/net/gateway_connections.hpp"
#include "core/ports/metrics.hpp"

namespace paperboy::command_line {

// The numbers of the connections of one app to one gateway, as metrics. Several workers may have
// the same app: what they report adds up.
class connection_numbers {
 public:
  // `gateway`: apns, apns_sandbox or fcm.
  connection_numbers(metrics& numbers, const std::string& app, const std::string& gateway);

  // What has happened since the last call; `open` connections are there now.
  void report(const net::connection_counts& now, std::size_t open) noexcept;

 private:
  struct count {
    counter* shown;
    std::uint64_t net::connection_counts::*which;
  };

  std::array<count, 6> counts_;
  gauge& open_;
  net::connection_counts seen_;
  std::size_t seen_open_ = 0;
};

}  // namespace paperboy::command_line

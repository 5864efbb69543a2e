#pragma once

#include <array>
#include <string>

#include "adapters/redis/client.hpp"
#include "core/ports/metrics.hpp"

namespace paperboy::command_line {

// The numbers of one connection to Redis, as metrics. What several threads report adds up.
class redis_numbers {
 public:
  // `role`: api or sender.
  redis_numbers(metrics& numbers, const std::string& role);

  // What has happened since the last call.
  void report(const redis::client_statistics& now) noexcept;

 private:
  counter& commands_;
  counter& connects_;
  gauge& waiting_;
  std::array<counter*, redis::error_kind_count> errors_{};
  redis::client_statistics seen_;
};

}  // namespace paperboy::command_line

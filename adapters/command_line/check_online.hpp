#pragma once

#include <string>
#include <vector>

#include "adapters/command_line/configuration.hpp"

namespace paperboy::command_line {

struct online_finding {
  std::string what;  // "Redis", "app anewz: APNs"
  bool good = false;
  std::string text;  // one sentence, with a remedy where it is not good
};

// Asks Redis and every gateway whether they can be worked with, each within gateway::answer_limit.
// A gateway is sent one push to a device that cannot exist: whoever refuses the device has accepted
// the credential. Nothing is written to Redis; a private server is started only by serve.
std::vector<online_finding> check_online(const configuration& c);

}  // namespace paperboy::command_line

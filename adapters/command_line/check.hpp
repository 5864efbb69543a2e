#pragma once

#include <string>
#include <vector>

#include "adapters/command_line/configuration.hpp"

namespace paperboy::command_line {

// What the configuration means, a line for each part of it, for the operator to read. Shows no
// credential.
std::vector<std::string> summary(const configuration& c);

// What is allowed but probably not meant, a sentence each.
std::vector<std::string> remarks(const configuration& c);

}  // namespace paperboy::command_line

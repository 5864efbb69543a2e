#pragma once

#include <string_view>

#include "adapters/redis/command.hpp"

namespace paperboy::redis {

// A script of scripts/ by its name without ".lua", for the life of the process. A line
// "--@include NAME" in it stands for the text of that other script. A name that is not there is a
// bug: std::logic_error.
const script& run_script(std::string_view name);

}  // namespace paperboy::redis

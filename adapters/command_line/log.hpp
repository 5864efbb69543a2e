#pragma once

#include <string>
#include <string_view>

#include "adapters/command_line/configuration.hpp"

namespace paperboy::command_line {

// Sends everything that is logged through spdlog to standard error, a line each:
//   2026-11-23T22:31:06.123Z info text
// Control characters of the text become spaces, so that what came from outside can neither end a
// line nor colour a terminal. Call once, before other threads.
void set_up_log(log_level least);

// One line as it is written, for tests and for what has to be said before set_up_log().
std::string clean_log_text(std::string_view text);

}  // namespace paperboy::command_line

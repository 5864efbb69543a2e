#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/domain/slot.hpp"

namespace paperboy::command_line {

// The first `count` slots from a local date on, a line each (schedule_line()). Fewer where the years
// that can be written end.
std::vector<std::string> schedule_lines(const zone& z, std::chrono::minutes time, weekdays days,
                                        local_date from, std::size_t count);

}  // namespace paperboy::command_line

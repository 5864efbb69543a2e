#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/command_line/file_newsroom.hpp"
#include "core/flows/previewing.hpp"

namespace paperboy::command_line {

struct preview_frame {
  std::string_view app_name;
  std::string_view time_zone;              // of the app
  const std::vector<std::string>& topics;  // as asked; empty: all
  instant at{};
};

// What `paperboy digest preview` prints.
std::string preview_text(const digest_preview& shown, const file_items& file,
                         const preview_frame& frame);

// JSON with a member or element a line, in its own order. Text that is not JSON comes back as it is.
std::string pretty_json(std::string_view json);

}  // namespace paperboy::command_line

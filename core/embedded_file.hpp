#pragma once

#include <string_view>

namespace paperboy::embedded {

// A file that was compiled into the program: ops/cmake/embed.cmake.
struct file {
  std::string_view name;  // without its folder
  std::string_view text;
};

}  // namespace paperboy::embedded

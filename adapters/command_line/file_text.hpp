#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace paperboy::command_line {

inline constexpr std::size_t longest_text_file = std::size_t{32} * 1024 * 1024;

// All of a file; nothing where it cannot be read, is a folder or longer than that.
std::optional<std::string> file_text(const std::filesystem::path& file);

}  // namespace paperboy::command_line

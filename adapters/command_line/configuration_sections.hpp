#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "adapters/command_line/configuration.hpp"
#include "adapters/command_line/key_files.hpp"
#include "adapters/command_line/section.hpp"

namespace paperboy::command_line {

// Reads the file that `key` names, if it is given: its content, or a finding.
std::optional<std::string> read_named_file(section& s, std::string_view key,
                                           const std::filesystem::path& file, std::size_t limit,
                                           exposure allowed);
void report(section& s, std::string_view key, std::optional<file_fault> fault);
// An optional file of certificates.
void read_ca_file(section& s, std::filesystem::path& into, const std::filesystem::path& base);

// [[app]] with everything below it, and what holds between apps. `lookback` may not be longer than
// items are kept.
void read_apps(section& root, configuration& c, const std::filesystem::path& base);

}  // namespace paperboy::command_line

#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace paperboy::tidy {

inline std::filesystem::path root() { return PAPERBOY_SOURCE_DIR; }

// Files below a folder of the repository whose names end in one of `endings`.
inline std::vector<std::filesystem::path> files(const char* folder,
                                                const std::vector<std::string>& endings) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root() / folder)) {
    const std::string name = entry.path().filename().string();
    for (const auto& ending : endings) {
      if (entry.is_regular_file() && name.ends_with(ending)) found.push_back(entry.path());
    }
  }
  return found;
}

inline std::string read(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string shown(const std::filesystem::path& file) {
  return std::filesystem::relative(file, root()).string();
}

}  // namespace paperboy::tidy

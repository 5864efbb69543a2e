#include "adapters/command_line/file_text.hpp"

#include <array>
#include <fstream>

namespace paperboy::command_line {

std::optional<std::string> file_text(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::string text;
  std::array<char, 64 * 1024> part{};
  while (in) {
    in.read(part.data(), part.size());
    text.append(part.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > longest_text_file) return std::nullopt;
  }
  // A file that cannot be opened and a folder end otherwise than at their end.
  if (!in.eof()) return std::nullopt;
  return text;
}

}  // namespace paperboy::command_line

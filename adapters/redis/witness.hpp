#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace paperboy::redis {

// The generations of an installation's shards in a file beside Redis's data, one a line. An empty
// path is a file that is never there.

// Empty where there is no file, or none of ours.
std::vector<std::string> read_witness(const std::filesystem::path& file);

// Replaces the file, mode 0600, on the disk when it returns. False if that failed; true for an
// empty path.
bool write_witness(const std::filesystem::path& file, const std::vector<std::string>& generations);

void forget_witness(const std::filesystem::path& file) noexcept;

}  // namespace paperboy::redis

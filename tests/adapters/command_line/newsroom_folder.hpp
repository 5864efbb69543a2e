#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace paperboy::command_line {

// A folder of its own under the system's temporary one, with the key files that configurations
// name, good and bad ones. Removed with everything in it.
class newsroom_folder {
 public:
  newsroom_folder();
  ~newsroom_folder();
  newsroom_folder(const newsroom_folder&) = delete;
  newsroom_folder& operator=(const newsroom_folder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path write(std::string_view name, std::string_view content,
                              unsigned mode = 0600) const;

 private:
  std::filesystem::path path_;
};

// Seven lines: [[app]] with [app.apns] last.
extern const std::string_view whole_app;

}  // namespace paperboy::command_line

#include "adapters/redis/witness.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <string_view>

namespace paperboy::redis {
namespace {

constexpr std::string_view first_line = "paperboy shard generations 1";

class descriptor {
 public:
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool sync_folder(const std::filesystem::path& folder) noexcept {
  const descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.get() >= 0 && ::fsync(opened.get()) == 0;
}

}  // namespace

std::vector<std::string> read_witness(const std::filesystem::path& file) {
  std::vector<std::string> generations;
  if (file.empty()) return generations;
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line) || line != first_line) return generations;
  while (std::getline(in, line)) generations.push_back(line);
  return generations;
}

bool write_witness(const std::filesystem::path& file, const std::vector<std::string>& generations) {
  if (file.empty()) return true;
  std::string text(first_line);
  text += '\n';
  for (const auto& g : generations) text += g + '\n';
  const std::filesystem::path fresh = file.string() + ".new";
  {
    const descriptor out(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (out.get() < 0 || !write_all(out.get(), text) || ::fsync(out.get()) != 0) return false;
  }
  std::error_code failed;
  std::filesystem::rename(fresh, file, failed);
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  return !failed && sync_folder(folder);
}

void forget_witness(const std::filesystem::path& file) noexcept {
  if (file.empty()) return;
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
}

}  // namespace paperboy::redis

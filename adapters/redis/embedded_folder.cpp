#include "adapters/redis/embedded_folder.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

namespace paperboy::redis {
namespace {

constexpr std::uintmax_t log_limit = 10U << 20;

std::string reason(int number) {
  return std::error_code{number, std::system_category()}.message();
}

descriptor open_lock(const std::filesystem::path& file) noexcept {
  return descriptor{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
}

// As redis.conf reads it: quotes, and everything unusual as \xHH.
std::string redis_quoted(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += "\\x";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

// Stable for a folder, so that an orphan's socket is found again.
std::string short_name(const std::filesystem::path& folder) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  const std::string text = folder.string();
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string name = "paperboy-" + std::to_string(::geteuid()) + "-";
  for (std::size_t i = 0; i < 8; ++i) {
    name += digits[digest[i] >> 4];
    name += digits[digest[i] & 15];
  }
  return name;
}

std::string content_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream{file, std::ios::binary}.rdbuf();
  return text.str();
}

bool fits(const std::filesystem::path& socket) noexcept {
  return socket.native().size() < sizeof(sockaddr_un::sun_path);
}

}  // namespace

embedded_folder::embedded_folder(std::filesystem::path folder, std::filesystem::path runtime)
    : folder_(std::move(folder)), runtime_(std::move(runtime)) {}

error_code embedded_folder::wrong(errc code, std::string problem) {
  problem_ = std::move(problem);
  return code;
}

result<void> embedded_folder::make_private(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return wrong(errc::refused, folder.string() + " cannot be made: " + reason(errno));
  }
  // Opened without following a link: in /tmp somebody else may have been there first.
  const descriptor opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  struct stat found{};
  if (!opened || ::fstat(opened.get(), &found) != 0) {
    return wrong(errc::refused, folder.string() + " is no folder of ours: " + reason(errno));
  }
  if (found.st_uid != ::geteuid()) {
    return wrong(errc::refused, folder.string() +
                                    " belongs to another user: give it to the one "
                                    "that runs paperboy, or name another folder");
  }
  if ((found.st_mode & 0777) != 0700 && ::fchmod(opened.get(), 0700) != 0) {
    return wrong(errc::refused, folder.string() + " cannot be made private: " + reason(errno));
  }
  return {};
}

result<void> embedded_folder::choose_socket() {
  socket_ = folder_ / "redis.sock";
  if (fits(socket_)) return {};
  const std::filesystem::path apart = runtime_ / short_name(folder_);
  socket_ = apart / "redis.sock";
  if (!fits(socket_)) {
    return wrong(errc::refused, "the paths of " + folder_.string() + " and " + runtime_.string() +
                                    " are too long for a socket: name a shorter folder");
  }
  return make_private(apart);
}

result<void> embedded_folder::own() {
  std::error_code failed;
  folder_ = std::filesystem::absolute(folder_).lexically_normal();
  if (!folder_.has_filename()) folder_ = folder_.parent_path();
  std::filesystem::create_directories(folder_.parent_path(), failed);
  if (!failed) folder_ = std::filesystem::weakly_canonical(folder_, failed);
  if (failed) {
    return wrong(errc::refused, folder_.string() + " cannot be used: " + failed.message());
  }
  if (auto made = make_private(folder_); !made) return made;
  if (auto taken = take_lock(); !taken) return taken;
  return choose_socket();
}

result<void> embedded_folder::take_lock() {
  const std::filesystem::path file = folder_ / "paperboy.lock";
  descriptor lock = open_lock(file);
  if (!lock) return wrong(errc::refused, file.string() + " cannot be opened: " + reason(errno));
  std::array<char, 24> text{};
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    const ssize_t size = ::pread(lock.get(), text.data(), text.size(), 0);
    std::string owner{text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    owner.resize(std::min(owner.size(), owner.find_first_not_of("0123456789")));
    return wrong(errc::conflict, folder_.string() + " is in use by another paperboy (process " +
                                     (owner.empty() ? "unknown" : owner) +
                                     "): stop that one, or name another folder in [redis] url");
  }
  const std::string mine = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.get(), 0) != 0 ||
      ::pwrite(lock.get(), mine.data(), mine.size(), 0) != static_cast<ssize_t>(mine.size())) {
    return wrong(errc::refused, file.string() + " cannot be written: " + reason(errno));
  }
  lock_ = std::move(lock);
  return {};
}

void embedded_folder::disown() noexcept {
  lock_.close();
}

descriptor embedded_folder::take_server_lock() {
  descriptor lock = open_lock(folder_ / "redis.lock");
  if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) lock.close();
  return lock;
}

result<void> embedded_folder::write_configuration() {
  // The ziplist names are understood by every version; since 7.0 the settings are called
  // hash-max-listpack-…. `save ""`: the append-only file is the one copy on disk, and an end of it
  // that a crash cut off was never answered.
  const std::string text =
      "# Written by paperboy at each start; what is changed here is lost.\n"
      "port 0\n"
      "unixsocket " +
      redis_quoted(socket_.string()) +
      "\n"
      "unixsocketperm 700\n"
      "dir " +
      redis_quoted(folder_.string()) +
      "\n"
      "logfile " +
      redis_quoted(log().string()) +
      "\n"
      "daemonize no\n"
      "save \"\"\n"
      "appendonly yes\n"
      "appendfsync always\n"
      "aof-load-truncated yes\n"
      "maxmemory 0\n"
      "maxmemory-policy noeviction\n"
      "hash-max-ziplist-entries 512\n"
      "hash-max-ziplist-value 512\n";
  // What stands there already is left: a restart needs no room on a disk that is full.
  if (content_of(configuration()) == text) return {};
  const std::filesystem::path fresh = folder_ / "redis.conf.new";
  {
    std::ofstream out{fresh, std::ios::binary | std::ios::trunc};
    out << text;
    out.flush();
    if (!out) return wrong(errc::refused, fresh.string() + " cannot be written");
  }
  std::error_code failed;
  std::filesystem::rename(fresh, configuration(), failed);
  if (failed) {
    return wrong(errc::refused,
                 configuration().string() + " cannot be written: " + failed.message());
  }
  return {};
}

void embedded_folder::turn_log_over() noexcept {
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(log(), failed);
  if (failed || size <= log_limit) return;
  std::filesystem::rename(log(), folder_ / "redis.log.1", failed);
}

std::string embedded_folder::last_words() const {
  std::ifstream in{log(), std::ios::binary | std::ios::ate};
  if (!in) return {};
  constexpr std::streamoff tail = 4096;
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - tail));
  std::string line;
  std::string last;
  while (std::getline(in, line)) {
    if (!line.empty()) last = line;
  }
  last.resize(std::min<std::size_t>(last.size(), 300));
  return last;
}

pid_t embedded_folder::listener() const noexcept {
  const descriptor probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::memcpy(at.sun_path, socket_.c_str(), socket_.native().size());
  if (!probe || ::connect(probe.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) return 0;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(probe.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return 0;
  return peer.uid == ::geteuid() ? peer.pid : 0;
}

}  // namespace paperboy::redis

#include "adapters/redis/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace paperboy::redis {
namespace {

// Debian 12's glibc has pidfd_open(), but not where every supported libc had it: by number.
int open_pidfd(pid_t pid) noexcept {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

class spawn_actions {
 public:
  spawn_actions() { ::posix_spawn_file_actions_init(&actions_); }
  ~spawn_actions() { ::posix_spawn_file_actions_destroy(&actions_); }
  spawn_actions(const spawn_actions&) = delete;
  spawn_actions& operator=(const spawn_actions&) = delete;
  posix_spawn_file_actions_t* get() noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

class spawn_attributes {
 public:
  spawn_attributes() { ::posix_spawnattr_init(&attributes_); }
  ~spawn_attributes() { ::posix_spawnattr_destroy(&attributes_); }
  spawn_attributes(const spawn_attributes&) = delete;
  spawn_attributes& operator=(const spawn_attributes&) = delete;
  posix_spawnattr_t* get() noexcept { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

error_code system_code(int number) noexcept {
  return {number, boost::system::system_category()};
}

}  // namespace

descriptor& descriptor::operator=(descriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void descriptor::close() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

result<process> process::spawn(const std::filesystem::path& program,
                               const std::vector<std::string>& arguments, int kept) {
  spawn_actions actions;
  ::posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(actions.get(), STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(actions.get(), STDOUT_FILENO, STDERR_FILENO);
  // The same number on both sides clears close-on-exec (POSIX.1-2024, glibc 2.29).
  ::posix_spawn_file_actions_adddup2(actions.get(), kept, kept);

  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  spawn_attributes attributes;
  ::posix_spawnattr_setsigmask(attributes.get(), &none);
  ::posix_spawnattr_setsigdefault(attributes.get(), &all);
  ::posix_spawnattr_setflags(
      attributes.get(),
      static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));

  std::string name = program.string();
  std::vector<std::string> texts = arguments;
  std::vector<char*> raw{name.data()};
  for (std::string& text : texts) raw.push_back(text.data());
  raw.push_back(nullptr);

  pid_t pid = 0;
  const int failed =
      ::posix_spawn(&pid, name.c_str(), actions.get(), attributes.get(), raw.data(), environ);
  if (failed != 0) return system_code(failed);
  descriptor pidfd{open_pidfd(pid)};
  if (!pidfd) {
    const error_code why = system_code(errno);
    ::kill(pid, SIGTERM);
    ::waitpid(pid, nullptr, 0);
    return why;
  }
  return process{pid, std::move(pidfd)};
}

result<process> process::adopt(pid_t pid) {
  descriptor pidfd{open_pidfd(pid)};
  if (!pidfd) return errc::not_found;
  return process{pid, std::move(pidfd)};
}

void process::signal(int number) const noexcept {
  if (pidfd_) ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
}

bool process::ended_within(int milliseconds) noexcept {
  if (pid_ == 0) return true;
  pollfd waiting{pidfd_.get(), POLLIN, 0};
  int ready = ::poll(&waiting, 1, milliseconds);
  if (ready < 0 && errno == EINTR) ready = ::poll(&waiting, 1, milliseconds);
  if (ready <= 0) return false;
  ::waitpid(pid_, nullptr, WNOHANG);  // ECHILD for one that was adopted
  pid_ = 0;
  pidfd_.close();
  return true;
}

std::optional<std::filesystem::path> find_program(const std::string& name,
                                                  const std::string& search_path) {
  const auto runs = [](const std::filesystem::path& file) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos) {
    const std::filesystem::path file = std::filesystem::absolute(name);
    return runs(file) ? std::optional{file} : std::nullopt;
  }
  for (std::string_view rest = search_path; !rest.empty();) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(folder.size() < rest.size() ? folder.size() + 1 : rest.size());
    // An empty part or a relative one would mean the current folder: never run what lies there.
    if (!folder.starts_with('/')) continue;
    const std::filesystem::path file = std::filesystem::path{folder} / name;
    if (runs(file)) return file;
  }
  return std::nullopt;
}

}  // namespace paperboy::redis

#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace paperboy::redis {

// A file descriptor that closes itself.
class descriptor {
 public:
  descriptor() noexcept = default;
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept;
  ~descriptor() { close(); }

  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  void close() noexcept;

 private:
  int fd_ = -1;
};

// A process, ours or not, held by a pidfd (pidfd_open(2)): a signal never meets another process
// that was given the same number meanwhile.
class process {
 public:
  process() noexcept = default;

  // Runs `program` (an absolute path) in a session of its own, so that a Ctrl-C meant for us does
  // not reach it, with /dev/null as its standard streams and `kept` open in it under the same
  // number. Nothing kills it when we die.
  static result<process> spawn(const std::filesystem::path& program,
                               const std::vector<std::string>& arguments, int kept);
  // One that runs already. errc::not_found if it does not.
  static result<process> adopt(pid_t pid);

  pid_t pid() const noexcept { return pid_; }          // 0: none
  int pidfd() const noexcept { return pidfd_.get(); }  // readable once it has ended
  explicit operator bool() const noexcept { return pid_ > 0; }

  void signal(int number) const noexcept;
  // True: it has ended within `milliseconds`, and is reaped if it was our child. Blocks.
  bool ended_within(int milliseconds) noexcept;
  bool ended() noexcept { return ended_within(0); }

 private:
  process(pid_t pid, descriptor pidfd) noexcept : pid_(pid), pidfd_(std::move(pidfd)) {}

  pid_t pid_ = 0;
  descriptor pidfd_;
};

// Looks a program up as PATH does; a name with a slash is taken as it is.
std::optional<std::filesystem::path> find_program(const std::string& name,
                                                  const std::string& search_path);

}  // namespace paperboy::redis

#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "adapters/redis/process.hpp"
#include "core/result.hpp"

namespace paperboy::redis {

// The folder of a private server: its locks, its socket's place, its configuration and its log.
class embedded_folder {
 public:
  // `runtime`: where the socket goes if the folder's path is too long for one.
  embedded_folder(std::filesystem::path folder, std::filesystem::path runtime);

  // Makes the folder with mode 0700 and takes `paperboy.lock` for as long as this object lives. On
  // an error problem() is one line: errc::conflict if another program owns it.
  result<void> own();
  void disown() noexcept;

  // Takes `redis.lock` to hand it down to a server. Nothing: a server holds it already.
  descriptor take_server_lock();
  // errc::refused if the file cannot be written.
  result<void> write_configuration();
  // A log beyond 10 MiB is set aside as redis.log.1, replacing the one before.
  void turn_log_over() noexcept;
  // What the server said last, for a message; one line, may be empty.
  std::string last_words() const;
  // Who listens at the socket, by the kernel's word (SO_PEERCRED); 0: nobody.
  pid_t listener() const noexcept;

  const std::filesystem::path& path() const noexcept { return folder_; }
  const std::filesystem::path& socket() const noexcept { return socket_; }
  std::filesystem::path configuration() const { return folder_ / "redis.conf"; }
  std::filesystem::path log() const { return folder_ / "redis.log"; }
  const std::string& problem() const noexcept { return problem_; }

 private:
  error_code wrong(errc code, std::string problem);
  result<void> make_private(const std::filesystem::path& folder);
  result<void> choose_socket();
  result<void> take_lock();

  std::filesystem::path folder_;
  std::filesystem::path runtime_;
  std::filesystem::path socket_;
  descriptor lock_;
  std::string problem_;
};

}  // namespace paperboy::redis

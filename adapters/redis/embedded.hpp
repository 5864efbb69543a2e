#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "adapters/redis/url.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace boost::asio {
class io_context;
}

namespace paperboy::redis {

// One line for the log each time the private server's state changes.
struct embedded_event {
  enum class what : std::uint8_t {
    started,
    adopted,
    died,
    restarted,
    start_failed,
    stopped
  } happened;
  pid_t pid = 0;
  std::string text;
};

struct embedded_settings {
  std::filesystem::path folder;  // made with mode 0700 if it is not there
  std::string program = "redis-server";
  // Where the program is looked for, as in PATH; empty: nowhere.
  std::string search_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  // Where the socket goes if the folder's path is too long for one: XDG_RUNTIME_DIR, or /tmp.
  std::filesystem::path runtime_folder = "/tmp";
  // From the start of the process to its first answer, reading the data set included.
  std::chrono::milliseconds start_limit{std::chrono::minutes{10}};
  // From SIGTERM to SIGKILL. Its log is written through before, nothing is lost by the latter.
  std::chrono::milliseconds stop_limit{std::chrono::seconds{10}};
  // Before the n-th restart of a server that keeps dying, within a second each time: first × 2^n,
  // at most `most`.
  std::chrono::milliseconds restart_first{100};
  std::chrono::milliseconds restart_most{5000};
  // Called on the io_context's thread, must not throw; may be empty.
  std::function<void(const embedded_event&)> on_event;
};

class embedded_process;

// A redis-server of our own on a unix socket in a folder: append-only file with an fsync for each
// write, no eviction, no port. It outlives a killed Paperboy (data first); the next one that opens
// the folder takes it over. A server that dies is started again.
//
// One owner a folder, by a lock on `paperboy.lock`; the server itself holds a lock on `redis.lock`
// for as long as it lives, whoever started it. Its log is `redis.log` in the folder.
class embedded_server {
 public:
  embedded_server(boost::asio::io_context& context, embedded_settings settings);
  // Stops the server too, and blocks for it up to stop_limit: prefer stop().
  ~embedded_server();
  embedded_server(const embedded_server&) = delete;
  embedded_server& operator=(const embedded_server&) = delete;

  // Starts or takes over the server, and returns when it answers. On an error problem() is one
  // line with a remedy: errc::conflict another program owns the folder, errc::not_found there is no
  // redis-server, errc::timed_out it did not answer within start_limit, errc::refused it ended
  // (with its last words) or the folder cannot be used.
  task<result<void>> start();
  // SIGTERM, stop_limit, SIGKILL; returns when it is gone and the folder is free.
  task<void> stop();

  const std::string& problem() const noexcept;
  url where() const;           // unix:…; known after start()
  pid_t pid() const noexcept;  // 0: not running
  std::uint64_t restarts() const noexcept;

 private:
  std::shared_ptr<embedded_process> process_;
};

}  // namespace paperboy::redis

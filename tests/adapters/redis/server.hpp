#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "adapters/redis/client.hpp"
#include "core/task.hpp"

namespace paperboy::redis::testing {

// A folder of its own that goes with the object.
class scratch_folder {
 public:
  scratch_folder();
  ~scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

// A real redis-server on a unix socket in a folder of its own, without persistence unless `options`
// say so. It dies with the object, and with the test program.
class private_server {
 public:
  // As on redis-server's command line: {"--requirepass", "secret"}. Returns when it answers.
  explicit private_server(std::vector<std::string> options = {});
  ~private_server();
  private_server(const private_server&) = delete;
  private_server& operator=(const private_server&) = delete;

  url where() const;
  const std::filesystem::path& folder() const noexcept { return folder_.path(); }
  pid_t pid() const noexcept { return pid_; }

  void kill();     // SIGKILL, and waits for the end
  void restart();  // with the same folder and options; returns when it answers
  void start_without_waiting();
  void freeze();  // SIGSTOP
  void thaw();    // SIGCONT
  void set_options(std::vector<std::string> options) { options_ = std::move(options); }

  // Short limits and no patience: what tests of failures want.
  client_settings settings() const;

 private:
  void wait_until_it_answers();

  scratch_folder folder_;
  std::vector<std::string> options_;
  pid_t pid_ = -1;
};

// A TCP port that was free a moment ago.
std::uint16_t free_port();

// Runs the loop until `work` has ended, for at most a minute; throws what it throws.
void run(boost::asio::io_context& context, task<void> work);

// Lets the loop's other work go on for a turn.
task<void> yield();

// Repeats until `condition` holds, for at most ten seconds, giving the loop its turns.
template <class Condition>
task<bool> eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) co_return false;
    co_await yield();
  }
  co_return true;
}

}  // namespace paperboy::redis::testing

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>

namespace paperboy::bench {

// This thread, and what it starts from now on, runs on that core (of those there are).
void pin_to(unsigned core);
// The same for a process that runs already.
void pin_process(pid_t pid, unsigned core);

// Seconds of CPU that a process has used so far, all its threads, user and system.
double cpu_seconds_of(pid_t pid);
double resident_megabytes_of(pid_t pid);

// Whether somebody listens there within ten seconds.
bool listens(std::uint16_t port);
std::uint16_t free_port();

// A child that runs `body` on the first core, until it is ended with this. Make it before any
// thread is started.
class server_process {
 public:
  explicit server_process(const std::function<void()>& body);
  ~server_process();
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;

  pid_t pid() const noexcept { return pid_; }

 private:
  pid_t pid_;
};

}  // namespace paperboy::bench

#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "adapters/command_line/configuration.hpp"
#include "core/domain/templates.hpp"

namespace paperboy::command_line {

// Why the service cannot start: one line, and the exit status that fits it.
class start_error : public std::runtime_error {
 public:
  start_error(int status, const std::string& text) : std::runtime_error(text), status_(status) {}
  int status() const noexcept { return status_; }

 private:
  int status_;
};

struct service_roles {
  bool api = true;
  bool sender = true;
  std::uint32_t workers = 1;  // sending threads, which share the process's window; 1 to most_workers
};
inline constexpr std::uint32_t most_workers = 64;

// The whole of Paperboy in this process: Redis (embedded where so configured), the public and the
// operator listener, and the sending workers, each on a thread of its own.
class running_service {
 public:
  // Returns when everything accepts. Throws start_error.
  running_service(configuration settings, templates words, service_roles roles);
  ~running_service();
  running_service(const running_service&) = delete;
  running_service& operator=(const running_service&) = delete;

  // "http://127.0.0.1:8080", with the ports that were taken. Empty without the API role.
  const std::string& public_url() const noexcept;
  const std::string& operator_url() const noexcept;

  // SIGHUP: takes keys and certificates that `fresh` holds. Addresses and everything else stay.
  void reload(configuration fresh);

  // Once every watchdog::look_every, until stop(). One line if a thread stands still: the process
  // can only be ended then, without stop(). Empty: all is well.
  std::string stalled();

  // Drains: nothing new is accepted or claimed, what is under way ends, Redis stops last. Blocks.
  void stop();

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace paperboy::command_line

#pragma once

#include <chrono>
#include <memory>

namespace paperboy::command_line::demo {

// Ctrl-C, SIGTERM or the end of the terminal. What was made is taken down on the way out.
struct interrupted {};

// Takes those signals for as long as it lives. Belongs to one thread.
class stop_request {
 public:
  stop_request();
  ~stop_request();
  stop_request(const stop_request&) = delete;
  stop_request& operator=(const stop_request&) = delete;

  // Both throw `interrupted`, from the first signal on.
  void wait(std::chrono::milliseconds time);
  void check() { wait(std::chrono::milliseconds{0}); }

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace paperboy::command_line::demo

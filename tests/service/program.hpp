#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace paperboy::service {

using variables = std::vector<std::pair<std::string, std::string>>;

// The built program as a child. SIGTERM reaches it when the thread that started it ends.
class program {
 public:
  // Its standard error goes to the end of the file `errors`. `changed` are variables of its
  // environment beside, or in the place of, the test's own.
  program(const std::vector<std::string>& arguments, const std::string& errors,
          const variables& changed = {});
  // SIGTERM, and SIGKILL for one that stays.
  ~program();
  program(const program&) = delete;
  program& operator=(const program&) = delete;

  pid_t pid() const noexcept { return pid_; }

  // The first line of its standard output, without the end. Empty: it ended, or the limit passed.
  std::string first_line(std::chrono::seconds limit);
  // Everything that came on standard output so far; whole after it ended.
  const std::string& output();

  void signal(int number) const;
  // The exit status, 128 + the signal's number if one ended it; none after the limit.
  std::optional<int> wait(std::chrono::seconds limit);

 private:
  void read_output(int milliseconds);

  pid_t pid_ = -1;
  int pidfd_ = -1;
  int out_ = -1;
  std::string output_;
  std::optional<int> status_;
};

}  // namespace paperboy::service

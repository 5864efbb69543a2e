#include "tests/bench/children.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/bench/measuring.hpp"

namespace paperboy::bench {
namespace {

[[noreturn]] void become(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
  ::execvp(arguments[0], arguments.data());
  std::_Exit(127);
}

bool ends_within(pid_t child, std::chrono::milliseconds limit) {
  // glibc 2.36 declares pidfd_open, but not for C++.
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  if (handle < 0) give_up("no handle of a child");
  pollfd end{handle, POLLIN, 0};
  const bool ended = ::poll(&end, 1, static_cast<int>(limit.count())) > 0;
  ::close(handle);
  return ended;
}

std::string failure_of(int status) {
  if (WIFSIGNALED(status)) return "failed: signal " + std::to_string(WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  if (code == 127) return "is not installed";
  return code == 0 ? "" : "failed: exit status " + std::to_string(code);
}

}  // namespace

pid_t fork_child() {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) give_up("cannot fork");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) std::_Exit(1);
  }
  return child;
}

child_cost run_child(const std::vector<std::string>& words, std::chrono::seconds limit) {
  const pid_t child = fork_child();
  if (child == 0) become(words);
  const bool ended = ends_within(child, limit);
  if (!ended) ::kill(child, SIGKILL);
  int status = 0;
  rusage used{};
  ::wait4(child, &status, 0, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  child_cost cost;
  cost.failure = ended ? failure_of(status)
                       : "failed: not done after " + std::to_string(limit.count()) + " seconds";
  cost.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  cost.most_resident = static_cast<double>(used.ru_maxrss) / 1024;
  return cost;
}

}  // namespace paperboy::bench

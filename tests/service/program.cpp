#include "tests/service/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace paperboy::service {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds stop_limit{30};

// As execve wants them; the strings stay the caller's.
std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> all;
  for (auto& s : strings) all.push_back(s.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> environment_with(const variables& changed) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    bool replaced = text.starts_with("PAPERBOY_");  // of the tests themselves: no settings
    for (const auto& [name, value] : changed) replaced |= text.starts_with(name + '=');
    if (!replaced) all.push_back(text);
  }
  for (const auto& [name, value] : changed) all.push_back(name + '=' + value);
  return all;
}

int milliseconds_until(clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now());
  return left.count() > 0 ? static_cast<int>(left.count()) : 0;
}

}  // namespace

program::program(const std::vector<std::string>& arguments, const std::string& errors,
                 const variables& changed) {
  std::vector<std::string> words{"paperboy"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto names = environment_with(changed);
  const auto argv = pointers(words);
  const auto envp = pointers(names);
  int ends[2];
  const int err = ::open(errors.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (err < 0 || ::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no file for the child");
  // Other threads run: the child does nothing that is not async-signal-safe.
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    // Sockets of other stories are not the program's.
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    ::execve(PAPERBOY_PROGRAM, argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  ::close(err);
  out_ = ends[0];
  ::fcntl(out_, F_SETFL, O_NONBLOCK);
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

program::~program() {
  if (!status_) {
    signal(SIGTERM);
    if (!wait(stop_limit)) {
      signal(SIGKILL);
      wait(stop_limit);
    }
  }
  ::close(out_);
  ::close(pidfd_);
}

void program::read_output(int milliseconds) {
  pollfd poll{out_, POLLIN, 0};
  if (::poll(&poll, 1, milliseconds) != 1) return;
  char bytes[4096];
  for (ssize_t n = 0; (n = ::read(out_, bytes, sizeof bytes)) > 0;) {
    output_.append(bytes, static_cast<std::size_t>(n));
  }
}

std::string program::first_line(std::chrono::seconds limit) {
  const auto end = clock::now() + limit;
  for (;;) {
    if (const auto newline = output_.find('\n'); newline != std::string::npos) {
      return output_.substr(0, newline);
    }
    if (clock::now() >= end || wait(std::chrono::seconds{0})) return {};
    read_output(100);
  }
}

const std::string& program::output() {
  read_output(0);
  return output_;
}

void program::signal(int number) const {
  if (!status_) ::kill(pid_, number);
}

std::optional<int> program::wait(std::chrono::seconds limit) {
  if (status_) return status_;
  pollfd poll{pidfd_, POLLIN, 0};
  if (::poll(&poll, 1, milliseconds_until(clock::now() + limit)) != 1) return std::nullopt;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return status_;
}

}  // namespace paperboy::service

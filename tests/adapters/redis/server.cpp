#include "tests/adapters/redis/server.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <stdexcept>

namespace paperboy::redis::testing {
namespace {

using namespace std::chrono_literals;

[[noreturn]] void become_server(const std::vector<std::string>& arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  ::dup2(null, STDOUT_FILENO);
  // Connections to another server would stay open for as long as this one runs.
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  std::vector<char*> raw;
  for (const std::string& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  ::execvp(raw[0], raw.data());
  ::_exit(127);
}

}  // namespace

scratch_folder::scratch_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "paperboy-redis-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"no temporary folder"};
  path_ = pattern;
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

private_server::private_server(std::vector<std::string> options) : options_(std::move(options)) {
  restart();
}

private_server::~private_server() {
  if (pid_ > 0) kill();
}

url private_server::where() const {
  return unix_url((folder() / "redis.sock").string());
}

void private_server::restart() {
  start_without_waiting();
  wait_until_it_answers();
}

void private_server::start_without_waiting() {
  std::vector<std::string> arguments{"redis-server",
                                     "--port",
                                     "0",
                                     "--unixsocket",
                                     (folder() / "redis.sock").string(),
                                     "--dir",
                                     folder().string(),
                                     "--save",
                                     "",
                                     "--logfile",
                                     (folder() / "redis.log").string(),
                                     "--enable-debug-command",
                                     "yes"};
  arguments.insert(arguments.end(), options_.begin(), options_.end());
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error{"no process"};
  if (pid_ == 0) become_server(arguments);
}

void private_server::wait_until_it_answers() {
  boost::asio::io_context context{1};
  client probe{context, settings()};
  std::string problem;
  const auto wait = [&]() -> task<void> {
    const result<void> up = co_await probe.wait_until_connected(20s);
    // A server with a password answers in its way.
    if (!up && up.error() != errc::unauthorized) problem = probe.last_failure();
  };
  run(context, wait());
  if (!problem.empty()) throw std::runtime_error{"the test's redis-server: " + problem};
}

void private_server::kill() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void private_server::freeze() {
  ::kill(pid_, SIGSTOP);
  int status = 0;
  ::waitpid(pid_, &status, WUNTRACED);
}

void private_server::thaw() {
  ::kill(pid_, SIGCONT);
}

client_settings private_server::settings() const {
  client_settings s;
  s.where = where();
  s.reconnect_first = 5ms;
  s.reconnect_most = 50ms;
  return s;
}

std::uint16_t free_port() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto* const address = reinterpret_cast<sockaddr*>(&at);
  const bool bound =
      ::bind(listener, address, size) == 0 && ::getsockname(listener, address, &size) == 0;
  ::close(listener);
  if (!bound) throw std::runtime_error{"no free port"};
  return ntohs(at.sin_port);
}

void run(boost::asio::io_context& context, task<void> work) {
  bool ended = false;
  std::exception_ptr failed;
  boost::asio::co_spawn(context, std::move(work), [&](const std::exception_ptr& e) {
    ended = true;
    failed = e;
  });
  const auto limit = std::chrono::steady_clock::now() + 60s;
  while (!ended) {
    context.restart();
    context.run_one_until(limit);
    if (!ended && std::chrono::steady_clock::now() > limit) {
      throw std::runtime_error{"the test's coroutine did not end within a minute"};
    }
  }
  if (failed) std::rethrow_exception(failed);
}

task<void> yield() {
  co_await boost::asio::post(boost::asio::use_awaitable);
}

}  // namespace paperboy::redis::testing

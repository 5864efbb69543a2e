#include "adapters/command_line/last_words.hpp"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <random>
#include <system_error>
#include <thread>

#include "adapters/net/task_group.hpp"
#include "adapters/redis/blame.hpp"
#include "adapters/redis/client.hpp"
#include "core/flows/now_serving.hpp"

namespace paperboy::command_line {
namespace {

namespace asio = boost::asio;

constexpr std::array faults{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
constexpr std::chrono::milliseconds look_again_after{5};
constexpr std::chrono::milliseconds command_limit{1000};

// What the handler of a signal leaves to the other thread: nothing that allocates.
struct words {
  std::array<char, 160> run{};  // shortened to fit
  std::uint32_t shard = 0;
  subscriber_id reader;
  int signal = 0;
};
words said;
enum stage : int { silent, ringing, heard };
std::atomic<int> at{silent};
static_assert(std::atomic<int>::is_always_lock_free);
std::atomic<int> bell{-1};
std::array<struct sigaction, faults.size()> before{};

// Only what a handler of a signal may call (signal-safety(7)).
extern "C" void fall_silent(int signal) {
  const int ring = bell;
  int none = silent;
  if (now_served.run != nullptr && ring >= 0 && at.compare_exchange_strong(none, ringing)) {
    const std::size_t length = std::min(now_served.run->size(), said.run.size() - 1);
    std::memcpy(said.run.data(), now_served.run->data(), length);
    said.shard = now_served.shard;
    said.reader = now_served.id;
    said.signal = signal;
    const std::uint64_t one = 1;
    if (::write(ring, &one, sizeof one) != sizeof one) at = heard;
  }
  for (auto left = last_words::patience / look_again_after; left > 0 && at == ringing; --left) {
    const timespec moment{0, std::chrono::nanoseconds{look_again_after}.count()};
    ::nanosleep(&moment, nullptr);
  }
  // Whoever would have ended the process does it now: a sanitizer, or nobody in particular.
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (faults[i] == signal) ::sigaction(signal, &before[i], nullptr);
  }
  ::raise(signal);
}

redis::client_settings connection_to(const redis::url& where) {
  redis::client_settings s;
  s.where = where;
  s.command_limit = command_limit;
  return s;
}

// Another name for each life of each process.
std::string life() {
  std::random_device random;
  return std::to_string(::getpid()) + '-' + std::to_string(random()) + std::to_string(random());
}

}  // namespace

struct last_words::parts {
  parts(const redis::url& where, std::chrono::seconds k)
      : redis(loop, connection_to(where)), kept(k), rung(loop, made_bell()) {
    tasks.spawn("last words", listen()).value();
    thread = std::thread([this] { loop.run(); });
    bell = rung.native_handle();
    for (std::size_t i = 0; i < faults.size(); ++i) {
      struct sigaction ours {};
      ours.sa_handler = fall_silent;
      ::sigemptyset(&ours.sa_mask);
      ::sigaction(faults[i], &ours, &before[i]);
    }
  }

  ~parts() {
    for (std::size_t i = 0; i < faults.size(); ++i) ::sigaction(faults[i], &before[i], nullptr);
    bell = -1;
    asio::post(loop, [this] { tasks.cancel(); });
    asio::post(loop, [this] { loop.stop(); });
    thread.join();
  }

  static int made_bell() {
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    return fd;
  }

  task<void> listen() {
    co_await rung.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
    const std::string_view run = said.run.data();
    const auto done = co_await redis::blame(redis, said.shard, run, said.reader, name, kept);
    spdlog::critical("signal {} in the midst of subscriber {} of {}{}: ending", said.signal,
                     to_text(said.reader), run,
                     done ? ", which is written down" : ", which could not be written down");
    spdlog::default_logger()->flush();
    at = heard;
  }

  asio::io_context loop{1};
  redis::client redis;
  std::chrono::seconds kept;
  std::string name = life();
  asio::posix::stream_descriptor rung;
  net::task_group tasks{loop, 1};
  std::thread thread;
};

last_words::last_words(const redis::url& where, std::chrono::seconds kept)
    : parts_(std::make_unique<parts>(where, kept)) {}

last_words::~last_words() = default;

}  // namespace paperboy::command_line

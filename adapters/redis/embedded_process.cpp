#include "adapters/redis/embedded_process.hpp"

#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>

#include "adapters/net/within.hpp"
#include "adapters/redis/client.hpp"

namespace paperboy::redis {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// How often a process that is not ready yet is looked at again.
constexpr std::chrono::milliseconds look_again{50};
// From SIGKILL to the end of the process; a disk that hangs can hold it longer.
constexpr std::chrono::milliseconds kill_limit{5000};
// A server that lived shorter than this does not reset the pause before its restart.
constexpr std::chrono::seconds settled{1};

std::string seconds(std::chrono::milliseconds limit) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(limit).count()) + " s";
}

}  // namespace

task<result<void>> embedded_process::start() {
  const auto self = shared_from_this();
  if (const result<void> owned = folder_.own(); !owned) {
    problem_ = folder_.problem();
    co_return owned.error();
  }
  if (const result<void> up = co_await bring_up(); !up) {
    // A server that is still reading goes on: the next start takes it over.
    server_ = {};
    folder_.disown();
    co_return up.error();
  }
  report(spawned_ ? what::started : what::adopted,
         spawned_ ? "started redis-server in " + folder_.path().string()
                  : "took over the redis-server that runs in " + folder_.path().string());
  watching_ = true;
  asio::co_spawn(
      context_, watch(),
      asio::bind_cancellation_slot(cancel_watch_.slot(), [self](const std::exception_ptr& failed) {
        self->watching_ = false;
        self->watch_ended_.cancel();
        if (failed && !self->stopping_) {
          std::rethrow_exception(failed);
        }
      }));
  co_return result<void>{};
}

// Ends with a server that answers, one that was found or a new one.
task<result<void>> embedded_process::bring_up() {
  const clock::time_point end = clock::now() + settings_.start_limit;
  for (;;) {
    if (!server_ || server_.ended()) {
      if (const result<void> obtained = co_await obtain(end); !obtained) {
        co_return obtained.error();
      }
    }
    const result<readiness> ready = co_await wait_for_answer(end);
    if (!ready) co_return ready.error();
    if (*ready == readiness::answers) {
      up_since_ = clock::now();
      co_return result<void>{};
    }
    if (spawned_) {
      const std::string words = folder_.last_words();
      co_return wrong(errc::refused, "redis-server ended at its start; the last line of " +
                                         folder_.log().string() + " is: " + words);
    }
    // One on its way out when it was found: the next round starts another.
  }
}

task<result<void>> embedded_process::obtain(clock::time_point end) {
  for (;;) {
    if (descriptor lock = folder_.take_server_lock()) co_return spawn(std::move(lock));
    if (const pid_t listener = folder_.listener(); listener > 0) {
      if (result<process> found = process::adopt(listener)) {
        server_ = std::move(*found);
        spawned_ = false;
        co_return result<void>{};
      }
    }
    // It holds the lock and does not listen: starting, or writing its last.
    if (clock::now() >= end) {
      co_return wrong(errc::timed_out, "a redis-server that runs in " + folder_.path().string() +
                                           " neither answers nor ends: see " +
                                           folder_.log().string());
    }
    co_await pause(look_again);
  }
}

result<void> embedded_process::spawn(descriptor lock) {
  const auto program = find_program(settings_.program, settings_.search_path);
  if (!program) {
    return wrong(errc::not_found, settings_.program +
                                      " was not found: install it (apt-get install redis-server), "
                                      "or name a Redis of your own in [redis] url");
  }
  if (const result<void> written = folder_.write_configuration(); !written) {
    problem_ = folder_.problem();
    return written.error();
  }
  folder_.turn_log_over();
  result<process> made = process::spawn(*program, {folder_.configuration().string()}, lock.get());
  if (!made) {
    return wrong(errc::refused,
                 program->string() + " cannot be started: " + made.error().message());
  }
  server_ = std::move(*made);
  spawned_ = true;
  return {};
}

task<result<embedded_process::readiness>> embedded_process::wait_for_answer(clock::time_point end) {
  client_settings probe_settings;
  probe_settings.where = unix_url(folder_.socket().string());
  probe_settings.reconnect_first = 5ms;
  probe_settings.reconnect_most = 100ms;
  client probe{context_, probe_settings};
  for (;;) {
    const result<void> up = co_await probe.wait_until_connected(look_again);
    if (server_.ended()) co_return readiness::ended;
    if (up) co_return readiness::answers;
    if (clock::now() >= end) {
      co_return wrong(errc::timed_out, "redis-server (process " + std::to_string(pid()) + ") in " +
                                           folder_.path().string() + " did not answer within " +
                                           seconds(settings_.start_limit) + ": see " +
                                           folder_.log().string());
    }
  }
}

task<void> embedded_process::pause(std::chrono::milliseconds time) {
  asio::steady_timer timer{context_, time};
  co_await timer.async_wait(asio::use_awaitable);
}

task<void> embedded_process::until_ended() {
  asio::posix::stream_descriptor end{context_, ::fcntl(server_.pidfd(), F_DUPFD_CLOEXEC, 0)};
  co_await end.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
}

task<void> embedded_process::watch() {
  try {
    while (!stopping_) {
      co_await until_ended();
      const pid_t dead = pid();
      if (!server_.ended()) continue;
      if (stopping_) co_return;
      report(what::died, "redis-server (process " + std::to_string(dead) + ") ended; its log is " +
                             folder_.log().string());
      co_await restart();
    }
  } catch (const boost::system::system_error&) {
    if (!stopping_) throw;
  }
}

// On a full disk it starts, and dies of its first write: without growing pauses it would read its
// data again and again.
task<void> embedded_process::restart() {
  if (clock::now() - up_since_ > settled) next_wait_ = settings_.restart_first;
  while (!stopping_) {
    co_await pause(next_wait_);
    next_wait_ = std::min(next_wait_ * 2, settings_.restart_most);
    ++restarts_;
    if (const result<void> up = co_await bring_up(); up) {
      report(what::restarted, "started redis-server again in " + folder_.path().string());
      co_return;
    }
    report(what::start_failed, problem_);
  }
}

void embedded_process::end_watch() {
  stopping_ = true;
  // From the loop, where the emission takes effect at once, with this object alive.
  asio::post(context_, [self = shared_from_this()] {
    if (self->watching_) self->cancel_watch_.emit(asio::cancellation_type::terminal);
  });
}

task<void> embedded_process::stop() {
  const auto self = shared_from_this();
  end_watch();
  if (watching_) {
    error_code ignored;
    co_await watch_ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (server_ && !server_.ended()) {
    const pid_t last = pid();
    server_.signal(SIGTERM);
    if (!co_await net::within(settings_.stop_limit, until_ended())) {
      server_.signal(SIGKILL);
      (void)co_await net::within(kill_limit, until_ended());
    }
    (void)server_.ended();
    report(what::stopped, "stopped redis-server (process " + std::to_string(last) + ")");
  }
  folder_.disown();
}

void embedded_process::stop_and_block() noexcept {
  if (!stopping_) end_watch();
  if (server_ && !server_.ended()) {
    server_.signal(SIGTERM);
    if (!server_.ended_within(static_cast<int>(settings_.stop_limit.count()))) {
      server_.signal(SIGKILL);
      (void)server_.ended_within(static_cast<int>(kill_limit.count()));
    }
  }
  folder_.disown();
}

}  // namespace paperboy::redis

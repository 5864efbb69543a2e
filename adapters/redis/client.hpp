#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/command.hpp"
#include "adapters/redis/reply.hpp"
#include "adapters/redis/url.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace boost::asio {
class io_context;
}

namespace paperboy::redis {

// One line for the log each time the connection's state changes. Holds no credential.
struct connection_event {
  enum class what : std::uint8_t { connected, lost, failed } happened;
  error_kind kind = error_kind::none;
  std::string text;  // "connected to unix:/run/redis.sock", "redis://h:6379/0: Connection refused"
};

struct client_settings {
  url where;  // not `embedded`: give embedded_server::where()
  // From the call to the answer, waiting for a connection included. One for all commands.
  std::chrono::milliseconds command_limit{2000};
  // Of command_limit, how long a command waits for a connection that is away. One that is away for
  // longer already fails at once, as does one to a server that has been silent for command_limit.
  std::chrono::milliseconds absence_limit{2000};
  // Name, connect, TLS, AUTH, SELECT and PING together.
  std::chrono::milliseconds connect_limit{5000};
  // Commands are out and not one byte came: the connection is given up.
  std::chrono::milliseconds silence_limit{10000};
  // Before the n-th attempt: a random time up to first × 2^n, at most `most` (full jitter).
  std::chrono::milliseconds reconnect_first{50};
  std::chrono::milliseconds reconnect_most{2000};
  // Commands not answered yet, those nobody waits for any longer included, and the bytes of those
  // not given to the kernel yet. A pipeline beyond either is refused whole.
  std::size_t max_commands = 16384;
  std::size_t max_bytes = 64U << 20;
  // One reply: its bytes, and its values.
  std::size_t max_reply_bytes = 128U << 20;
  std::size_t max_reply_values = 4U << 20;
  // Called on the io_context's thread, must not throw; may be empty.
  std::function<void(const connection_event&)> on_event;
};

struct client_statistics {
  std::uint64_t commands = 0;  // sent
  std::uint64_t replies = 0;   // received, errors included
  std::uint64_t bytes_written = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t connects = 0;  // successful ones
  std::uint64_t connect_failures = 0;
  std::uint64_t script_loads = 0;                        // NOSCRIPT answered by EVAL
  std::uint64_t waiting = 0;                             // commands not answered, now
  std::uint64_t waiting_bytes = 0;                       // of them, not yet given to the kernel
  std::array<std::uint64_t, error_kind_count> errors{};  // by kind, as callers got them
};

class connection;
class shard_guard;

// One connection to one Redis, shared by any number of coroutines of one thread; it connects by
// itself, and again. Replies come in the order of the calls. While the connection has been away for
// less than absence_limit commands wait for it, after that they fail at once. A coroutine that is
// cancelled gets asio's operation_aborted; its command may have been sent.
//
// Not thread-safe: everything happens on the one thread that runs the io_context, which outlives
// the client. The destructor fails what waits with errc::closed; close() waits for it.
class client {
 public:
  client(boost::asio::io_context& context, client_settings settings);
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  // Waits until connected: signed in, database selected, and not LOADING. errc::timed_out after
  // `limit`; errc::unauthorized as soon as Redis refused the password; last_failure() says why.
  task<result<void>> wait_until_connected(std::chrono::milliseconds limit);

  // One command. Arguments are copied before the task is returned.
  task<answer> call(command c);
  template <argument... A>
  task<answer> call(std::string_view name, const A&... args) {
    return call(command{name, args...});
  }

  // All commands of the pipeline in one go; one answer each, in order. NOSCRIPT is answered inside.
  // The scripts must live until then.
  task<std::vector<answer>> call_all(pipeline p);

  // EVALSHA, and EVAL where the server does not know the script. All keys in `keys`; copied.
  task<answer> eval(const script& s, text_list keys, text_list args);
  task<answer> eval(const script& s, text_list keys, const encoded_list& args);
  task<answer> eval(const script& s, std::initializer_list<std::string_view> keys,
                    std::initializer_list<std::string_view> args);

  // From now on answers are believed only where `guard` finds the place whole; others fail with
  // error_kind::regressed. All keys of a command stand in one place; a command to a place that is
  // known to be lost is not sent, unless it is one of a pipeline that goes to others too.
  void watch_over(std::shared_ptr<shard_guard> guard) noexcept;

  // Takes no more commands, waits for the answers that are out (at most command_limit), closes.
  task<void> close();

  bool connected() const noexcept;
  const client_statistics& statistics() const noexcept;
  // Why the connection is not there, or was lost last; one line for a log, no credential.
  const std::string& last_failure() const noexcept;
  const client_settings& settings() const noexcept;

 private:
  std::shared_ptr<connection> connection_;
  std::shared_ptr<shard_guard> guard_;
};

}  // namespace paperboy::redis

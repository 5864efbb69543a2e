#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/apns/provider_token.hpp"
#include "adapters/command_line/configuration.hpp"
#include "adapters/command_line/watchdog.hpp"
#include "adapters/redis/url.hpp"
#include "core/domain/templates.hpp"
#include "core/ports/metrics.hpp"
#include "core/domain/seal.hpp"
#include "core/result.hpp"

namespace paperboy {
class careful_trials;
}
namespace paperboy::redis {
class shard_guard;
}

namespace paperboy::command_line {

// One worker that sends: a thread with a loop, a Redis connection and gateway connections of its
// own. Nothing is shared but what is given here, which is immutable or thread-safe.
class sender_thread {
 public:
  struct shared {
    const configuration& settings;
    redis::url where;
    std::shared_ptr<redis::shard_guard> guard;  // what every shard is known to hold
    const seal& edition_seal;
    const templates& words;  // copied
    apns::provider_tokens& tokens;
    metrics& numbers;
    careful_trials& trials;
    std::uint32_t number = 0;   // of this worker in the process
    std::uint32_t window = 64;  // its share of the process's
  };

  // Connects before it returns. Throws std::runtime_error with one line that says what is wrong.
  explicit sender_thread(shared s);
  // Drains, as stop() does.
  ~sender_thread();

  // Tells it to leave, and returns at once.
  void begin_stop();
  // Commits what was answered, releases what was claimed, leaves. Blocks until the thread ended, at
  // most gateway::answer_limit and a little.
  void stop();
  const heartbeat& pulse() const noexcept;
  // Signs with what the files hold now.
  void reload(std::shared_ptr<const configuration> fresh);

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace paperboy::command_line

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/command_line/configuration.hpp"
#include "adapters/command_line/redis_numbers.hpp"
#include "adapters/command_line/watchdog.hpp"
#include "adapters/redis/url.hpp"
#include "core/ports/metrics.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace boost::asio {
class io_context;
}
namespace paperboy::net {
class task_group;
}
namespace paperboy::redis {
class client;
class embedded_server;
class shard_guard;
struct installation;
struct installation_settings;
}  // namespace paperboy::redis

namespace paperboy::command_line {

// Redis as configured: the private server where it is embedded, one connection to it, and what an
// installation keeps there. Belongs to one thread.
class storage {
 public:
  storage(boost::asio::io_context& loop, const redis_settings& settings);
  ~storage();

  // Starts, connects, checks and opens the installation, and looks after its shards from then on:
  // a loss is logged and counted in `numbers`, which live until close(). Throws start_error.
  task<void> open(metrics& numbers);
  // The first half of open(): everything but the installation. Throws start_error.
  task<void> connect();
  // Closes the connection, and stops the private server.
  task<void> close();

  redis::client& client() noexcept { return *client_; }
  const redis::url& where() const noexcept { return where_; }
  const redis::installation& installation() const noexcept { return *installation_; }
  redis::installation_settings installation_settings() const;
  // Shared with every connection of the process; there from open() on.
  const std::shared_ptr<redis::shard_guard>& guard() const noexcept { return guard_; }

  const heartbeat& pulse() const noexcept { return pulse_; }

  // Empty: Redis answers, and no shard is lost. Else one sentence that says why not.
  task<std::string> problem();

 private:
  task<void> open_installation();
  task<void> look_after_shards();

  boost::asio::io_context& loop_;
  redis_settings settings_;
  std::unique_ptr<redis::embedded_server> server_;
  std::unique_ptr<redis::client> client_;
  redis::url where_;
  std::unique_ptr<redis::installation> installation_;
  std::shared_ptr<redis::shard_guard> guard_;
  std::unique_ptr<net::task_group> tasks_;
  std::optional<redis_numbers> numbers_;
  signal look_;
  heartbeat pulse_;
  bool closing_ = false;
};

}  // namespace paperboy::command_line

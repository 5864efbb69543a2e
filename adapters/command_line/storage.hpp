#pragma once

#include <memory>

#include "adapters/command_line/configuration.hpp"
#include "adapters/redis/url.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace boost::asio {
class io_context;
}
namespace paperboy::redis {
class client;
class embedded_server;
struct installation;
}  // namespace paperboy::redis

namespace paperboy::command_line {

// Redis as configured: the private server where it is embedded, one connection to it, and what an
// installation keeps there. Belongs to one thread.
class storage {
 public:
  storage(boost::asio::io_context& loop, const redis_settings& settings);
  ~storage();

  // Starts, connects, checks and opens the installation. Throws start_error.
  task<void> open();
  // Closes the connection, and stops the private server.
  task<void> close();

  redis::client& client() noexcept { return *client_; }
  const redis::url& where() const noexcept { return where_; }
  const redis::installation& installation() const noexcept { return *installation_; }

 private:
  task<void> open_installation();

  boost::asio::io_context& loop_;
  redis_settings settings_;
  std::unique_ptr<redis::embedded_server> server_;
  std::unique_ptr<redis::client> client_;
  redis::url where_;
  std::unique_ptr<redis::installation> installation_;
};

}  // namespace paperboy::command_line

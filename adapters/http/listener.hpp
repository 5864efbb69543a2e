#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

#include "adapters/http/limits.hpp"
#include "adapters/http/service.hpp"
#include "adapters/net/tls.hpp"
#include "core/task.hpp"

namespace paperboy::http {

struct listener_settings {
  boost::asio::ip::tcp::endpoint address;  // port 0: a free one
  bool share_port = false;                 // SO_REUSEPORT: several threads listen on one address
  net::tls_context tls = {};               // none: plain HTTP
  int backlog = 1024;
  bool loopback_exempt = true;  // from the limit of connections an address
};

// Accepts connections on one address and serves them, all on one thread's executor.
class listener {
 public:
  // Binds; throws boost::system::system_error if that fails, std::logic_error if a route has no
  // handler. `connections` is shared by the listeners of all threads.
  listener(boost::asio::any_io_executor executor, const listener_settings& settings,
           const service& s, connection_limit& connections);
  // Every connection has to have ended: stop() was awaited, or nothing ran.
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  // Starts accepting; returns at once.
  void start();

  // With the port that was taken.
  boost::asio::ip::tcp::endpoint address() const noexcept;
  std::size_t connections() const noexcept;

  // For connections that come from now on. The listener must have been made with TLS.
  void replace_tls(net::tls_context context);

  // Accepts nothing more, ends idle connections, lets requests under way finish for at most
  // `limit`, then ends the rest. Returns when no connection is left.
  task<void> stop(std::chrono::milliseconds limit);

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace paperboy::http

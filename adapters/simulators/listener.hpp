#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <vector>

#include "adapters/simulators/connection.hpp"
#include "adapters/simulators/credentials.hpp"

namespace paperboy::simulators {

// Accepts TLS 1.2 and 1.3 on loopback for one site and starts a connection of the protocol that
// ALPN chose: h2; http/1.1 where the site speaks it, and there also for a client without ALPN. A
// client that offers nothing the site speaks is refused in the handshake.
class listener {
 public:
  static constexpr std::size_t connection_limit = 4096;
  static constexpr std::chrono::seconds handshake_limit{10};

  // Port 0 takes a free one. Throws boost::system::system_error when it cannot listen there.
  listener(boost::asio::io_context& io, std::uint16_t port, const server_identity& identity,
           connection_context context);

  std::uint16_t port() const { return port_; }
  std::vector<std::shared_ptr<connection>> connections();
  std::uint64_t accepted() const noexcept { return accepted_; }
  // No new connections, and the open ones are closed at once.
  void stop();
  // No new connections until listen(), which takes the same port again.
  void pause();
  void listen();

 private:
  struct handshake;
  void accept();
  void start(std::unique_ptr<tls_stream> stream);
  void shake_hands(boost::asio::ip::tcp::socket socket);

  connection_context context_;
  boost::asio::ssl::context tls_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  std::uint16_t port_;
  std::vector<std::weak_ptr<connection>> connections_;
  std::vector<std::weak_ptr<handshake>> handshakes_;
  std::uint64_t accepted_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>();  // gone: a handler has nobody to serve
};

}  // namespace paperboy::simulators

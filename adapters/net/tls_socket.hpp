#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/net/tls.hpp"

namespace paperboy::net {

// TLS on a non-blocking socket, for callers that drive it by readiness: OpenSSL reads and writes
// the socket itself, without the copies of asio::ssl::stream. Reads ahead up to 64 KiB a system
// call.
class tls_socket {
 public:
  enum class progress {
    done,
    wants_read,   // call again when readable()
    wants_write,  // call again, with the same bytes, when writable()
    closed,       // the peer ended it, by close_notify
    failed,       // failure() has the reason
  };

  // A client's side of `context`. `host` as for expect_host().
  tls_socket(boost::asio::ip::tcp::socket socket, const tls_context& context,
             const std::string& host);
  ~tls_socket();
  tls_socket(const tls_socket&) = delete;
  tls_socket& operator=(const tls_socket&) = delete;

  progress handshake() noexcept;
  // `count`: how many bytes were read or taken, set when done.
  progress read(std::span<char> into, std::size_t& count) noexcept;
  progress write(std::span<const char> bytes, std::size_t& count) noexcept;

  std::string_view protocol() const noexcept;  // what ALPN agreed on, or empty
  const std::string& failure() const noexcept { return failure_; }

  // Sends close_notify if there is room for it, and closes. Waits end with operation_aborted.
  void close() noexcept;

  template <class Handler>
  void readable(Handler&& handler) {
    socket_.async_wait(boost::asio::ip::tcp::socket::wait_read, std::forward<Handler>(handler));
  }
  template <class Handler>
  void writable(Handler&& handler) {
    socket_.async_wait(boost::asio::ip::tcp::socket::wait_write, std::forward<Handler>(handler));
  }

 private:
  progress judge(int returned) noexcept;

  boost::asio::ip::tcp::socket socket_;
  tls_context context_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> tls_;
  std::string failure_;
  bool broken_ = false;  // after a fatal error no close_notify may be sent
};

}  // namespace paperboy::net

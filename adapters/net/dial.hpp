#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/task.hpp"

namespace boost::asio {
class io_context;
}

namespace paperboy::net {

struct authority {
  std::string host;  // a name, or an address without brackets
  std::uint16_t port = 443;

  // As `:authority` wants it: without the port when that is 443, an IPv6 address in brackets.
  std::string text() const;
};

// "https://host", "https://host:port", a trailing "/" allowed. errc::invalid for anything else.
result<authority> parse_https_endpoint(std::string_view text);

struct dial_limits {
  std::chrono::milliseconds lookup{5000};   // looking up the name
  std::chrono::milliseconds address{3000};  // one address of it
  std::size_t most_addresses = 8;           // how many are tried in turn
};

// One attempt to reach a host by TCP: looks the name up anew, then tries its addresses in turn.
// Nagle's algorithm is off, TCP_USER_TIMEOUT is set to `unacknowledged_limit` and keep-alive is on.
//
// A lookup cannot be interrupted (getaddrinfo), so it is abandoned: its late answer finds nobody.
class dialling {
 public:
  static constexpr std::chrono::milliseconds unacknowledged_limit{15000};
  using handler = std::function<void(error_code, boost::asio::ip::tcp::socket)>;

  // `done` is called once, from the io_context's loop, unless the object goes first.
  dialling(boost::asio::io_context& context, const authority& where, const dial_limits& limits,
           handler done);
  ~dialling();
  dialling(dialling&&) noexcept;
  dialling& operator=(dialling&&) noexcept;

 private:
  struct attempt;
  std::shared_ptr<attempt> attempt_;
};

// The same for a coroutine; a cancellation of it abandons the attempt.
task<result<boost::asio::ip::tcp::socket>> dial(boost::asio::io_context& context, authority where,
                                                dial_limits limits);

}  // namespace paperboy::net

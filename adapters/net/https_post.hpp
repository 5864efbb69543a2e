#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "adapters/net/dial.hpp"
#include "adapters/net/tls.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace boost::asio {
class io_context;
}

namespace paperboy::net {

struct https_request {
  authority where;
  std::string target = "/";
  std::string content_type;
  std::string body;
  std::chrono::milliseconds limit{10000};  // for all of it, the look-up of the name included
  std::size_t body_limit = 64 * 1024;      // bytes of the answer
};

struct https_answer {
  unsigned status = 0;
  std::string body;
  std::string retry_after;
};

// One POST over HTTP/1.1 on a connection of its own (RFC 9112), without redirects. For calls that
// happen once an hour. Errors: as dial(), as OpenSSL, errc::timed_out, errc::protocol for an answer
// that is no HTTP or is above the limit.
task<result<https_answer>> https_post(boost::asio::io_context& context, tls_context tls,
                                      https_request request);

}  // namespace paperboy::net

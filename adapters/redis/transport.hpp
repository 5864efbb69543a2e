#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "adapters/redis/url.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace boost::asio {
class io_context;
}

namespace paperboy::redis {

class transport;

// Hears of the end of transport::write.
class write_listener {
 public:
  virtual ~write_listener() = default;
  virtual void written(const std::shared_ptr<transport>& on, error_code failed) = 0;
};

// A byte stream to a Redis: a unix socket, TCP, or TLS with the host's name verified. At most one
// read and one write at a time.
class transport : public std::enable_shared_from_this<transport> {
 public:
  virtual ~transport() = default;

  // 1 to into.size() bytes; eof and operation_aborted (after close()) are asio's. Cancellable.
  virtual task<result<std::size_t>> read_some(std::span<char> into) = 0;

  // Starts to write `outgoing`, which stays as it is until written() is called, from the loop.
  virtual void write(std::shared_ptr<write_listener> listener) = 0;
  virtual task<result<void>> write_all(std::string_view bytes) = 0;

  virtual void close() noexcept = 0;

  std::string outgoing;
};

// Connects; no limit of its own for all of it: net::within. On an error `problem` is one line.
task<result<std::shared_ptr<transport>>> open_transport(boost::asio::io_context& context,
                                                        const url& where, std::string& problem);

}  // namespace paperboy::redis

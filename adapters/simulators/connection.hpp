#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string_view>
#include <vector>

#include "adapters/simulators/exchange.hpp"

namespace paperboy::simulators {

using tls_stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

// One accepted connection, after its handshake. Lives as long as something is under way on it.
class connection : public std::enable_shared_from_this<connection> {
 public:
  virtual ~connection() = default;
  virtual void start() = 0;
  // An answer that was held back is to go out now; an id that is gone by then is nothing.
  virtual void due(std::int32_t id) = 0;
  // Says that no more requests are taken, lets the running ones end, then closes.
  virtual void go_away(std::uint32_t error_code, std::string_view debug) = 0;
  // Closes TCP at once.
  virtual void close() = 0;
};

// Answers that wait for their time, of all connections of a simulator.
class delay_line {
 public:
  using clock = std::chrono::steady_clock;

  explicit delay_line(boost::asio::io_context& io) : timer_(io) {}
  void add(clock::time_point at, std::weak_ptr<connection> to, std::int32_t id);
  void stop();

 private:
  struct entry {
    clock::time_point at;
    std::uint64_t order;
    std::weak_ptr<connection> to;
    std::int32_t id;
    bool operator<(const entry& other) const noexcept {
      return at != other.at ? at > other.at : order > other.order;
    }
  };
  void arm();
  void ring();

  boost::asio::steady_timer timer_;
  std::priority_queue<entry> waiting_;
  std::uint64_t order_ = 0;
  clock::time_point armed_for_ = clock::time_point::max();
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

// What a connection needs of the simulator that accepted it.
struct connection_context {
  site& of;
  delay_line& delays;
  std::function<void()> after_batch;  // called when a batch of requests was handled
};

std::shared_ptr<connection> make_http2_connection(std::unique_ptr<tls_stream> stream,
                                                  const connection_context& context);
std::shared_ptr<connection> make_http1_connection(std::unique_ptr<tls_stream> stream,
                                                  const connection_context& context);

}  // namespace paperboy::simulators

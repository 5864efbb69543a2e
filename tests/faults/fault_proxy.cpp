#include "tests/faults/fault_proxy.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <map>
#include <set>
#include <thread>

namespace paperboy::faults {
namespace {

namespace asio = boost::asio;
using stream = asio::generic::stream_protocol;
using error = boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::size_t piece = 16 * 1024;
constexpr std::chrono::milliseconds look_again{10};  // whether reading goes on

struct orders {
  std::atomic<std::int64_t> delay_ms{0};
  std::atomic<bool> swallow{false};
  std::atomic<bool> stopped{false};
  std::atomic<std::uint64_t> limit{0};
  std::atomic<std::uint64_t> passed{0};
  std::atomic<std::uint64_t> swallowed{0};
};

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

struct connection {
  explicit connection(asio::io_context& loop) : client(loop), target(loop) {}

  void end(bool by_reset) {
    error ignored;
    for (auto* s : {&client, &target}) {
      if (by_reset && s->is_open()) {
        const ::linger at_once{1, 0};
        ::setsockopt(s->native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      }
      s->close(ignored);
    }
  }

  stream::socket client;
  stream::socket target;
};

}  // namespace

struct fault_proxy::parts {
  explicit parts(stream::endpoint to)
      : target(std::move(to)), listener(loop, {asio::ip::address_v4::loopback(), 0}) {}

  orders& of(way w) { return ways[static_cast<std::size_t>(w)]; }

  asio::awaitable<void> accept() {
    for (;;) {
      error failed;
      auto socket =
          co_await listener.async_accept(asio::redirect_error(asio::use_awaitable, failed));
      if (failed) co_return;
      if (refusing) continue;  // closed at once
      auto c = std::make_shared<connection>(loop);
      const auto protocol = socket.local_endpoint().protocol();
      c->client.assign(stream{protocol}, socket.release());
      co_await c->target.async_connect(target, asio::redirect_error(asio::use_awaitable, failed));
      if (failed) continue;
      open.insert(c);
      count = open.size();
      spawn(pump(c, c->client, c->target, of(way::to_target)));
      spawn(pump(c, c->target, c->client, of(way::to_client)));
    }
  }

  asio::awaitable<void> pump(std::shared_ptr<connection> c, stream::socket& from,
                             stream::socket& to, orders& o) {
    std::array<char, piece> bytes;
    error failed;
    while (!failed) {
      if (o.stopped) {
        co_await pause(look_again);
        if (!from.is_open()) break;
        continue;
      }
      const auto size = co_await from.async_read_some(
          asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, failed));
      if (failed) break;
      if (o.swallow) {
        o.swallowed += size;
        continue;
      }
      const std::chrono::milliseconds delay{o.delay_ms};
      if (delay > 0ms) co_await pause(delay);
      if (const std::uint64_t most = o.limit; most > 0) {
        co_await pause(std::chrono::milliseconds{static_cast<std::int64_t>(size * 1000 / most)});
      }
      co_await asio::async_write(to, asio::buffer(bytes.data(), size),
                                 asio::redirect_error(asio::use_awaitable, failed));
      if (!failed) o.passed += size;
    }
    // The end of one way is passed on; a broken connection is broken both ways.
    error ignored;
    if (failed == asio::error::eof && !o.swallow) {
      to.shutdown(stream::socket::shutdown_send, ignored);
      if (++ended_ways[c.get()] < 2) co_return;
    }
    c->end(false);
    ended_ways.erase(c.get());
    open.erase(c);
    count = open.size();
  }

  void spawn(asio::awaitable<void> work) {
    asio::co_spawn(loop, std::move(work), [](std::exception_ptr) {});
  }

  asio::io_context loop{1};
  stream::endpoint target;
  asio::ip::tcp::acceptor listener;
  std::array<orders, 2> ways;
  std::atomic<bool> refusing{false};
  std::atomic<std::size_t> count{0};
  std::set<std::shared_ptr<connection>> open;
  std::map<const connection*, int> ended_ways;
  std::thread thread;
};

fault_proxy::fault_proxy(std::unique_ptr<parts> p) : parts_(std::move(p)) {
  parts_->spawn(parts_->accept());
  parts_->thread = std::thread([p = parts_.get()] { p->loop.run(); });
}

fault_proxy::~fault_proxy() {
  parts_->loop.stop();
  parts_->thread.join();
}

std::unique_ptr<fault_proxy> fault_proxy::to_port(std::uint16_t port) {
  const asio::ip::tcp::endpoint to(asio::ip::address_v4::loopback(), port);
  return std::unique_ptr<fault_proxy>(new fault_proxy(std::make_unique<parts>(to)));
}

std::unique_ptr<fault_proxy> fault_proxy::to_socket(const std::string& path) {
  const asio::local::stream_protocol::endpoint to(path);
  return std::unique_ptr<fault_proxy>(new fault_proxy(std::make_unique<parts>(to)));
}

std::uint16_t fault_proxy::port() const noexcept {
  error ignored;
  return parts_->listener.local_endpoint(ignored).port();
}

void fault_proxy::delay(way w, std::chrono::milliseconds time) {
  parts_->of(w).delay_ms = time.count();
}
void fault_proxy::swallow(way w, bool on) { parts_->of(w).swallow = on; }
void fault_proxy::stop_reading(way w, bool on) { parts_->of(w).stopped = on; }
void fault_proxy::limit(way w, std::uint64_t bytes_a_second) {
  parts_->of(w).limit = bytes_a_second;
}
void fault_proxy::refuse(bool on) { parts_->refusing = on; }

void fault_proxy::cut() {
  asio::post(parts_->loop, [p = parts_.get()] {
    for (const auto& c : p->open) c->end(true);
  });
}

std::uint64_t fault_proxy::bytes(way w) const noexcept { return parts_->of(w).passed; }
std::uint64_t fault_proxy::swallowed(way w) const noexcept { return parts_->of(w).swallowed; }
std::size_t fault_proxy::connections() const noexcept { return parts_->count; }

}  // namespace paperboy::faults

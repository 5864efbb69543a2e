#include "tests/faults/fault_proxy.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace paperboy::faults {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using way = fault_proxy::way;
using namespace std::chrono_literals;

// A client and the server that it reaches through the proxy, on blocking sockets.
class proxied : public ::testing::Test {
 protected:
  proxied() {
    server_side.emplace(loop);
    client.connect({asio::ip::address_v4::loopback(), proxy->port()});
    listener.accept(*server_side);
  }
  static void write(tcp::socket& to, const std::string& text) {
    boost::system::error_code ignored;
    to.send(asio::buffer(text), 0, ignored);
  }
  // What has come within the limit; empty: nothing, or the end.
  static std::string read(tcp::socket& from, std::chrono::milliseconds limit) {
    pollfd one{from.native_handle(), POLLIN, 0};
    if (::poll(&one, 1, static_cast<int>(limit.count())) <= 0) return {};
    char bytes[64];
    const auto size = ::recv(from.native_handle(), bytes, sizeof bytes, 0);
    return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string{};
  }
  bool ended(tcp::socket& s) {
    pollfd one{s.native_handle(), POLLIN, 0};
    if (::poll(&one, 1, 5000) <= 0) return false;
    char byte;
    return ::recv(s.native_handle(), &byte, 1, MSG_PEEK) <= 0;
  }

  asio::io_context loop;
  tcp::acceptor listener{loop, {asio::ip::address_v4::loopback(), 0}};
  std::unique_ptr<fault_proxy> proxy = fault_proxy::to_port(listener.local_endpoint().port());
  tcp::socket client{loop};
  std::optional<tcp::socket> server_side;
};

TEST_F(proxied, passes_both_ways_and_the_end) {
  write(client, "question");
  EXPECT_EQ(read(*server_side, 5s), "question");
  write(*server_side, "answer");
  EXPECT_EQ(read(client, 5s), "answer");
  client.close();
  EXPECT_TRUE(ended(*server_side));
}

TEST_F(proxied, swallows_one_way_alone) {
  proxy->swallow(way::to_client, true);
  write(client, "question");
  EXPECT_EQ(read(*server_side, 5s), "question");
  write(*server_side, "answer");
  EXPECT_EQ(read(client, 200ms), "");
  EXPECT_EQ(proxy->swallowed(way::to_client), 6U);
  EXPECT_EQ(proxy->connections(), 1U);
  proxy->swallow(way::to_client, false);
  write(*server_side, "later");
  EXPECT_EQ(read(client, 5s), "later");  // what was swallowed never comes
}

TEST_F(proxied, delays) {
  proxy->delay(way::to_target, 150ms);
  const auto before = std::chrono::steady_clock::now();
  write(client, "question");
  EXPECT_EQ(read(*server_side, 5s), "question");
  EXPECT_GE(std::chrono::steady_clock::now() - before, 150ms);
}

TEST_F(proxied, limits_the_bytes_of_a_second) {
  proxy->limit(way::to_target, 100);
  const auto before = std::chrono::steady_clock::now();
  write(client, std::string(20, 'x'));
  EXPECT_EQ(read(*server_side, 5s).size(), 20U);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 200ms);
}

TEST_F(proxied, cuts_by_a_reset) {
  write(client, "question");
  EXPECT_EQ(read(*server_side, 5s), "question");
  proxy->cut();
  char byte;
  pollfd one{client.native_handle(), POLLIN, 0};
  ASSERT_EQ(::poll(&one, 1, 5000), 1);
  EXPECT_EQ(::recv(client.native_handle(), &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
  EXPECT_TRUE(ended(*server_side));
}

TEST_F(proxied, refuses_new_connections) {
  proxy->refuse(true);
  tcp::socket second(loop);
  second.connect({asio::ip::address_v4::loopback(), proxy->port()});
  EXPECT_TRUE(ended(second));
}

TEST_F(proxied, closes_the_senders_window_by_reading_nothing) {
  write(client, "a");
  EXPECT_EQ(read(*server_side, 5s), "a");
  proxy->stop_reading(way::to_target, true);
  // One piece may be on its way already; the buffers of the system take some megabytes.
  const std::string much(1 << 20, 'x');
  const timeval limit{0, 300'000};
  ::setsockopt(client.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  bool full = false;
  for (int i = 0; i < 64 && !full; ++i) {
    full = ::send(client.native_handle(), much.data(), much.size(), MSG_NOSIGNAL) <
           static_cast<ssize_t>(much.size());
  }
  EXPECT_TRUE(full);
}

TEST(a_proxied_socket, reaches_a_path) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("paperboy-proxy-" + std::to_string(::getpid()) + ".sock");
  std::filesystem::remove(path);
  const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  path.string().copy(at.sun_path, sizeof at.sun_path - 1);
  ASSERT_EQ(::bind(server, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  ASSERT_EQ(::listen(server, 1), 0);
  const auto proxy = fault_proxy::to_socket(path.string());
  asio::io_context loop;
  tcp::socket client(loop);
  client.connect({asio::ip::address_v4::loopback(), proxy->port()});
  const int accepted = ::accept(server, nullptr, nullptr);
  client.send(asio::buffer("hello", 5));
  char bytes[5];
  EXPECT_EQ(::recv(accepted, bytes, sizeof bytes, MSG_WAITALL), 5);
  EXPECT_EQ(std::string(bytes, 5), "hello");
  ::close(accepted);
  ::close(server);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace paperboy::faults

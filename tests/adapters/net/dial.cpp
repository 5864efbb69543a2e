#include "adapters/net/dial.hpp"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <deque>
#include <optional>

namespace paperboy::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

TEST(endpoint, is_a_host_and_a_port) {
  const auto apple = parse_https_endpoint("https://api.push.apple.com");
  ASSERT_TRUE(apple);
  EXPECT_EQ(apple->host, "api.push.apple.com");
  EXPECT_EQ(apple->port, 443);
  EXPECT_EQ(apple->text(), "api.push.apple.com");

  const auto local = parse_https_endpoint("https://localhost:2197/");
  ASSERT_TRUE(local);
  EXPECT_EQ(local->port, 2197);
  EXPECT_EQ(local->text(), "localhost:2197");

  const auto six = parse_https_endpoint("https://[::1]:8443");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->text(), "[::1]:8443");
}

TEST(endpoint, is_nothing_else) {
  for (const char* text :
       {"", "api.push.apple.com", "http://api.push.apple.com", "https://", "https://:443",
        "https://h:0", "https://h:65536", "https://h:", "https://h:44x", "https://h/path",
        "https://user@h", "https://h\r\nx", "https://[::1", "https://[::1]443"}) {
    EXPECT_FALSE(parse_https_endpoint(text)) << text;
  }
}

struct dial_test : ::testing::Test {
  std::optional<error_code> reach(const authority& where, dial_limits limits = {}) {
    std::optional<error_code> outcome;
    const dialling attempt(context, where, limits, [&](error_code failed, tcp::socket socket) {
      outcome = failed;
      if (!failed) connected.emplace(std::move(socket));
    });
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!outcome && std::chrono::steady_clock::now() < end) context.run_one_for(10ms);
    return outcome;
  }

  asio::io_context context{1};
  std::optional<tcp::socket> connected;
};

TEST_F(dial_test, tries_every_address_of_a_name) {
  // "localhost" is ::1 as well where there is IPv6; nobody listens there.
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  EXPECT_EQ(reach({"localhost", acceptor.local_endpoint().port()}), error_code{});
  ASSERT_TRUE(connected);
  tcp::no_delay no_delay;
  connected->get_option(no_delay);
  EXPECT_TRUE(no_delay.value());
  unsigned int limit = 0;
  socklen_t size = sizeof limit;
  ASSERT_EQ(
      ::getsockopt(connected->native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, &size), 0);
  EXPECT_EQ(limit, dialling::unacknowledged_limit.count());
}

TEST_F(dial_test, says_why_nobody_could_be_reached) {
  std::uint16_t port = 0;
  {
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    port = acceptor.local_endpoint().port();
  }
  EXPECT_EQ(reach({"127.0.0.1", port}), asio::error::connection_refused);
}

TEST_F(dial_test, gives_an_address_its_limit) {
  // A backlog of one that is full leaves further connections without an answer.
  tcp::acceptor acceptor(context, tcp::v4());
  acceptor.bind({asio::ip::address_v4::loopback(), 0});
  acceptor.listen(0);
  std::deque<tcp::socket> fill;
  for (int i = 0; i < 4; ++i) {
    fill.emplace_back(context).async_connect(acceptor.local_endpoint(), [](error_code) {});
  }
  EXPECT_EQ(reach({"127.0.0.1", acceptor.local_endpoint().port()}, {.address = 50ms}),
            make_error_code(errc::timed_out));
}

TEST_F(dial_test, is_forgotten_with_its_object) {
  bool heard = false;
  {
    const dialling attempt(context, {"localhost", 9}, {},
                           [&](error_code, tcp::socket) { heard = true; });
  }
  context.run_for(200ms);
  EXPECT_FALSE(heard);
}

}  // namespace
}  // namespace paperboy::net

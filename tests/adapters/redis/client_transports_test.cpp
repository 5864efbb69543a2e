#include <gtest/gtest.h>

#include <string>

#include "adapters/redis/client.hpp"
#include "tests/adapters/net/certificates.hpp"
#include "tests/adapters/redis/server.hpp"

namespace paperboy::redis {
namespace {

using namespace std::chrono_literals;
using testing::private_server;

class redis_transports : public ::testing::Test {
 protected:
  void run(task<void> work) { testing::run(context_, std::move(work)); }

  static url at(transport_kind kind, std::string host, std::uint16_t port) {
    url where;
    where.kind = kind;
    where.host = std::move(host);
    where.port = port;
    return where;
  }

  boost::asio::io_context context_{1};
};

TEST_F(redis_transports, speaks_over_tcp) {
  const std::uint16_t port = testing::free_port();
  private_server server{{"--port", std::to_string(port)}};
  client_settings settings = server.settings();
  settings.where = at(transport_kind::tcp, "localhost", port);
  client redis{context_, settings};
  run([&]() -> task<void> {
    EXPECT_EQ((co_await redis.call("ECHO", "hello"))->as_string(), "hello");
  }());
}

TEST_F(redis_transports, speaks_over_tls_and_reads_what_is_long) {
  const auto& files = net::testing::server_certificate();
  const std::uint16_t port = testing::free_port();
  private_server server{{"--tls-port", std::to_string(port), "--tls-cert-file", files.certificate,
                         "--tls-key-file", files.key, "--tls-auth-clients", "no",
                         "--tls-ca-cert-file", files.certificate}};
  client_settings settings = server.settings();
  settings.where = at(transport_kind::tls, "localhost", port);
  settings.where.ca_file = files.certificate;
  client redis{context_, settings};
  const std::string large(3U << 20, 'x');
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.wait_until_connected(5s)) << redis.last_failure();
    EXPECT_EQ((co_await redis.call("ECHO", large))->as_string(), large);
    co_await redis.close();
  }());
}

TEST_F(redis_transports, trusts_no_certificate_that_it_was_not_told_of) {
  const auto& files = net::testing::server_certificate();
  const std::uint16_t port = testing::free_port();
  private_server server{{"--tls-port", std::to_string(port), "--tls-cert-file", files.certificate,
                         "--tls-key-file", files.key, "--tls-auth-clients", "no",
                         "--tls-ca-cert-file", files.certificate}};
  client_settings settings = server.settings();
  settings.where = at(transport_kind::tls, "localhost", port);
  client redis{context_, settings};
  run([&]() -> task<void> {
    EXPECT_TRUE(
        co_await testing::eventually([&] { return redis.statistics().connect_failures > 0; }));
    EXPECT_FALSE(redis.connected());
    EXPECT_NE(redis.last_failure().find("TLS: "), std::string::npos) << redis.last_failure();
  }());
}

TEST_F(redis_transports, says_which_ca_file_it_cannot_read) {
  const std::uint16_t port = testing::free_port();
  private_server server{{"--port", std::to_string(port)}};
  client_settings settings = server.settings();
  settings.where = at(transport_kind::tls, "localhost", port);
  settings.where.ca_file = "/nowhere/ca.pem";
  client redis{context_, settings};
  run([&]() -> task<void> {
    EXPECT_TRUE(
        co_await testing::eventually([&] { return redis.statistics().connect_failures > 0; }));
    EXPECT_NE(redis.last_failure().find("/nowhere/ca.pem"), std::string::npos)
        << redis.last_failure();
  }());
}

TEST_F(redis_transports, signs_in_and_says_so_when_the_password_is_wrong) {
  private_server server{{"--requirepass", "open sesame"}};
  client_settings settings = server.settings();
  settings.where.password = "open sesame";
  client right{context_, settings};
  settings.where.password = "guess";
  client wrong{context_, settings};
  settings.where.password = "";
  client none{context_, settings};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await right.call("PING"));
    EXPECT_EQ((co_await wrong.wait_until_connected(10s)).error(), errc::unauthorized);
    EXPECT_EQ((co_await none.wait_until_connected(10s)).error(), errc::unauthorized);
    EXPECT_NE(wrong.last_failure().find("WRONGPASS"), std::string::npos);
    EXPECT_EQ(wrong.last_failure().find("guess"), std::string::npos);
    EXPECT_NE(none.last_failure().find("NOAUTH"), std::string::npos);
  }());
}

TEST_F(redis_transports, signs_in_as_a_user_with_few_rights) {
  private_server server;
  client_settings settings = server.settings();
  client operator_of_it{context_, settings};
  settings.where.user = "paperboy";
  settings.where.password = "p@ss:word/?";
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await operator_of_it.call("ACL", "SETUSER", "paperboy", "on", ">p@ss:word/?",
                                             "~allowed:*", "+get", "+set", "+select"));
    settings.where.database = 3;
    client redis{context_, settings};
    EXPECT_TRUE(co_await redis.call("SET", "allowed:1", "x"));
    const answer a = co_await redis.call("SET", "other", "x");
    EXPECT_EQ(a.kind(), error_kind::permission);
    EXPECT_EQ(a.error(), errc::unauthorized);
    EXPECT_TRUE(co_await operator_of_it.call("SELECT", 3));
    EXPECT_EQ((co_await operator_of_it.call("GET", "allowed:1"))->as_string(), "x");
  }());
}

TEST_F(redis_transports, says_which_database_there_is_not) {
  private_server server;
  client_settings settings = server.settings();
  settings.where.database = 99;
  client redis{context_, settings};
  run([&]() -> task<void> {
    EXPECT_TRUE(
        co_await testing::eventually([&] { return redis.statistics().connect_failures > 0; }));
    EXPECT_NE(redis.last_failure().find("SELECT: ERR DB index"), std::string::npos)
        << redis.last_failure();
  }());
}

TEST_F(redis_transports, looks_the_name_up_again_when_the_server_became_a_replica) {
  const std::uint16_t port = testing::free_port();
  private_server server{{"--port", std::to_string(port)}};
  client_settings settings = server.settings();
  settings.where = at(transport_kind::tcp, "127.0.0.1", port);
  client redis{context_, settings};
  client other{context_, server.settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("PING"));
    EXPECT_TRUE(co_await other.call("REPLICAOF", "127.0.0.1", 1));
    EXPECT_TRUE(co_await testing::eventually([&] { return redis.connected(); }));
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (redis.statistics().connects < 2 && std::chrono::steady_clock::now() < end) {
      EXPECT_EQ((co_await redis.call("SET", "k", "v")).error(), errc::unavailable);
    }
    EXPECT_GE(redis.statistics().connects, 2U);
    EXPECT_TRUE(co_await other.call("REPLICAOF", "NO", "ONE"));
    EXPECT_TRUE(co_await redis.call("SET", "k", "v"));
  }());
}

}  // namespace
}  // namespace paperboy::redis

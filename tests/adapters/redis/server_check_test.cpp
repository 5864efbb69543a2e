#include "adapters/redis/server_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "tests/adapters/redis/server.hpp"

namespace paperboy::redis {
namespace {

namespace asio = boost::asio;
using testing::private_server;

server_check checked(const client_settings& settings) {
  boost::asio::io_context context{1};
  client redis{context, settings};
  server_check found;
  const auto ask = [&]() -> task<void> { found = co_await check_server(redis); };
  testing::run(context, ask());
  return found;
}

bool recommends(const server_check& check, std::string_view what) {
  return std::any_of(check.recommendations.begin(), check.recommendations.end(),
                     [&](const std::string& line) { return line.find(what) != std::string::npos; });
}

TEST(server_check, finds_nothing_wrong_with_what_is_recommended) {
  private_server server{{"--appendonly", "yes", "--hash-max-listpack-entries", "512",
                         "--hash-max-listpack-value", "512"}};
  const server_check check = checked(server.settings());
  EXPECT_TRUE(check.ok()) << check.problem;
  EXPECT_TRUE(check.recommendations.empty()) << check.recommendations.front();
  EXPECT_FALSE(check.version.empty());
}

TEST(server_check, recommends_what_a_fresh_server_lacks_and_changes_nothing) {
  private_server server{{"--hash-max-listpack-entries", "128"}};
  const server_check check = checked(server.settings());
  EXPECT_TRUE(check.ok()) << check.problem;
  EXPECT_TRUE(recommends(check, "appendonly yes"));
  EXPECT_TRUE(recommends(check, "hash-max-listpack-entries 512 is recommended, it is 128"));
  EXPECT_TRUE(recommends(check, "hash-max-listpack-value 512 is recommended, it is 64"));
  EXPECT_EQ(checked(server.settings()).recommendations, check.recommendations);
}

TEST(server_check, refuses_a_server_that_evicts) {
  private_server server{{"--maxmemory-policy", "allkeys-lru"}};
  const server_check check = checked(server.settings());
  EXPECT_EQ(check.refusal, errc::refused);
  EXPECT_NE(check.problem.find("allkeys-lru"), std::string::npos);
  EXPECT_NE(check.problem.find("set maxmemory-policy noeviction"), std::string::npos);
}

TEST(server_check, sees_the_policy_where_config_is_forbidden_and_says_what_it_cannot_see) {
  private_server evicting{{"--maxmemory-policy", "volatile-ttl", "--rename-command", "CONFIG", ""}};
  EXPECT_EQ(checked(evicting.settings()).refusal, errc::refused);
  private_server sound{{"--rename-command", "CONFIG", ""}};
  const server_check check = checked(sound.settings());
  EXPECT_TRUE(check.ok()) << check.problem;
  EXPECT_TRUE(recommends(check, "CONFIG GET is forbidden"));
}

TEST(server_check, goes_on_where_both_config_and_info_are_forbidden) {
  private_server server;
  boost::asio::io_context context{1};
  client owner{context, server.settings()};
  const auto restrict_user = [&]() -> task<void> {
    EXPECT_TRUE(co_await owner.call("ACL", "SETUSER", "paperboy", "on", ">secret", "~*", "+@all",
                                    "-config", "-info"));
  };
  testing::run(context, restrict_user());
  client_settings settings = server.settings();
  settings.where.user = "paperboy";
  settings.where.password = "secret";
  const server_check check = checked(settings);
  EXPECT_TRUE(check.ok()) << check.problem;
  EXPECT_TRUE(recommends(check, "INFO is forbidden"));
  EXPECT_TRUE(recommends(check, "maxmemory-policy cannot be seen"));
}

// Answers as a server of that version: to the sign-in, and to the three questions.
task<void> play_server(asio::ip::tcp::acceptor& door, std::string version) {
  auto line = co_await door.async_accept(asio::use_awaitable);
  const std::string info = "# Server\r\nredis_version:" + version + "\r\n";
  std::string heard;
  char bytes[4096];
  for (const auto& [last_word, answers] : std::vector<std::pair<std::string, std::string>>{
           {"PING\r\n", "+OK\r\n+PONG\r\n"},
           {"maxmemory-policy\r\n",
            "$" + std::to_string(info.size()) + "\r\n" + info + "\r\n*0\r\n*0\r\n"}}) {
    while (!heard.ends_with(last_word)) {
      heard.append(bytes, co_await line.async_read_some(asio::buffer(bytes), asio::use_awaitable));
    }
    co_await asio::async_write(line, asio::buffer(answers), asio::use_awaitable);
  }
  co_await door.async_accept(asio::use_awaitable);  // keeps the line open until the test ends
}

TEST(server_check, refuses_a_server_that_is_too_old) {
  asio::io_context context{1};
  for (const auto& [version, refused] : {std::pair{"6.0.16", true}, std::pair{"5.0.7", true},
                                         std::pair{"6.2.0", false}, std::pair{"7.0.15", false}}) {
    asio::ip::tcp::acceptor door{context, {asio::ip::make_address("127.0.0.1"), 0}};
    asio::co_spawn(context, play_server(door, version), [](const std::exception_ptr&) {});
    client_settings settings;
    settings.where.host = "127.0.0.1";
    settings.where.port = door.local_endpoint().port();
    const auto ask = [&]() -> task<void> {
      client redis{context, settings};
      const server_check check = co_await check_server(redis);
      EXPECT_EQ(check.refusal == errc::refused, refused) << version << ": " << check.problem;
      if (refused) {
        EXPECT_EQ(check.problem,
                  "Redis " + std::string{version} + " is too old: use 6.2 or later");
      }
    };
    testing::run(context, ask());
  }
}

TEST(server_check, refuses_a_node_of_a_cluster) {
  private_server server{{"--cluster-enabled", "yes"}};
  const server_check check = checked(server.settings());
  EXPECT_EQ(check.refusal, errc::refused);
  EXPECT_NE(check.problem.find("cluster"), std::string::npos);
}

TEST(server_check, waits_for_a_primary) {
  private_server server{{"--replicaof", "127.0.0.1 1"}};
  const server_check check = checked(server.settings());
  EXPECT_EQ(check.refusal, errc::unavailable);
  EXPECT_NE(check.problem.find("replica"), std::string::npos);
}

TEST(server_check, says_that_redis_is_away) {
  private_server server;
  client_settings settings = server.settings();
  settings.command_limit = std::chrono::milliseconds{50};
  server.kill();
  EXPECT_EQ(checked(settings).refusal, errc::unavailable);
}

}  // namespace
}  // namespace paperboy::redis

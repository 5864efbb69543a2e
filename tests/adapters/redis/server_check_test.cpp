#include "adapters/redis/server_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/adapters/redis/server.hpp"

namespace paperboy::redis {
namespace {

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

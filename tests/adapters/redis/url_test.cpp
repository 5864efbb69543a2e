#include "adapters/redis/url.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace paperboy::redis {
namespace {

url parsed(std::string_view text) {
  std::string problem;
  const result<url> u = parse_url(text, problem);
  EXPECT_TRUE(u) << text << ": " << problem;
  return u ? *u : url{};
}

std::string refused(std::string_view text) {
  std::string problem;
  const result<url> u = parse_url(text, problem);
  EXPECT_FALSE(u) << text;
  if (!u) EXPECT_EQ(u.error(), errc::invalid);
  return problem;
}

TEST(redis_url, names_a_folder_of_our_own) {
  const url u = parsed("embedded:./data");
  EXPECT_EQ(u.kind, transport_kind::embedded);
  EXPECT_EQ(u.path, "./data");
  EXPECT_EQ(u.to_text(), "embedded:./data");
}

TEST(redis_url, names_a_server_with_user_password_and_database) {
  const url u = parsed("redis://paper:p%40ss%3Aword@redis.example.com:6380/4");
  EXPECT_EQ(u.kind, transport_kind::tcp);
  EXPECT_EQ(u.user, "paper");
  EXPECT_EQ(u.password, "p@ss:word");
  EXPECT_EQ(u.host, "redis.example.com");
  EXPECT_EQ(u.port, 6380);
  EXPECT_EQ(u.database, 4U);
  EXPECT_EQ(u.to_text(), "redis://redis.example.com:6380/4");
}

TEST(redis_url, has_defaults_and_a_password_without_user) {
  const url u = parsed("rediss://:secret@h");
  EXPECT_EQ(u.kind, transport_kind::tls);
  EXPECT_EQ(u.port, 6379);
  EXPECT_EQ(u.database, 0U);
  EXPECT_EQ(u.user, "");
  EXPECT_EQ(u.password, "secret");
  EXPECT_EQ(parsed("redis://h/").host, "h");
  EXPECT_EQ(parsed("rediss://h?ca_file=/etc/ca.pem").ca_file, "/etc/ca.pem");
  EXPECT_EQ(parsed("redis://[::1]:7000/1").host, "::1");
  EXPECT_EQ(parsed("redis://[::1]:7000/1").to_text(), "redis://[::1]:7000/1");
}

TEST(redis_url, takes_a_password_with_at_signs_and_slashes_as_it_stands) {
  const url u = parsed("redis://u:a@b/c@host:1/2");
  EXPECT_EQ(u.password, "a@b/c");
  EXPECT_EQ(u.host, "host");
  EXPECT_EQ(u.database, 2U);
}

TEST(redis_url, names_a_socket) {
  EXPECT_EQ(parsed("unix:/run/redis.sock").path, "/run/redis.sock");
  EXPECT_EQ(parsed("unix:///run/redis.sock").path, "/run/redis.sock");
  const url u = parsed("unix:/run/redis.sock?db=2&password=a%26b");
  EXPECT_EQ(u.database, 2U);
  EXPECT_EQ(u.password, "a&b");
  EXPECT_EQ(u.to_text(), "unix:/run/redis.sock?db=2");
}

TEST(redis_url, recognises_a_cluster_and_refuses_it) {
  EXPECT_EQ(refused("cluster://h1:7000,h2:7000"), "cluster:// is not supported yet");
}

TEST(redis_url, says_what_is_wrong_and_never_the_password) {
  for (const std::string_view text : {"",
                                      "redis",
                                      "http://h",
                                      "embedded:",
                                      "unix:",
                                      "redis://",
                                      "redis://:6379",
                                      "redis://u:hunter2@h:99999",
                                      "redis://u:hunter2@h:0",
                                      "redis://u:hunter2@h:6379/x",
                                      "redis://u:hunter2@",
                                      "redis://hunter2@h",
                                      "redis://u:hunter2%zz@h",
                                      "redis://::1:6379",
                                      "redis://[::1",
                                      "redis://u:hunter2@h/0?db=1",
                                      "redis://h?ca_file=x",
                                      "unix:/s?db=x",
                                      "unix:/s?what=hunter2",
                                      "redis://a b"}) {
    const std::string problem = refused(text);
    EXPECT_FALSE(problem.empty()) << text;
    EXPECT_EQ(problem.find("hunter2"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace paperboy::redis

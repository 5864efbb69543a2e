#include "adapters/redis/errors.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace paperboy::redis {
namespace {

TEST(redis_errors, are_told_apart_by_their_first_word) {
  EXPECT_EQ(classify("LOADING Redis is loading the dataset in memory"), error_kind::loading);
  EXPECT_EQ(classify("READONLY You can't write against a read only replica."),
            error_kind::read_only);
  EXPECT_EQ(classify("MOVED 3999 127.0.0.1:6381"), error_kind::moved);
  EXPECT_EQ(classify("ASK 3999 127.0.0.1:6381"), error_kind::moved);
  EXPECT_EQ(classify("TRYAGAIN Multiple keys request during rehashing of slot"),
            error_kind::cluster_down);
  EXPECT_EQ(classify("NOREPLICAS Not enough good replicas to write."), error_kind::no_replicas);
  EXPECT_EQ(classify("ERR max number of clients reached"), error_kind::too_many_clients);
  EXPECT_EQ(classify("WRONGPASS invalid username-password pair"), error_kind::authentication);
  EXPECT_EQ(classify("ERR syntax error"), error_kind::other);
  EXPECT_EQ(classify("LOADINGX"), error_kind::other);
  EXPECT_EQ(classify(""), error_kind::other);
}

TEST(redis_errors, inside_a_script_are_found_as_older_servers_wrap_them) {
  EXPECT_EQ(classify("ERR Error running script (call to f_5a3): @user_script:1: @user_script: 1: "
                     "-READONLY You can't write against a read only replica."),
            error_kind::read_only);
  EXPECT_EQ(classify("READONLY You can't write against a read only replica. script: 5a3, on "
                     "@user_script:1."),
            error_kind::read_only);
  EXPECT_EQ(classify("ERR Error running script (call to f_5a3): @user_script:1: attempt to index"),
            error_kind::other);
}

TEST(redis_errors, that_pass_by_themselves_are_unavailable_and_the_rest_are_not) {
  for (std::size_t i = 0; i < error_kind_count; ++i) {
    const auto kind = static_cast<error_kind>(i);
    const bool passes = kind == error_kind::not_connected || kind == error_kind::not_answering ||
                        (kind >= error_kind::loading && kind <= error_kind::too_many_clients);
    EXPECT_EQ(code_of(kind) == errc::unavailable, passes) << to_text(kind);
  }
  EXPECT_FALSE(code_of(error_kind::none));
}

TEST(redis_errors, have_labels_of_their_own) {
  std::set<std::string_view> labels;
  for (std::size_t i = 0; i < error_kind_count; ++i) {
    labels.insert(to_text(static_cast<error_kind>(i)));
  }
  EXPECT_EQ(labels.size(), error_kind_count);
}

TEST(redis_errors, are_logged_without_what_was_sent) {
  EXPECT_EQ(loggable("ERR unknown command 'HGETT', with args beginning with: 'token' 'abc' "),
            "ERR unknown command 'HGETT'");
  EXPECT_EQ(loggable("ERR a\r\nb\x01"), "ERR a??b?");
  EXPECT_EQ(loggable(std::string(1000, 'x')).size(), 200U);
}

}  // namespace
}  // namespace paperboy::redis

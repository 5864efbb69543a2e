#include "adapters/redis/command.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace paperboy::redis {
namespace {

using namespace std::string_view_literals;

TEST(redis_command, is_an_array_of_bulk_strings) {
  command c{"SET", "key", -7};
  c.arg(std::string_view{"\0\r\n", 3});
  EXPECT_EQ(c.encoded(), "*4\r\n$3\r\nSET\r\n$3\r\nkey\r\n$2\r\n-7\r\n$3\r\n\0\r\n\r\n"sv);
  c.arg("");
  EXPECT_TRUE(c.encoded().starts_with("*5\r\n$3\r\nSET"));
  EXPECT_TRUE(c.encoded().ends_with("$0\r\n\r\n"));
}

TEST(redis_command, counts_past_nine_arguments) {
  command c{"DEL"};
  for (int i = 0; i < 1233; ++i) c.arg(i);
  EXPECT_EQ(c.count(), 1234U);
  EXPECT_TRUE(c.encoded().starts_with("*1234\r\n$3\r\nDEL\r\n$1\r\n0\r\n"));
}

TEST(redis_command, is_the_same_alone_and_in_a_pipeline) {
  command c{"HGET", "hash", "field"};
  pipeline p;
  p.add("HGET", "hash", "field");
  EXPECT_EQ(p.bytes(), c.encoded());
  p.add(command{"HGET", "hash"}.arg("field"));
  EXPECT_EQ(p.bytes(), std::string{c.encoded()} + std::string{c.encoded()});
  EXPECT_EQ(p.size(), 2U);
}

TEST(redis_script, is_named_by_the_sha1_of_its_source) {
  const script s{"one", "return 1"};
  EXPECT_EQ(s.sha1(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
  EXPECT_EQ(s.name(), "one");
}

TEST(redis_script, takes_arguments_that_were_encoded_before_as_it_takes_texts) {
  const script s{"one", "return 1"};
  const std::string long_text(1000, 'x');
  const std::vector<std::string_view> keys{"k1", "k2"};
  const std::vector<std::string_view> texts{"", "a", "12", "-7", long_text, "\r\n"};
  pipeline as_texts, encoded;
  as_texts.eval(s, keys, texts);
  encoded_list args;
  args.add("").add("a").add(12U).add(-7).add(long_text).add("\r\n");
  encoded.eval(s, keys, args);
  EXPECT_EQ(encoded.bytes(), as_texts.bytes());
  EXPECT_EQ(args.count(), texts.size());
}

TEST(redis_command, has_arguments_of_any_length) {
  for (std::size_t length = 0; length < 120; ++length) {
    const std::string text(length, 'x');
    std::string bulk;
    append_bulk(bulk, text);
    EXPECT_EQ(bulk, '$' + std::to_string(length) + "\r\n" + text + "\r\n");
  }
}

TEST(redis_script, is_repeated_with_its_source_or_as_it_was) {
  const script s{"one", "return 1"};
  pipeline p;
  p.add("PING");
  p.eval(s, {"k1", "k2"}, {"a"});
  p.add("PING");
  pipeline again;
  p.repeat_with_source(1, again);
  const std::string eval =
      "*6\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n2\r\n$2\r\nk1\r\n$2\r\nk2\r\n$1\r\na\r\n";
  EXPECT_EQ(again.bytes(), eval);
  p.repeat(1, again);
  const std::string evalsha =
      "*6\r\n$7\r\nEVALSHA\r\n$40\r\ne0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n"
      "$1\r\n2\r\n$2\r\nk1\r\n$2\r\nk2\r\n$1\r\na\r\n";
  EXPECT_EQ(again.bytes(), eval + evalsha);
  EXPECT_EQ(again.script_of(1), &s);
  EXPECT_EQ(p.script_of(0), nullptr);
}

}  // namespace
}  // namespace paperboy::redis

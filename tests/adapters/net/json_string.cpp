#include "adapters/net/json_string.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "core/domain/payload.hpp"

namespace paperboy::net {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_json_text(out, text);
  return out;
}

TEST(json_string, escapes_what_must_be_and_no_more) {
  EXPECT_EQ(escaped(R"(a"b\c)"), R"(a\"b\\c)");
  EXPECT_EQ(escaped("\b\f\n\r\t"), R"(\b\f\n\r\t)");
  EXPECT_EQ(escaped(std::string_view("\0\x1f", 2)), R"(\u0000\u001f)");
  EXPECT_EQ(escaped("/\x7fÆ 🗞"), "/\x7fÆ 🗞");
}

TEST(json_string, reads_back_as_it_was_and_is_as_long_as_the_core_says) {
  for (int first = 0; first < 128; ++first) {
    for (int second = 0; second < 128; ++second) {
      const std::string text{static_cast<char>(first), 'x', static_cast<char>(second)};
      const std::string json = "\"" + escaped(text) + "\"";
      EXPECT_EQ(boost::json::parse(json).as_string(), text);
      EXPECT_EQ(json.size() - 2, escaped_length(text));
      EXPECT_EQ(needs_json_escapes(text), escaped(text) != text);
    }
  }
}

TEST(json_string, finds_what_needs_an_escape_at_every_place_of_texts_of_every_length) {
  for (std::size_t length = 1; length < 36; ++length) {
    for (const char plain : {'x', ' ', '!', '\x7f', '\x80', '\xff'}) {
      const std::string text(length, plain);
      EXPECT_EQ(escaped(text), text);
      EXPECT_FALSE(needs_json_escapes(text));
      for (std::size_t at = 0; at < length; ++at) {
        for (const char special : {'"', '\\', '\x1f', '\n', '\0'}) {
          std::string one = text;
          one[at] = special;
          EXPECT_TRUE(needs_json_escapes(one));
          EXPECT_EQ(escaped(one), text.substr(0, at) + escaped({&special, 1}) +
                                      text.substr(at + 1));
        }
      }
    }
  }
}

}  // namespace
}  // namespace paperboy::net

#include "adapters/redis/reply_reader.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace paperboy::redis {
namespace {

using step = reply_reader::step;

constexpr reply_limits generous{1U << 20, 10000};

struct value {
  reply_type type = reply_type::nil;
  std::int64_t number = 0;
  std::string text;
  std::vector<value> children;
};

std::string encoded(const value& v) {
  switch (v.type) {
    case reply_type::nil:
      return "$-1\r\n";
    case reply_type::integer:
      return ":" + std::to_string(v.number) + "\r\n";
    case reply_type::string:
      return "$" + std::to_string(v.text.size()) + "\r\n" + v.text + "\r\n";
    case reply_type::error:
      return "-ERR " + std::to_string(v.number) + "\r\n";
    case reply_type::array:
      break;
  }
  std::string out = "*" + std::to_string(v.children.size()) + "\r\n";
  for (const value& child : v.children) out += encoded(child);
  return out;
}

void expect_same(const value& v, reply_view r) {
  RC_ASSERT(r.type() == v.type);
  if (v.type == reply_type::integer) RC_ASSERT(r.as_int() == v.number);
  if (v.type == reply_type::string) RC_ASSERT(r.as_string() == v.text);
  if (v.type == reply_type::error) {
    RC_ASSERT(r.as_string() == "ERR " + std::to_string(v.number));
  }
  RC_ASSERT(r.size() == v.children.size());
  std::size_t i = 0;
  for (const reply_view child : r) {
    expect_same(v.children[i], child);
    expect_same(v.children[i], r[i]);
    ++i;
  }
  RC_ASSERT(i == v.children.size());
}

value any_value(int depth) {
  value v;
  v.type = static_cast<reply_type>(*rc::gen::inRange(0, depth > 0 ? 5 : 3));
  if (v.type == reply_type::array && depth == 0) v.type = reply_type::nil;
  v.number = *rc::gen::arbitrary<std::int64_t>();
  v.text = *rc::gen::arbitrary<std::string>();
  if (v.type != reply_type::array) return v;
  const int size = *rc::gen::inRange(0, 5);
  for (int i = 0; i < size; ++i) v.children.push_back(any_value(depth - 1));
  return v;
}

TEST(reply_reader, reads_any_reply_in_any_pieces) {
  EXPECT_TRUE(rc::check([] {
    std::vector<value> sent;
    std::string bytes;
    const int count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) {
      sent.push_back(any_value(5));
      bytes += encoded(sent.back());
    }
    reply_reader reader{generous};
    std::vector<reply> got;
    for (std::string_view rest = bytes; !rest.empty();) {
      const auto size = std::min<std::size_t>(rest.size(), *rc::gen::inRange<std::size_t>(1, 40));
      reader.feed(rest.substr(0, size));
      rest.remove_prefix(size);
      reply r;
      while (reader.next(r) == step::reply) got.push_back(std::move(r));
    }
    RC_ASSERT(got.size() == sent.size());
    for (std::size_t i = 0; i < got.size(); ++i) expect_same(sent[i], got[i].view());
  }));
}

step first_step(std::string_view bytes, reply_limits limits = generous) {
  reply_reader reader{limits};
  reader.feed(bytes);
  reply r;
  return reader.next(r);
}

TEST(reply_reader, refuses_what_is_not_resp2) {
  EXPECT_EQ(first_step("HTTP/1.1 200 OK\r\n"), step::broken);
  EXPECT_EQ(first_step("%1\r\n"), step::broken);
  EXPECT_EQ(first_step("_\r\n"), step::broken);
  EXPECT_EQ(first_step(">2\r\n"), step::broken);
  EXPECT_EQ(first_step("*-2\r\n"), step::broken);
}

TEST(reply_reader, believes_no_count_before_the_values_come) {
  EXPECT_EQ(first_step("*1073741824\r\n"), step::broken);
  EXPECT_EQ(first_step("*10000\r\n"), step::broken);
  EXPECT_EQ(first_step("*9998\r\n"), step::more);
  EXPECT_EQ(first_step("*-1\r\n"), step::reply);
}

TEST(reply_reader, bounds_the_bytes_of_a_reply) {
  constexpr reply_limits narrow{10, 100};
  EXPECT_EQ(first_step("$10\r\n0123456789\r\n", narrow), step::reply);
  EXPECT_EQ(first_step("$11\r\n0123456789a\r\n", narrow), step::broken);
  EXPECT_EQ(first_step("*2\r\n$6\r\n012345\r\n$6\r\n012345\r\n", narrow), step::broken);
  reply_reader reader{narrow};
  const std::string endless = "$1000000000\r\n" + std::string(reply_reader::piece - 13, 'x');
  reply r;
  reader.feed(endless);
  EXPECT_EQ(reader.next(r), step::more);
  reader.feed(endless);
  EXPECT_EQ(reader.next(r), step::broken);
  EXPECT_EQ(reader.problem(), "a reply beyond the limit");
}

TEST(reply_reader, refuses_deep_nesting) {
  std::string deep;
  for (int i = 0; i < 20; ++i) deep += "*1\r\n";
  EXPECT_EQ(first_step(deep + ":1\r\n"), step::broken);
}

TEST(reply_view, reads_whole_decimal_numbers_only) {
  const auto number = [](std::string_view text) {
    reply_reader reader{generous};
    reader.feed("$" + std::to_string(text.size()) + "\r\n" + std::string{text} + "\r\n");
    reply r;
    EXPECT_EQ(reader.next(r), step::reply);
    return r.integer();
  };
  EXPECT_EQ(number("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(number("9223372036854775808"), std::nullopt);
  EXPECT_EQ(number(" 1"), std::nullopt);
  EXPECT_EQ(number("1 "), std::nullopt);
  EXPECT_EQ(number(""), std::nullopt);
}

TEST(reply_view, is_nil_without_an_owner) {
  const reply_view nobody;
  EXPECT_TRUE(nobody.is_nil());
  EXPECT_EQ(nobody.as_string(), "");
  EXPECT_EQ(nobody.as_int(7), 7);
  EXPECT_TRUE(nobody[0].is_nil());
  EXPECT_EQ(nobody.begin(), nobody.end());
}

}  // namespace
}  // namespace paperboy::redis

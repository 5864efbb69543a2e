#include "core/domain/identifiers.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>

#include "core/domain/notification.hpp"

namespace paperboy {
namespace {

RC_GTEST_PROP(identifiers, come_back_from_their_text,
              (const std::array<std::uint8_t, 16>& bytes, std::uint8_t number)) {
  const subscriber_id subscriber{bytes};
  const device_id device{subscriber, number};
  RC_ASSERT(to_text(subscriber).size() == 32U);
  RC_ASSERT(to_text(device).size() == 34U);
  RC_ASSERT(parse_subscriber_id(to_text(subscriber)) == subscriber);
  RC_ASSERT(parse_device_id(to_text(device)) == device);
  RC_ASSERT(subscriber_id_from(subscriber.view()) == subscriber);
}

TEST(identifiers, have_one_spelling) {
  const std::string text = to_text(device_id{});
  EXPECT_TRUE(parse_device_id(text));
  EXPECT_FALSE(parse_device_id(text + "0"));
  EXPECT_FALSE(parse_device_id(text.substr(1)));
  EXPECT_FALSE(parse_subscriber_id("ABCDEF00000000000000000000000000"));
  EXPECT_FALSE(parse_subscriber_id("0x000000000000000000000000000000"));
  EXPECT_FALSE(parse_subscriber_id(""));
}

TEST(identifiers, first_two_bytes_choose_the_shard) {
  subscriber_id id;
  id.bytes[0] = 0x12;
  id.bytes[1] = 0x34;
  EXPECT_EQ(id.shard(16), 0x1234U % 16);
  EXPECT_EQ(id.shard(10), 0x1234U % 10);
  id.bytes[2] = 0xFF;
  EXPECT_EQ(id.shard(16), 0x1234U % 16);
}

TEST(identifiers, an_app_id_may_stand_inside_a_key) {
  EXPECT_TRUE(valid_app_id("anewz"));
  EXPECT_TRUE(valid_app_id("0"));
  EXPECT_TRUE(valid_app_id("a-b_c"));
  EXPECT_TRUE(valid_app_id(std::string(32, 'a')));
  for (const char* bad : {"", "-a", "_a", "A", "a:b", "a}b", "a b", "a|b", "ä"}) {
    EXPECT_FALSE(valid_app_id(bad)) << bad;
  }
  EXPECT_FALSE(valid_app_id(std::string(33, 'a')));
}

TEST(identifiers, hex_takes_either_case_and_whole_bytes) {
  EXPECT_EQ(from_hex("00ffA5"), std::string("\x00\xff\xa5", 3));
  EXPECT_EQ(to_hex(std::string_view("\x00\xff\xa5", 3)), "00ffa5");
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_hex("0g"));
  EXPECT_EQ(from_hex(""), "");
}

TEST(identifiers, a_message_id_is_a_version_8_uuid) {
  const auto id = make_message_id("digest-20261124T0400Z", device_id{});
  const auto text = id.view();
  ASSERT_EQ(text.size(), 36U);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) EXPECT_EQ(text[at], '-');
  EXPECT_EQ(text[14], '8');
  EXPECT_NE(std::string_view("89ab").find(text[19]), std::string_view::npos);
}

TEST(identifiers, a_message_id_depends_on_run_subscriber_and_number) {
  std::set<std::string> seen;
  for (const char* run : {"digest-1", "digest-2"}) {
    for (std::uint8_t first = 0; first < 2; ++first) {
      for (std::uint8_t number = 0; number < 2; ++number) {
        device_id device;
        device.subscriber.bytes[0] = first;
        device.number = number;
        seen.emplace(make_message_id(run, device).view());
        EXPECT_EQ(make_message_id(run, device).text, make_message_id(run, device).text);
      }
    }
  }
  EXPECT_EQ(seen.size(), 8U);
}

}  // namespace
}  // namespace paperboy

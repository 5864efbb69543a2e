#include "adapters/redis/record.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "adapters/redis/record_view.hpp"
#include "tests/adapters/redis/subscribers.hpp"

namespace paperboy::redis {
namespace {

using namespace std::chrono_literals;

const cohort baku{"anewz", "Asia/Baku", 480min};

subscriber typical() {
  subscriber s;
  s.id = subscriber_id_from("0123456789abcdef");
  s.app = "anewz";
  s.joined = 7;
  s.wishes.time_zone = "Asia/Baku";
  s.wishes.digest_time = 480min;
  s.wishes.topics = {{3, frequency::digest},
                     {11, frequency::both},
                     {19, frequency::digest},
                     {27, frequency::instant},
                     {44, frequency::digest}};
  device d;
  d.generation = 0x12345678;
  d.joined = 7;
  d.registered_at = std::chrono::sys_seconds{1'764'000'000s};
  d.token = std::string(32, '\xA5');
  d.locale = "az-AZ";
  d.time_zone = "Asia/Baku";
  d.app_version = "3.1.0";
  s.devices = {d};
  return s;
}

std::string packed(const subscriber& s) {
  return pack(s, baku).value();
}

// The digest walk must see what the full reading sees.
void expect_same_view(const subscriber& s, std::string_view record) {
  std::vector<viewed_device> live(1);
  const auto view = record_view::read(record, live);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->joined() == s.joined);
  RC_ASSERT(view->id() == s.id);
  RC_ASSERT(view->due_days(weekdays::from_bits(3)) == s.due_days([] {
    digest_defaults d;
    d.days = weekdays::from_bits(3);
    return d;
  }()));
  RC_ASSERT(view->silence().pause == s.wishes.pause);
  RC_ASSERT(view->silence().mute_until == s.wishes.mute_until);
  const auto wish = unpack_wish(view->wish());
  RC_ASSERT(wish.has_value());
  RC_ASSERT(wish->topics == s.wishes.topics);
  RC_ASSERT(wish->max_items == s.wishes.max_items);
  RC_ASSERT(wish->min_items == s.wishes.min_items);
  RC_ASSERT(wish->instant_items == s.wishes.instant_items);
  std::size_t at = 1;
  for (const auto& d : s.devices) {
    if (!d.live()) continue;
    const auto& seen = live.at(at++);
    RC_ASSERT(seen.number == d.number);
    RC_ASSERT(seen.platform == d.platform);
    RC_ASSERT(seen.gateway_environment == d.gateway_environment);
    RC_ASSERT(seen.generation == d.generation);
    RC_ASSERT(seen.joined == d.joined);
    RC_ASSERT(seen.registered_at == d.registered_at);
    RC_ASSERT(seen.token.str() == d.token);
  }
  RC_ASSERT(at == live.size());
}

RC_GTEST_PROP(record, every_subscriber_comes_back, ()) {
  const subscriber s = any_subscriber(baku);
  const auto record = pack(s, baku);
  RC_ASSERT(record.has_value());
  const auto back = unpack(*record, baku);
  RC_ASSERT(back.has_value());
  RC_ASSERT(back->id == s.id && back->app == s.app && back->version == s.version);
  RC_ASSERT(back->joined == s.joined);
  RC_ASSERT(back->wishes == s.wishes);
  RC_ASSERT(back->devices == s.devices);
  RC_ASSERT(packed(*back) == *record);
  expect_same_view(s, *record);

  const auto halves = split_record(*record);
  RC_ASSERT(halves.head.size() <= longest_head);
  RC_ASSERT(has_spill(halves.head) == !halves.spill.empty());
  RC_ASSERT(join_record(halves.head, halves.spill).value() == *record);
}

RC_GTEST_PROP(record, truncated_or_longer_it_is_no_record, ()) {
  const auto record = packed(any_subscriber(baku));
  const auto size = *rc::gen::inRange<std::size_t>(0, record.size());
  std::vector<viewed_device> live;
  for (const auto& bad : {record.substr(0, size), record + '\0'}) {
    RC_ASSERT(unpack(bad, baku).error() == errc::protocol);
    RC_ASSERT(record_view::read(bad, live).error() == errc::protocol);
    RC_ASSERT(live.empty());
  }
}

RC_GTEST_PROP(record, garbage_is_read_without_a_crash, (std::string bytes)) {
  bytes.insert(bytes.begin(), static_cast<char>(record_version));
  std::vector<viewed_device> live;
  (void)unpack(bytes, baku);
  (void)record_view::read(bytes, live);
  (void)unpack_wish(bytes);
  (void)join_record(bytes, bytes);
}

RC_GTEST_PROP(record, one_wrong_byte_is_read_without_a_crash, ()) {
  auto record = packed(any_subscriber(baku));
  record[*rc::gen::inRange<std::size_t>(0, record.size())] = *rc::gen::arbitrary<char>();
  std::vector<viewed_device> live;
  const auto whole = unpack(record, baku);
  const auto view = record_view::read(record, live);
  // The walk is never stricter: whoever can be read is not held up by it.
  RC_ASSERT(view.has_value() || whole.has_error());
}

TEST(record, of_one_phone_and_five_topics_is_short) {
  EXPECT_EQ(packed(typical()).size(), 81U);
}

TEST(record, has_version_and_joined_in_its_first_five_bytes) {
  const auto record = packed(typical());
  EXPECT_EQ(record.substr(0, 5), std::string("\x01\x07\0\0\0", 5));
}

TEST(record, of_an_unknown_version_is_refused_and_never_guessed) {
  auto record = packed(typical());
  for (const char version : {'\0', '\x02', '\xFF'}) {
    record[0] = version;
    std::vector<viewed_device> live;
    EXPECT_EQ(unpack(record, baku).error(), errc::protocol);
    EXPECT_EQ(record_view::read(record, live).error(), errc::protocol);
    EXPECT_FALSE(has_spill(record));
  }
}

TEST(record, with_flags_nobody_knows_is_refused) {
  auto record = packed(typical());
  record[6] = static_cast<char>(record[6] | '\x80');
  EXPECT_EQ(unpack(record, baku).error(), errc::protocol);
}

// As Firebase gives them today.
std::string firebase_token(std::size_t front, std::size_t back) {
  std::string token(front, 'd');
  token += ":APA91b";
  for (std::size_t i = 0; i < back; ++i) token += "Z9-_aQ"[i % 6];
  return token;
}

TEST(record, of_an_android_phone_takes_six_bits_a_letter_of_its_token) {
  auto apple = typical(), google = typical();
  google.devices[0].platform = platform::android;
  google.devices[0].token = firebase_token(22, 134);
  const auto record = packed(google);
  EXPECT_EQ(record.size(), packed(apple).size() - 32 + 120);
  EXPECT_EQ(unpack(record, baku)->devices, google.devices);
}

TEST(record, keeps_tokens_of_every_shape) {
  auto s = typical();
  s.devices[0].platform = platform::android;
  std::vector<std::string> tokens{"", ":APA91b", ":APA91", "APA91b", "a:APA91bb:APA91bc", "a b:APA91bc",
                                  std::string(32, 'x'), firebase_token(256, 10),
                                  firebase_token(3, 5000)};
  for (std::size_t front = 0; front < 6; ++front) {
    for (std::size_t back = 0; back < 6; ++back) tokens.push_back(firebase_token(front, back));
  }
  for (const auto& token : tokens) {
    s.devices[0].token = token;
    const auto record = packed(s);
    const auto back = unpack(record, baku);
    ASSERT_TRUE(back) << token;
    EXPECT_EQ(back->devices[0].token, token);
    std::vector<viewed_device> live;
    ASSERT_TRUE(record_view::read(record, live)) << token;
    EXPECT_EQ(live.at(0).token.str(), token);
  }
}

TEST(record, tokens_of_a_block_stay_where_they_are_written_out) {
  std::vector<viewed_device> live;
  std::vector<std::string> records;
  for (std::size_t i = 0; i < 9; ++i) {
    auto s = typical();
    s.devices[0].platform = i % 2 == 0 ? platform::android : platform::ios;
    if (i % 2 == 0) s.devices[0].token = firebase_token(i, 100 + i);
    records.push_back(packed(s));
  }
  for (const auto& r : records) ASSERT_TRUE(record_view::read(r, live));
  std::string room;
  const auto devices = devices_of(live, room);
  ASSERT_EQ(devices.size(), 9U);
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(devices[i].token, i % 2 == 0 ? firebase_token(i, 100 + i) : std::string(32, '\xA5'));
  }
}

TEST(record, says_the_same_wish_in_the_same_bytes_whoever_chose_the_locale) {
  auto chosen = typical(), inherited = typical();
  chosen.wishes.locale = "az-AZ";
  chosen.id = subscriber_id_from("another one's id");
  chosen.devices[0].locale = "ru";
  chosen.wishes.quiet = quiet_hours{22h, 7h};
  std::vector<viewed_device> live;
  const auto one = packed(chosen), other = packed(inherited);
  EXPECT_EQ(record_view::read(one, live)->wish(), record_view::read(other, live)->wish());
  EXPECT_EQ(unpack_wish(record_view::read(one, live)->wish())->locale, "az-AZ");
}

TEST(record, device_is_never_older_than_its_subscriber) {
  auto s = typical();
  s.joined = 9;
  EXPECT_EQ(unpack(packed(s), baku)->devices[0].joined, 9U);
  s.devices[0].joined = 11;
  EXPECT_EQ(unpack(packed(s), baku)->devices[0].joined, 11U);
}

TEST(record, times_out_of_range_are_clamped) {
  auto s = typical();
  s.devices[0].registered_at = std::chrono::sys_seconds{-5s};
  EXPECT_EQ(unpack(packed(s), baku)->devices[0].registered_at, std::chrono::sys_seconds{0s});
}

TEST(record, what_cannot_be_kept_is_invalid) {
  auto s = typical();
  s.devices[0].number = 32;
  EXPECT_EQ(pack(s, baku).error(), errc::invalid);
  s = typical();
  s.devices.push_back(s.devices[0]);
  EXPECT_EQ(pack(s, baku).error(), errc::invalid);
  s = typical();
  std::swap(s.wishes.topics[0], s.wishes.topics[1]);
  EXPECT_EQ(pack(s, baku).error(), errc::invalid);
  s = typical();
  s.devices[0].token.assign(longest_record, 'x');
  EXPECT_EQ(pack(s, baku).error(), errc::invalid);
}

TEST(record, halves_of_two_records_are_never_taken_for_one) {
  auto s = typical();
  s.devices[0].token.assign(900, 'x');
  const auto one = split_record(packed(s));
  s.devices[0].token.assign(900, 'y');
  const auto other = split_record(packed(s));
  ASSERT_TRUE(has_spill(one.head));
  EXPECT_EQ(join_record(one.head, other.spill).error(), errc::conflict);
  EXPECT_EQ(join_record(one.head, "").error(), errc::conflict);
  EXPECT_EQ(unpack(one.head, baku).error(), errc::protocol);
}

}  // namespace
}  // namespace paperboy::redis

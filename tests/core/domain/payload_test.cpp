#include "core/domain/payload.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unicode/brkiter.h>
#include <unicode/unistr.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdio>
#include <memory>

#include "core/domain/text.hpp"

namespace paperboy {
namespace {

constexpr std::string_view id = "0190f3a2-7c1e-8a55-9d2b-6f0c4e8a1b37";

// The bodies by the contract in payload.hpp, written here once more and in another way: what is
// measured there is held against what this writes.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    constexpr std::string_view letters = "btnfr";
    constexpr std::string_view controls = "\b\t\n\f\r";
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (const auto at = controls.find(c); at != std::string_view::npos) {
      out += {'\\', letters[at]};
    } else if (u < 0x20) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", u);
      out += escape.data();
    } else {
      out += c;
    }
  }
  return out + "\"";
}

class object {
 public:
  object& raw(std::string_view key, const std::string& value) {
    text_ += (text_.empty() ? "" : ",") + quoted(key) + ":" + value;
    return *this;
  }
  object& add(std::string_view key, std::string_view value) { return raw(key, quoted(value)); }
  object& maybe(std::string_view key, std::string_view value) {
    return value.empty() ? *this : add(key, value);
  }
  std::string str() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

std::string longest_apns(const notification& n) {
  object aps;
  aps.raw("alert", object{}.add("title", n.title).maybe("body", n.body).str());
  aps.add("interruption-level", "passive");
  aps.add("thread-id", n.kind == push_kind::digest ? "digest" : "breaking");
  if (!n.image_url.empty()) aps.raw("mutable-content", "1");
  object ours;
  ours.add("id", id).add("kind", n.kind == push_kind::digest ? "digest" : "notification");
  ours.maybe("edition", n.edition).maybe("url", n.url).maybe("image", n.image_url);
  return object{}.raw("aps", aps.str()).raw("paperboy", ours.str()).str();
}

std::string longest_fcm(const notification& n) {
  const bool digest = n.kind == push_kind::digest;
  const std::string word = digest ? "digest" : "breaking";
  object shown;
  shown.add("title", n.title).maybe("body", n.body).maybe("image", n.image_url);
  object data;
  data.add("paperboy_id", id).add("paperboy_kind", digest ? "digest" : "notification");
  data.maybe("paperboy_edition", n.edition).maybe("paperboy_url", n.url);
  object android;
  android.add("collapse_key", n.collapse_key.empty() ? "paperboy_" + word : n.collapse_key);
  android.add("ttl", "2419200s").add("priority", digest ? "NORMAL" : "HIGH");
  object channel;
  channel.add("channel_id", "paperboy_" + word);
  channel.add("tag", word + "-" + (n.collapse_key.empty() ? n.scope : n.collapse_key));
  android.raw("notification", channel.str());
  object message;
  message.add("token", "").raw("notification", shown.str()).raw("data", data.str());
  message.raw("android", android.str());
  return object{}.raw("message", message.str()).str();
}

notification sample() {
  notification n;
  n.title = "India blocks Azerbaijan from full SCO membership";
  n.body = "Shinmoedake erupts in Japan · Portugal mourns and 3 more stories";
  n.url = "https://anewz.tv/region/2";
  n.image_url = "https://anewz.tv/img/anewz-2.jpg";
  n.edition = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdEf";
  n.scope = "2026-11-24";
  return n;
}

TEST(payload, the_measured_length_is_the_written_one) {
  auto n = sample();
  for (const auto kind : {push_kind::digest, push_kind::breaking}) {
    n.kind = kind;
    EXPECT_EQ(apns_payload_length(n), longest_apns(n).size());
    EXPECT_EQ(fcm_payload_length(n), longest_fcm(n).size());
    EXPECT_NO_THROW(boost::json::parse(longest_apns(n)));
    EXPECT_NO_THROW(boost::json::parse(longest_fcm(n)));
  }
  notification bare;
  EXPECT_EQ(apns_payload_length(bare), longest_apns(bare).size());
  EXPECT_EQ(fcm_payload_length(bare), longest_fcm(bare).size());
}

TEST(payload, one_notification_has_one_tag_collapse_key_and_channel) {
  auto n = sample();
  EXPECT_EQ(android_tag(n), "digest-2026-11-24");
  EXPECT_EQ(android_collapse_key(n), "paperboy_digest");
  EXPECT_EQ(android_channel(n.kind, false), "paperboy_digest");
  EXPECT_EQ(android_channel(n.kind, true), "paperboy_quiet");
  n.kind = push_kind::breaking;
  n.collapse_key = "quake-1";
  EXPECT_EQ(android_tag(n), "breaking-quake-1");
  EXPECT_EQ(android_collapse_key(n), "quake-1");
}

TEST(payload, what_fits_comes_back_unchanged) {
  const auto n = sample();
  const auto fitted = fit(n);
  EXPECT_EQ(fitted.title, n.title);
  EXPECT_EQ(fitted.body, n.body);
  EXPECT_EQ(fitted.image_url, n.image_url);
}

TEST(payload, holds_at_4095_4096_and_4097_bytes) {
  for (const std::string_view unit :
       {"a", "ə", "क्षि", "👨‍👩‍👧‍👦", "\"", "é", "ع"}) {
    auto n = sample();
    n.body.clear();
    const auto frame = std::max(apns_payload_length(n), fcm_payload_length(n)) + 10;
    const auto room = payload_limit - frame;
    while (escaped_length(n.body) + escaped_length(unit) <= room - 1) n.body += unit;
    while (escaped_length(n.body) < room - 1) n.body += 'x';
    for (const std::size_t length : {payload_limit - 1, payload_limit}) {
      ASSERT_EQ(std::max(longest_apns(n).size(), longest_fcm(n).size()), length);
      EXPECT_EQ(fit(n).body, n.body);
      n.body += 'x';
    }
    ASSERT_EQ(std::max(longest_apns(n).size(), longest_fcm(n).size()), payload_limit + 1);
    const auto fitted = fit(n);
    EXPECT_LE(longest_apns(fitted).size(), payload_limit);
    EXPECT_LE(longest_fcm(fitted).size(), payload_limit);
    EXPECT_TRUE(fitted.body.ends_with("…"));
    EXPECT_GT(longest_fcm(fitted).size(), payload_limit - 64);
    EXPECT_EQ(fitted.image_url, n.image_url);
  }
}

TEST(payload, the_picture_goes_before_the_body_shrinks_below_a_line) {
  auto n = sample();
  n.url = "https://anewz.tv/" + std::string(1900, 'u');
  n.image_url = "https://anewz.tv/" + std::string(1700, 'i');
  n.body = std::string(300, 'b') + " end";
  const auto fitted = fit(n);
  EXPECT_EQ(fitted.image_url, "");
  EXPECT_EQ(fitted.body, n.body);
  EXPECT_EQ(fitted.url, n.url);
}

TEST(payload, the_title_is_cut_last) {
  auto n = sample();
  n.title = std::string(5000, 't');
  const auto fitted = fit(n);
  EXPECT_EQ(fitted.body, "");
  EXPECT_EQ(fitted.image_url, "");
  EXPECT_TRUE(fitted.title.ends_with("t…"));
  EXPECT_EQ(std::max(longest_apns(fitted).size(), longest_fcm(fitted).size()), payload_limit);
}

TEST(payload, the_longest_fields_that_are_taken_leave_room_for_a_title) {
  auto n = sample();
  n.kind = push_kind::breaking;
  n.url = "https://anewz.tv/" + std::string(max_url_bytes - 17, 'u');
  n.image_url = n.url;
  n.edition = std::string(max_edition_bytes, 'e');
  n.collapse_key = std::string(max_collapse_key_bytes, 'c');
  n.scope = std::string(max_scope_bytes, 's');
  n.title.clear();
  for (int i = 0; i < 200; ++i) n.title += "😀";
  const auto fitted = fit(n);
  EXPECT_TRUE(fits(fitted));
  EXPECT_EQ(fitted.title, n.title);
}

std::string code_point(std::uint32_t c) {
  const auto byte = [](std::uint32_t b) {
    return static_cast<char>(static_cast<unsigned char>(b));
  };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F))};
  if (c < 0x10000) {
    return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F))};
  }
  return {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 0x3F)), byte(0x80 | (c >> 6 & 0x3F)),
          byte(0x80 | (c & 0x3F))};
}

// Scripts, joined emoji, marks, what JSON escapes, what no text should hold, and random characters.
rc::Gen<std::string> piece() {
  return rc::gen::oneOf(
      rc::gen::element<std::string>("👨‍👩‍👧‍👦", "🇦🇿", "👍🏽", "क्षि", "शिक्षा ",
                                    "أخبار ", "اليوم، ", "e\u0301\u0323", "ข่าว", "新闻", "Баку ",
                                    "ölkə ", "\"", "\\", " ", " — ", "word ", "\u2068", "\u2069",
                                    "\u200D", "\uFE0F", "\n", "\x01", "\x7F", "…", "\u0600"),
      rc::gen::map(
          rc::gen::inRange<std::uint32_t>(1, 0x10FFFF),
          [](std::uint32_t c) { return code_point(c >= 0xD800 && c <= 0xDFFF ? 'x' : c); }),
      rc::gen::map(rc::gen::inRange(0, 95),
                   [](int c) { return std::string(1, static_cast<char>(' ' + c)); }));
}

std::string random_text(int max_pieces) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(
      *rc::gen::inRange<std::size_t>(0, static_cast<std::size_t>(max_pieces)), piece());
  const auto times = *rc::gen::inRange(1, 8);
  std::string out;
  for (int i = 0; i < times; ++i) {
    for (const auto& p : pieces) out += p;
  }
  return out;
}

// Whether `cut` is `whole`, or whole graphemes of it from the start with an ellipsis behind.
bool cut_between_graphemes(const std::string& whole, std::string cut) {
  if (cut == whole || cut.empty()) return true;
  while (cut.ends_with("\u2069")) cut.resize(cut.size() - 3);
  if (!cut.ends_with("…")) return false;
  cut.resize(cut.size() - 3);
  if (!whole.starts_with(cut)) return false;
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::BreakIterator> graphemes{
      icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status)};
  const auto text = icu::UnicodeString::fromUTF8(whole);
  graphemes->setText(text);
  return graphemes->isBoundary(icu::UnicodeString::fromUTF8(cut).length()) != 0;
}

notification random_notification() {
  notification n = sample();
  n.kind = *rc::gen::element(push_kind::digest, push_kind::breaking);
  n.title = random_text(200);
  n.body = random_text(900);
  n.url = "https://anewz.tv/" + std::string(*rc::gen::inRange<std::size_t>(0, 2031), 'u');
  n.image_url =
      *rc::gen::arbitrary<bool>()
          ? "https://anewz.tv/" + std::string(*rc::gen::inRange<std::size_t>(0, 2031), 'i')
          : "";
  n.edition = std::string(*rc::gen::inRange<std::size_t>(0, max_edition_bytes + 1), 'e');
  n.collapse_key = std::string(*rc::gen::inRange<std::size_t>(0, max_collapse_key_bytes + 1), 'c');
  return n;
}

RC_GTEST_PROP(payload, any_text_fits_both_gateways_and_reads_back, ()) {
  const auto n = random_notification();
  const auto fitted = fit(n);
  const auto apns = longest_apns(fitted);
  const auto fcm = longest_fcm(fitted);
  RC_ASSERT(apns.size() == apns_payload_length(fitted) && apns.size() <= payload_limit);
  RC_ASSERT(fcm.size() == fcm_payload_length(fitted) && fcm.size() <= payload_limit);
  RC_ASSERT(valid_utf8(fitted.title) && valid_utf8(fitted.body));
  RC_ASSERT(cut_between_graphemes(n.title, fitted.title));
  RC_ASSERT(cut_between_graphemes(n.body, fitted.body));
  RC_ASSERT(fitted.url == n.url && fitted.edition == n.edition);
  RC_ASSERT(fitted.collapse_key == n.collapse_key && fitted.scope == n.scope);
  const auto parsed = boost::json::parse(apns);
  RC_ASSERT(parsed.at("aps").at("alert").at("title").as_string() == fitted.title);
  const auto message = boost::json::parse(fcm).at("message");
  RC_ASSERT(message.at("notification").at("title").as_string() == fitted.title);
  RC_ASSERT(message.at("data").at("paperboy_url").as_string() == n.url);
}

RC_GTEST_PROP(payload, bytes_that_are_not_text_are_mended, ()) {
  auto n = sample();
  n.title = *rc::gen::arbitrary<std::string>();
  n.body = *rc::gen::arbitrary<std::string>();
  const auto fitted = fit(n);
  RC_ASSERT(valid_utf8(fitted.title) && valid_utf8(fitted.body) && fits(fitted));
}

RC_GTEST_PROP(text_cut, keeps_the_limit_and_cuts_between_graphemes, ()) {
  const auto text = random_text(120);
  const auto limit = *rc::gen::inRange<std::size_t>(0, 300);
  const auto cut = cut_to_code_points(text, limit);
  RC_ASSERT(count_code_points(cut) <= limit);
  RC_ASSERT(cut_between_graphemes(text, cut));
  const auto short_of = cut_to_escaped_bytes(text, limit);
  RC_ASSERT(escaped_length(short_of) <= limit);
  RC_ASSERT(cut_between_graphemes(text, short_of));
}

}  // namespace
}  // namespace paperboy

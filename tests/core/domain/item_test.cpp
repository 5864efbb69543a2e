#include "core/domain/item.hpp"

#include <gtest/gtest.h>

namespace paperboy {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr instant now = sys_days{2026y / November / 23} + 12h;

item good_item() {
  item i;
  i.id = "politics-4711";
  i.title = "India blocks Azerbaijan from full SCO membership";
  i.teaser = "AnewZ has learned that India has once again blocked the application.";
  i.url = "https://anewz.tv/region/2";
  i.topics = {"politics", "local/baku"};
  i.language = "en";
  i.published_at = now - 1h;
  i.expires_at = now + 24h;
  i.story = "sco";
  return i;
}

item_rules rules() {
  return {{}, now, {}};
}

std::string findings(const item& i, const item_rules& r = rules()) {
  std::string out;
  for (const auto& e : validate(i, r)) out += e.pointer + " " + e.code + "\n";
  return out;
}

TEST(item, a_good_item_has_no_errors) {
  EXPECT_EQ(findings(good_item()), "");
}

TEST(item, every_member_at_fault_is_named_at_once) {
  item i = good_item();
  i.id = "a/b";
  i.title = " ";
  i.teaser = std::string(501, 'a');
  i.url = "javascript:alert(1)";
  i.image_url = "http://anewz.tv/a.jpg";
  i.topics = {"politics", "Politics", "politics"};
  i.language = "en_US";
  i.published_at = now + days{400};
  i.priority = 101;
  i.story = std::string(129, 's');
  EXPECT_EQ(findings(i),
            "/id invalid-id\n/title no-visible-character\n/teaser too-long\n/url not-https\n"
            "/image_url not-https\n/topics/1 invalid-topic\n/topics/2 duplicate\n"
            "/language invalid-language\n/published_at out-of-range\n/expires_at out-of-range\n"
            "/priority out-of-range\n/story invalid-story\n");
}

TEST(item, details_do_not_repeat_what_was_sent) {
  item i = good_item();
  i.url = "https://secret:word@anewz.tv/";
  for (const auto& e : validate(i, rules())) {
    EXPECT_EQ(e.detail.find("secret"), std::string::npos);
    EXPECT_FALSE(e.detail.empty());
  }
}

TEST(item, ids_fit_into_a_path) {
  for (const auto good : {"a", "politics-4711", "A.b_c~d:e-1", "..."})
    EXPECT_TRUE(valid_item_id(good));
  for (const auto bad : {"", ".", "..", "a/b", "a b", "a%20", "ə", "a\n", "{a}"}) {
    EXPECT_FALSE(valid_item_id(bad)) << bad;
  }
  EXPECT_TRUE(valid_item_id(std::string(128, 'a')));
  EXPECT_FALSE(valid_item_id(std::string(129, 'a')));
}

TEST(item, a_title_has_one_to_two_hundred_code_points) {
  item i = good_item();
  i.title = "";
  EXPECT_EQ(findings(i), "/title empty\n");
  i.title = std::string(200, 'a');
  EXPECT_EQ(findings(i), "");
  i.title += 'a';
  EXPECT_EQ(findings(i), "/title too-long\n");
}

TEST(item, topics_are_one_to_twenty_known_ones) {
  item i = good_item();
  i.topics = {};
  EXPECT_EQ(findings(i), "/topics empty\n");
  for (int n = 0; n < 20; ++n) i.topics.push_back("t" + std::to_string(n));
  EXPECT_EQ(findings(i), "");
  i.topics.push_back("t20");
  EXPECT_EQ(findings(i), "/topics too-long\n");
  i.topics = {"politics", "gossip"};
  auto r = rules();
  r.known_topic = [](std::string_view key) { return key == "politics"; };
  EXPECT_EQ(findings(i, r), "/topics/1 unknown-topic\n");
}

TEST(item, is_published_from_2000_to_one_year_ahead) {
  item i = good_item();
  i.expires_at.reset();
  i.published_at = sys_days{2000y / January / 1};
  EXPECT_EQ(findings(i), "");
  i.published_at -= 1ms;
  EXPECT_EQ(findings(i), "/published_at out-of-range\n");
  i.published_at = sys_days{2027y / November / 23} + 12h;
  EXPECT_EQ(findings(i), "");
  i.published_at += 1ms;
  EXPECT_EQ(findings(i), "/published_at out-of-range\n");
}

TEST(item, a_year_after_a_leap_day_ends_in_february) {
  EXPECT_EQ(one_year_after(sys_days{2028y / February / 29} + 5h),
            sys_days{2029y / February / 28} + 5h);
}

TEST(item, expires_after_it_is_published) {
  item i = good_item();
  i.expires_at = i.published_at;
  EXPECT_EQ(findings(i), "/expires_at out-of-range\n");
}

TEST(item, links_keep_to_the_hosts_of_the_app_and_pictures_do_not) {
  const std::vector<std::string> hosts = {"anewz.tv"};
  auto r = rules();
  r.link_hosts = hosts;
  item i = good_item();
  i.image_url = "https://cdn.example.net/a.jpg";
  EXPECT_EQ(findings(i, r), "");
  i.url = "https://evil.example/";
  EXPECT_EQ(findings(i, r), "/url host-not-allowed\n");
}

TEST(item, an_item_of_the_future_arrives_at_its_time) {
  EXPECT_EQ(arrival(now, now + 2h), now + 2h);
  EXPECT_EQ(arrival(now, now - 2h), now);
}

}  // namespace
}  // namespace paperboy

#include "core/domain/notification_order.hpp"

#include <gtest/gtest.h>

#include "core/domain/text_time.hpp"

namespace paperboy {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr instant now = sys_days{2026y / November / 23} + 12h;

subscriber_id subscriber(std::uint8_t number) {
  subscriber_id id;
  id.bytes[15] = number;
  return id;
}

notification_order good_order() {
  notification_order order;
  order.audience.topics = {"breaking", "local/baku"};
  order.news.title = {{"az", "Zəlzələ"}, {"en", "Earthquake near Baku"}};
  order.news.body = {{"en", "Magnitude 5.4."}};
  order.news.url = "https://anewz.tv/quake";
  order.news.image_url = "https://pictures.anewz.tv/quake.jpg";
  order.news.collapse_key = "quake-1";
  order.item_id = "quake-1";
  return order;
}

order_rules rules() {
  static const std::vector<std::string> hosts{"anewz.tv"};
  return {hosts, now, [](std::string_view key) { return key != "unknown"; }};
}

std::string findings_of(const notification_order& order) {
  std::string out;
  for (const auto& e : validate(order, rules())) out += e.pointer + " " + e.code + "\n";
  return out;
}

// The one sentence that is said of what `change` makes wrong.
template <class Change>
std::string sentence_on(Change change) {
  notification_order order = good_order();
  change(order);
  const auto errors = validate(order, rules());
  return errors.size() == 1 ? errors[0].pointer + " " + errors[0].detail : findings_of(order);
}

TEST(notification_order, a_good_one_has_no_errors) {
  EXPECT_EQ(findings_of(good_order()), "");
  notification_order least;
  least.audience.devices = {{subscriber(1), 0}};
  least.news.title = {{"en", "Earthquake"}};
  EXPECT_EQ(findings_of(least), "");
}

TEST(notification_order, every_member_at_fault_is_named_at_once_and_in_order) {
  notification_order order = good_order();
  order.audience.topics = {"unknown", "Baku", "politics", "politics"};
  order.audience.subscribers = {subscriber(1), subscriber(2), subscriber(1)};
  order.news.title = {{"en", " "}, {"en_US", "Earthquake"}};
  order.news.body = {{"a/b~", "text"}, {"az", std::string(501, 'a')}};
  order.news.url = "https://elsewhere.tv/";
  order.news.image_url = "http://anewz.tv/a.jpg";
  order.time_to_live = 59s;
  order.news.collapse_key = "quake 1";
  order.send_at = now - 61s;
  order.item_id = "a/b";
  EXPECT_EQ(findings_of(order),
            "/audience too-many\n"
            "/audience/topics/0 unknown-topic\n/audience/topics/1 invalid-topic\n"
            "/audience/topics/3 duplicate\n/audience/subscriber_ids/2 duplicate\n"
            "/title/en no-visible-character\n/title/en_US invalid-locale\n"
            "/body/a~1b~0 invalid-locale\n/body/az too-long\n"
            "/url host-not-allowed\n/image_url not-https\n/time_to_live out-of-range\n"
            "/collapse_key invalid-key\n/send_at out-of-range\n/item_id invalid-id\n");
}

TEST(notification_order, says_what_to_write_instead) {
  EXPECT_EQ(sentence_on([](auto& o) { o.audience = {}; }),
            "/audience names nobody; write topics, subscriber_ids or device_ids");
  EXPECT_EQ(sentence_on([](auto& o) { o.audience.subscribers = {subscriber(1)}; }),
            "/audience is of more than one kind; write only topics, subscriber_ids or device_ids");
  EXPECT_EQ(sentence_on([](auto& o) { o.audience.topics = {"unknown"}; }),
            "/audience/topics/0 is not in the app's catalogue; create the topic first");
  EXPECT_EQ(sentence_on([](auto& o) { o.news.title.clear(); }),
            "/title has no text; write one in one language at least");
  EXPECT_EQ(sentence_on([](auto& o) { o.news.title["??"] = "x"; }),
            "/title/?? is not under a language tag; write for example \"az\" or \"az-Latn-AZ\"");
  EXPECT_EQ(sentence_on([](auto& o) { o.time_to_live = hours{24 * 28} + 1s; }),
            "/time_to_live is not from PT1M to P28D");
  EXPECT_EQ(sentence_on([](auto& o) { o.news.collapse_key = std::string(65, 'a'); }),
            "/collapse_key is not 1 to 64 of [A-Za-z0-9._-]");
  EXPECT_EQ(sentence_on([](auto& o) { o.send_at = now - 2min; }),
            "/send_at has passed by more than a minute; leave it out to send at once");
  EXPECT_EQ(sentence_on([](auto& o) { o.send_at = now + days{32}; }),
            "/send_at is more than 31 days ahead");
  EXPECT_EQ(sentence_on([](auto& o) { o.item_id = ".."; }),
            "/item_id is not an item id; write 1 to 128 of [A-Za-z0-9._~:-]");
}

TEST(notification_order, limits_are_part_of_what_may_be) {
  notification_order order = good_order();
  order.time_to_live = least_time_to_live;
  order.send_at = now - late_send_at;
  order.news.title = {{"en", std::string(200, 'a')}};
  order.news.body = {{"en", std::string(500, 'a')}};
  order.news.collapse_key = std::string(64, '-');
  EXPECT_EQ(findings_of(order), "");
  order.time_to_live = most_time_to_live;
  order.send_at = now + longest_wait;
  EXPECT_EQ(findings_of(order), "");
  order.news.title = {{"en", std::string(201, 'a')}};
  EXPECT_EQ(findings_of(order), "/title/en too-long\n");
}

TEST(notification_order, has_a_bounded_audience) {
  notification_order order = good_order();
  order.audience.topics.clear();
  for (std::size_t i = 0; i <= max_audience_topics; ++i) {
    order.audience.topics.push_back("t" + std::to_string(i));
  }
  EXPECT_EQ(findings_of(order), "/audience/topics too-many\n");
  order.audience.topics.pop_back();
  EXPECT_EQ(findings_of(order), "");
  order.audience.topics.clear();
  for (std::size_t i = 0; i <= max_audience_ids; ++i) {
    subscriber_id id;
    id.bytes[0] = static_cast<std::uint8_t>(i / 256);
    id.bytes[1] = static_cast<std::uint8_t>(i % 256);
    order.audience.subscribers.push_back(id);
  }
  EXPECT_EQ(findings_of(order), "/audience/subscriber_ids too-many\n");
  order.audience.subscribers.pop_back();
  EXPECT_EQ(findings_of(order), "");
}

TEST(notification_order, is_due_at_once_but_never_before_its_send_at) {
  notification_order order;
  EXPECT_EQ(due_at(order, now + 999ms), now);
  order.send_at = now - 30s;
  EXPECT_EQ(due_at(order, now), now);
  order.send_at = now + 1h + 1ms;
  EXPECT_EQ(due_at(order, now), now + 1h + 1s);
}

TEST(notification_order, tells_the_digest_of_its_link_where_it_names_no_item) {
  notification_order order = good_order();
  EXPECT_EQ(item_of(order, "r"), "quake-1");
  order.item_id.clear();
  EXPECT_EQ(item_of(order, "r"), "notification.r");
  order.news.url.clear();
  EXPECT_EQ(item_of(order, "r"), "");
}

TEST(notification_order, becomes_an_item_in_the_apps_language_that_no_topic_has) {
  notification_order order = good_order();
  order.item_id.clear();
  const auto english = run_item(order, "r", now, "en-GB");
  EXPECT_EQ(english.id, "notification.r");
  EXPECT_EQ(english.language, "en");
  EXPECT_EQ(english.title, "Earthquake near Baku");
  EXPECT_EQ(english.teaser, "Magnitude 5.4.");
  EXPECT_EQ(english.url, order.news.url);
  EXPECT_EQ(english.image_url, order.news.image_url);
  EXPECT_EQ(english.published_at, now);
  EXPECT_TRUE(english.topics.empty());
  EXPECT_TRUE(valid_item_id(english.id));
  const auto azerbaijani = run_item(order, "r", now, "az");
  EXPECT_EQ(azerbaijani.title, "Zəlzələ");
  EXPECT_EQ(azerbaijani.teaser, "");
}

}  // namespace
}  // namespace paperboy

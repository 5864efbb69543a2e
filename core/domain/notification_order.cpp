#include "core/domain/notification_order.hpp"

#include <set>

#include "core/domain/findings.hpp"
#include "core/domain/json_pointer.hpp"
#include "core/domain/locale.hpp"
#include "core/domain/payload.hpp"

namespace paperboy {
namespace {

void check_topics(findings& found, const std::vector<std::string>& topics,
                  const order_rules& rules) {
  if (topics.size() > max_audience_topics) {
    found.add("/audience/topics", "too-many", "names more than 20 topics");
    return;
  }
  found.topics("/audience/topics", topics, rules.known_topic);
}

template <class Id>
void check_ids(findings& found, std::string pointer, const std::vector<Id>& ids) {
  if (ids.size() > max_audience_ids) {
    found.add(std::move(pointer), "too-many", "names more than 1000; write several requests");
    return;
  }
  std::set<Id> seen;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (seen.insert(ids[i]).second) continue;
    found.add(pointer + '/' + std::to_string(i), "duplicate", "is named a second time");
  }
}

void check_audience(findings& found, const notification_audience& audience,
                    const order_rules& rules) {
  const int kinds = (audience.topics.empty() ? 0 : 1) + (audience.subscribers.empty() ? 0 : 1) +
                    (audience.devices.empty() ? 0 : 1);
  if (kinds == 0) {
    found.add("/audience", "empty", "names nobody; write topics, subscriber_ids or device_ids");
  } else if (kinds > 1) {
    found.add("/audience", "too-many",
              "is of more than one kind; write only topics, subscriber_ids or device_ids");
  }
  check_topics(found, audience.topics, rules);
  check_ids(found, "/audience/subscriber_ids", audience.subscribers);
  check_ids(found, "/audience/device_ids", audience.devices);
}

void check_texts(findings& found, const std::string& pointer, const texts_by_language& texts,
                 std::size_t limit) {
  if (texts.size() > max_order_languages) {
    found.add(pointer, "too-many", "is in more than 50 languages");
    return;
  }
  for (const auto& [tag, text] : texts) {
    if (!valid_locale(tag)) {
      found.add(pointer + pointer_token(tag), "invalid-locale",
                "is not under a language tag; write for example \"az\" or \"az-Latn-AZ\"");
    } else {
      found.text(pointer + pointer_token(tag), text, limit);
    }
  }
}

void check_news(findings& found, const breaking_news& news, const order_rules& rules) {
  if (news.title.empty()) {
    found.add("/title", "empty", "has no text; write one in one language at least");
  }
  check_texts(found, "/title", news.title, max_order_title_code_points);
  check_texts(found, "/body", news.body, max_order_body_code_points);
  if (!news.url.empty()) found.link("/url", news.url, rules.link_hosts);
  if (!news.image_url.empty()) found.link("/image_url", news.image_url, {});
}

bool valid_collapse_key(std::string_view key) noexcept {
  return key.size() <= max_collapse_key_bytes && std::all_of(key.begin(), key.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

void check_times(findings& found, const notification_order& order, instant now) {
  if (!order.send_at) return;
  if (*order.send_at < now - late_send_at) {
    found.add("/send_at", "out-of-range",
              "has passed by more than a minute; leave it out to send at once");
  } else if (*order.send_at > now + longest_wait) {
    found.add("/send_at", "out-of-range", "is more than 31 days ahead");
  }
}

}  // namespace

std::vector<field_error> validate(const notification_order& order, const order_rules& rules) {
  findings found;
  check_audience(found, order.audience, rules);
  check_news(found, order.news, rules);
  if (order.time_to_live < least_time_to_live || order.time_to_live > most_time_to_live) {
    found.add("/time_to_live", "out-of-range", "is not from PT1M to P28D");
  }
  if (!valid_collapse_key(order.news.collapse_key)) {
    found.add("/collapse_key", "invalid-key", "is not 1 to 64 of [A-Za-z0-9._-]");
  }
  check_times(found, order, rules.now);
  if (!order.item_id.empty() && !valid_item_id(order.item_id)) {
    found.add("/item_id", "invalid-id", "is not an item id; write 1 to 128 of [A-Za-z0-9._~:-]");
  }
  return found.take();
}

instant due_at(const notification_order& order, instant now) noexcept {
  if (order.send_at && *order.send_at > now) {
    return std::chrono::ceil<std::chrono::seconds>(*order.send_at);
  }
  return std::chrono::floor<std::chrono::seconds>(now);
}

std::string item_of(const notification_order& order, std::string_view run) {
  if (!order.item_id.empty() || order.news.url.empty()) return order.item_id;
  return "notification." + std::string(run);
}

item run_item(const notification_order& order, std::string_view run, instant due,
              std::string_view default_locale) {
  const breaking_news& news = order.news;
  item told;
  told.id = item_of(order, run);
  told.language = language_for(news.title, default_locale, default_locale);
  told.title = news.title.at(told.language);
  const auto body = news.body.find(told.language);
  if (body != news.body.end()) told.teaser = body->second;
  told.url = news.url;
  told.image_url = news.image_url;
  told.published_at = due;
  return told;
}

}  // namespace paperboy

#include "adapters/redis/order_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace paperboy::redis {
namespace {

namespace json = boost::json;

json::object texts(const texts_by_language& by_language) {
  json::object o;
  for (const auto& [language, text] : by_language) o[language] = text;
  return o;
}

const json::value* member(const json::object& o, std::string_view key) {
  return o.if_contains({key.data(), key.size()});
}

std::string text_of(const json::object& o, std::string_view key) {
  const auto* v = member(o, key);
  return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
}

texts_by_language texts_of(const json::object& o, std::string_view key) {
  texts_by_language by_language;
  const auto* v = member(o, key);
  if (v == nullptr || !v->is_object()) return by_language;
  for (const auto& [language, text] : v->get_object()) {
    if (text.is_string()) by_language[std::string(language)] = std::string(text.get_string());
  }
  return by_language;
}

std::vector<std::string> list_of(const json::object& o, std::string_view key) {
  std::vector<std::string> list;
  const auto* v = member(o, key);
  if (v == nullptr || !v->is_array()) return list;
  for (const auto& each : v->get_array()) {
    if (each.is_string()) list.emplace_back(each.get_string());
  }
  return list;
}

}  // namespace

std::string to_json(const notification_order& order) {
  json::object o;
  json::array topics, subscribers, devices;
  for (const auto& t : order.audience.topics) topics.emplace_back(t);
  for (const auto& s : order.audience.subscribers) subscribers.emplace_back(to_text(s));
  for (const auto& d : order.audience.devices) devices.emplace_back(to_text(d));
  if (!topics.empty()) o["topics"] = std::move(topics);
  if (order.audience.match == topic_match::all) o["match_all"] = true;
  if (!subscribers.empty()) o["subscribers"] = std::move(subscribers);
  if (!devices.empty()) o["devices"] = std::move(devices);
  o["title"] = texts(order.news.title);
  if (!order.news.body.empty()) o["body"] = texts(order.news.body);
  if (!order.news.url.empty()) o["url"] = order.news.url;
  if (!order.news.image_url.empty()) o["image_url"] = order.news.image_url;
  if (!order.news.collapse_key.empty()) o["collapse_key"] = order.news.collapse_key;
  o["time_to_live"] = order.time_to_live.count();
  if (order.critical) o["critical"] = true;
  if (order.send_at) o["send_at"] = order.send_at->time_since_epoch().count();
  if (!order.item_id.empty()) o["item_id"] = order.item_id;
  return json::serialize(o);
}

result<notification_order> order_from_json(std::string_view text) {
  boost::system::error_code wrong;
  const auto value = json::parse({text.data(), text.size()}, wrong);
  if (wrong || !value.is_object()) return errc::protocol;
  const auto& o = value.get_object();
  notification_order order;
  order.audience.topics = list_of(o, "topics");
  if (member(o, "match_all") != nullptr) order.audience.match = topic_match::all;
  for (const auto& id : list_of(o, "subscribers")) {
    const auto parsed = parse_subscriber_id(id);
    if (!parsed) return errc::protocol;
    order.audience.subscribers.push_back(*parsed);
  }
  for (const auto& id : list_of(o, "devices")) {
    const auto parsed = parse_device_id(id);
    if (!parsed) return errc::protocol;
    order.audience.devices.push_back(*parsed);
  }
  order.news.title = texts_of(o, "title");
  order.news.body = texts_of(o, "body");
  order.news.url = text_of(o, "url");
  order.news.image_url = text_of(o, "image_url");
  order.news.collapse_key = text_of(o, "collapse_key");
  order.critical = member(o, "critical") != nullptr;
  order.item_id = text_of(o, "item_id");
  const auto* lives = member(o, "time_to_live");
  if (lives == nullptr || !lives->is_int64() || order.news.title.empty()) return errc::protocol;
  order.time_to_live = std::chrono::seconds{lives->get_int64()};
  if (const auto* at = member(o, "send_at"); at != nullptr && at->is_int64()) {
    order.send_at = instant{std::chrono::milliseconds{at->get_int64()}};
  }
  return order;
}

}  // namespace paperboy::redis

#include "adapters/redis/item_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>

namespace paperboy::redis {
namespace {

namespace json = boost::json;

std::int64_t ms(instant at) { return at.time_since_epoch().count(); }
instant from_ms(std::int64_t at) { return instant{std::chrono::milliseconds{at}}; }

std::string text_of(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains({key.data(), key.size()});
  return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
}

bool flag_of(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains({key.data(), key.size()});
  return v != nullptr && v->is_bool() && v->get_bool();
}

std::optional<std::int64_t> number_of(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains({key.data(), key.size()});
  if (v == nullptr || !v->is_int64()) return std::nullopt;
  return v->get_int64();
}

result<json::object> object_from(std::string_view text) {
  boost::system::error_code wrong;
  auto value = json::parse({text.data(), text.size()}, wrong);
  if (wrong || !value.is_object()) return errc::protocol;
  return std::move(value.get_object());
}

}  // namespace

std::string to_json(const item& i) {
  json::object o;
  o["id"] = i.id;
  o["title"] = i.title;
  if (!i.teaser.empty()) o["teaser"] = i.teaser;
  o["url"] = i.url;
  if (!i.image_url.empty()) o["image_url"] = i.image_url;
  json::array topics;
  for (const auto& t : i.topics) topics.emplace_back(t);
  o["topics"] = std::move(topics);
  o["language"] = i.language;
  o["published_at"] = ms(i.published_at);
  if (i.expires_at) o["expires_at"] = ms(*i.expires_at);
  o["priority"] = i.priority;
  if (!i.story.empty()) o["story"] = i.story;
  return json::serialize(o);
}

result<item> item_from_json(std::string_view text) {
  const auto o = object_from(text);
  if (!o) return o.error();
  const auto published = number_of(*o, "published_at");
  const auto* topics = o->if_contains("topics");
  if (!published || topics == nullptr || !topics->is_array()) return errc::protocol;
  item i;
  i.id = text_of(*o, "id");
  i.title = text_of(*o, "title");
  i.teaser = text_of(*o, "teaser");
  i.url = text_of(*o, "url");
  i.image_url = text_of(*o, "image_url");
  for (const auto& t : topics->get_array()) {
    if (t.is_string()) i.topics.emplace_back(t.get_string());
  }
  i.language = text_of(*o, "language");
  i.published_at = from_ms(*published);
  if (const auto expires = number_of(*o, "expires_at")) i.expires_at = from_ms(*expires);
  i.priority = static_cast<int>(number_of(*o, "priority").value_or(default_priority));
  i.story = text_of(*o, "story");
  return i;
}

std::string to_json(const topic& t) {
  json::object o;
  json::object names;
  for (const auto& [language, name] : t.names) names[language] = name;
  o["names"] = std::move(names);
  if (t.default_frequency) {
    const auto word = to_text(*t.default_frequency);
    o["default"] = json::string_view(word.data(), word.size());
  }
  o["critical"] = t.critical;
  o["required"] = t.required;
  return json::serialize(o);
}

result<topic> topic_from_json(std::string_view text) {
  const auto o = object_from(text);
  if (!o) return o.error();
  const auto* names = o->if_contains("names");
  if (names == nullptr || !names->is_object()) return errc::protocol;
  topic t;
  for (const auto& [language, name] : names->get_object()) {
    if (name.is_string()) t.names[std::string(language)] = std::string(name.get_string());
  }
  t.default_frequency = parse_frequency(text_of(*o, "default"));
  t.critical = flag_of(*o, "critical");
  t.required = flag_of(*o, "required");
  return t;
}

}  // namespace paperboy::redis

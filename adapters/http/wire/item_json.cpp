#include "adapters/http/wire/item_json.hpp"

#include <algorithm>

#include "adapters/http/json_writer.hpp"
#include "adapters/http/object_reader.hpp"
#include "adapters/http/wire/values.hpp"
#include "core/domain/locale.hpp"
#include "core/domain/text_time.hpp"

namespace paperboy::http {
namespace {

void read_members(object_reader& r, item& i) {
  i.title = r.required_string("title");
  i.teaser = r.optional_string("teaser").value_or("");
  i.url = r.required_string("url");
  i.image_url = optional_text(r, "image_url");
  for (const auto key : r.required_strings("topics", max_item_topics)) i.topics.emplace_back(key);
  i.language = r.required_string("language");
  if (valid_locale(i.language)) i.language = canonical_locale(i.language);
  if (!r.has("published_at")) r.required_string("published_at");
  i.published_at = read_instant(r, "published_at").value_or(instant{});
  i.expires_at = read_instant(r, "expires_at");
  i.priority =
      static_cast<int>(r.optional_int("priority", 0, max_priority).value_or(default_priority));
  i.story = optional_text(r, "story");
}

// What reading found wrong is not said again by the rules.
void check(const item& i, const item_rules& rules, std::vector<field_error>& faults) {
  const std::size_t read = faults.size();
  for (auto& fault : validate(i, rules)) {
    const auto reading_ends = faults.begin() + static_cast<std::ptrdiff_t>(read);
    const bool said = std::any_of(faults.begin(), reading_ends,
                                  [&](const field_error& f) { return f.pointer == fault.pointer; });
    if (!said && faults.size() < collected_errors_limit) faults.push_back(std::move(fault));
  }
}

}  // namespace

item read_item(const boost::json::value& root, std::string_view id, const item_rules& rules,
               std::vector<field_error>& faults) {
  item i;
  object_reader r(root, faults);
  if (!r.is_object()) return i;
  i.id = id;
  read_members(r, i);
  r.unknown_fields();
  check(i, rules, faults);
  return i;
}

item read_item_line(const boost::json::value& root, const item_rules& rules, std::string& id,
                    std::vector<field_error>& faults) {
  item i;
  id.clear();
  object_reader r(root, faults);
  if (!r.is_object()) return i;
  i.id = r.required_string("id");
  if (valid_item_id(i.id)) id = i.id;
  read_members(r, i);
  r.unknown_fields();
  check(i, rules, faults);
  return i;
}

void write_item_members(json_writer& w, const item& i) {
  w.member("id", i.id).member("title", i.title);
  if (!i.teaser.empty()) w.member("teaser", i.teaser);
  w.member("url", i.url);
  if (!i.image_url.empty()) w.member("image_url", i.image_url);
  w.key("topics").begin_array();
  for (const auto& key : i.topics) w.value(key);
  w.end_array()
      .member("language", i.language)
      .member("published_at", format_instant(i.published_at));
  if (i.expires_at) w.member("expires_at", format_instant(*i.expires_at));
  w.member("priority", i.priority);
  if (!i.story.empty()) w.member("story", i.story);
  if (i.arrived_at != instant{}) w.member("arrived_at", format_instant(i.arrived_at));
}

void write_item(json_writer& w, const item& i) {
  w.begin_object();
  write_item_members(w, i);
  w.end_object();
}

std::string write_item(const item& i) {
  std::string json;
  json_writer w(json);
  write_item(w, i);
  return json;
}

}  // namespace paperboy::http

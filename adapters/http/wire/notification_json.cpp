#include "adapters/http/wire/notification_json.hpp"

#include "adapters/http/json_writer.hpp"
#include "adapters/http/object_reader.hpp"
#include "adapters/http/wire/values.hpp"
#include "core/domain/locale.hpp"
#include "core/domain/text_time.hpp"

namespace paperboy::http {
namespace {

bool given(object_reader& r, std::string_view name) {
  return r.has(name) && !r.is_null(name);
}

// `read` is asked only for what is given; else nothing.
template <class Read>
auto read_given(object_reader& r, std::string_view name, Read read) -> decltype(read(r, name)) {
  if (!given(r, name)) return {};
  return read(r, name);
}

std::optional<object_reader> required_object(object_reader& r, std::string_view name) {
  if (r.is_null(name)) {
    r.fail(name, "required", "This is required.");
    return std::nullopt;
  }
  return r.required_object(name);
}

template <class Id, class Parse>
void read_ids(object_reader& r, std::string_view name, Parse parse, std::string_view form,
              std::vector<field_error>& faults, std::vector<Id>& ids) {
  const auto before = faults.size();
  const auto texts = r.optional_strings(name, max_audience_ids);
  if (!texts || faults.size() > before) return;  // without those of a wrong type, places are off
  if (texts->empty()) r.fail(name, "empty", "Name one at least.");
  for (std::size_t i = 0; i < texts->size(); ++i) {
    if (const auto id = parse((*texts)[i])) {
      ids.push_back(*id);
    } else if (faults.size() < collected_errors_limit) {
      faults.push_back({r.pointer() + '/' + std::string(name) + '/' + std::to_string(i),
                        "invalid-id", std::string(form)});
    }
  }
}

void read_match(object_reader& r, notification_audience& audience) {
  const auto match = r.optional_string("match");
  if (!match) return;
  if (!r.has("topics")) {
    r.fail("match", "not-for-ids", "Only topics are matched; leave it out.");
  } else if (*match != "any" && *match != "all") {
    r.fail("match", "unknown-match", "Write any or all.");
  }
  audience.match = *match == "all" ? topic_match::all : topic_match::any;
}

notification_audience read_audience(object_reader r, std::vector<field_error>& faults) {
  notification_audience audience;
  if (given(r, "topics")) {
    const auto topics = r.optional_strings("topics", max_audience_topics);
    if (topics && topics->empty()) r.fail("topics", "empty", "Name one at least.");
    if (topics) audience.topics.assign(topics->begin(), topics->end());
  }
  if (given(r, "subscriber_ids")) {
    read_ids(r, "subscriber_ids", parse_subscriber_id,
             "A subscriber's id has 32 hexadecimal digits, in lower case.", faults,
             audience.subscribers);
  }
  if (given(r, "device_ids")) {
    read_ids(r, "device_ids", parse_device_id,
             "A device's id has 34 hexadecimal digits, in lower case.", faults, audience.devices);
  }
  if (given(r, "match")) read_match(r, audience);
  r.unknown_fields();
  return audience;
}

// A null is a language that is left out.
texts_by_language read_texts(object_reader r) {
  texts_by_language texts;
  r.each_string([&](std::string_view tag, std::optional<std::string_view> text) {
    if (!text) return;
    auto language = valid_locale(tag) ? canonical_locale(std::string(tag)) : std::string(tag);
    if (!texts.try_emplace(std::move(language), *text).second) {
      r.fail(tag, "duplicate", "This language stands here twice.");
    }
  });
  return texts;
}

std::optional<std::chrono::seconds> read_time_to_live(object_reader& r, std::string_view name) {
  const auto text = r.optional_string(name);
  if (!text) return std::nullopt;
  const auto length = parse_duration(*text);
  if (!length) r.fail(name, "invalid-duration", "Write an ISO 8601 duration such as PT1H.");
  return length;
}

}  // namespace

notification_order read_notification(const boost::json::value& root,
                                     std::vector<field_error>& faults) {
  notification_order order;
  object_reader r(root, faults);
  if (!r.is_object()) return order;
  if (auto audience = required_object(r, "audience")) {
    order.audience = read_audience(std::move(*audience), faults);
  }
  if (auto title = required_object(r, "title")) order.news.title = read_texts(std::move(*title));
  if (given(r, "body")) {
    if (auto body = r.optional_object("body")) order.news.body = read_texts(std::move(*body));
  }
  order.news.url = read_given(r, "url", optional_text);
  order.news.image_url = read_given(r, "image_url", optional_text);
  order.time_to_live =
      read_given(r, "time_to_live", read_time_to_live).value_or(default_time_to_live);
  order.news.collapse_key = read_given(r, "collapse_key", optional_text);
  if (given(r, "critical")) order.critical = r.optional_bool("critical").value_or(false);
  order.send_at = read_given(r, "send_at", read_instant);
  order.item_id = read_given(r, "item_id", optional_text);
  r.unknown_fields();
  return order;
}

std::string write_taken(const std::string& run) {
  std::string json;
  json_writer w(json);
  w.begin_object().member("run_id", run).end_object();
  return json;
}

std::string write_dead_letters(const std::vector<dead_letter>& letters) {
  std::string json;
  json_writer w(json);
  w.begin_object().key("dead").begin_array();
  for (const dead_letter& letter : letters) {
    w.begin_object()
        .member("subscriber_id", to_text(letter.subscriber))
        .member("reason", letter.reason)
        .member("at", format_instant(letter.at))
        .end_object();
  }
  w.end_array().end_object();
  return json;
}

}  // namespace paperboy::http

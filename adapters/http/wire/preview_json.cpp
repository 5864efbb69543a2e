#include "adapters/http/wire/preview_json.hpp"

#include <algorithm>

#include "adapters/http/json_writer.hpp"
#include "adapters/http/object_reader.hpp"
#include "adapters/http/wire/item_json.hpp"
#include "adapters/http/wire/values.hpp"

namespace paperboy::http {
namespace {

// As long as items are kept.
constexpr std::chrono::days earliest_before_now{30};

std::optional<std::uint8_t> read_count(object_reader& r, std::string_view name) {
  const auto count = r.optional_int(name, 1, max_digest_items);
  return count ? std::optional(static_cast<std::uint8_t>(*count)) : std::nullopt;
}

void read_choices(object_reader& r, preview_body& body) {
  auto topics = r.required_object("topics");
  if (topics) {
    topics->each_string([&](std::string_view key, std::optional<std::string_view> text) {
      if (!text) {
        body.topics.emplace_back(key, std::nullopt);
      } else if (const auto wanted = read_frequency(*topics, key, *text)) {
        body.topics.emplace_back(key, wanted);
      }
    });
  }
  body.locale = read_locale(r, "locale").value_or("");
  body.max_items = read_count(r, "max_items");
  body.min_items = read_count(r, "min_items");
  if (body.max_items && body.min_items && *body.min_items > *body.max_items) {
    r.fail("min_items", "out-of-range", "min_items is above max_items.");
  }
}

void read_subscriber(object_reader& r, preview_body& body) {
  const auto text = r.optional_string("subscriber_id");
  if (!text) return;
  body.subscriber = parse_subscriber_id(*text);
  if (!body.subscriber) {
    r.fail("subscriber_id", "invalid-id", "A subscriber's id has 32 hexadecimal digits.");
  }
}

std::string score_text(std::int32_t thousandths) {
  const bool negative = thousandths < 0;
  const auto magnitude = negative ? -std::int64_t{thousandths} : std::int64_t{thousandths};
  const std::string fraction = std::to_string(1000 + magnitude % 1000).substr(1);
  return (negative ? "-" : "") + std::to_string(magnitude / 1000) + '.' + fraction;
}

// Ordinals of what is not in the digest, the best first.
std::vector<std::size_t> left_out_of(const digest_preview& shown) {
  std::vector<std::size_t> ordinals;
  for (std::size_t i = 0; i < shown.why.size(); ++i) {
    const auto chosen = static_cast<ordinal>(i);
    if (std::find(shown.chosen.begin(), shown.chosen.end(), chosen) == shown.chosen.end()) {
      ordinals.push_back(i);
    }
  }
  std::sort(ordinals.begin(), ordinals.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(-shown.why[a].score, a) < std::pair(-shown.why[b].score, b);
  });
  return ordinals;
}

void write_payload(json_writer& w, std::string_view name, const std::string& json) {
  w.key(name);
  if (json.empty()) {
    w.null();
  } else {
    w.raw(json);
  }
}

}  // namespace

preview_body read_preview(const boost::json::value& root, instant now,
                          std::vector<field_error>& faults) {
  preview_body body;
  body.at = now;
  object_reader r(root, faults);
  if (!r.is_object()) return body;
  if (r.has("subscriber_id")) {
    read_subscriber(r, body);
  } else {
    read_choices(r, body);
  }
  if (const auto at = read_instant(r, "at")) {
    body.at = *at;
    if (*at < now - earliest_before_now || *at > one_year_after(now)) {
      r.fail("at", "out-of-range", "Write an instant from 30 days ago to a year ahead.");
    }
  }
  r.unknown_fields();
  return body;
}

std::string write_preview(const digest_preview& shown) {
  std::string json;
  json_writer w(json);
  w.begin_object().key("items").begin_array();
  for (const ordinal o : shown.chosen) {
    w.begin_object();
    write_item_members(w, shown.candidates[o]);
    w.key("score").raw(score_text(shown.why[o].score)).end_object();
  }
  w.end_array().key("reason");
  if (shown.chosen.empty()) {
    w.value(to_text(shown.reason));
  } else {
    w.null();
  }
  w.member("locale", shown.locale);
  write_payload(w, "apns", shown.apns);
  write_payload(w, "fcm", shown.fcm);
  const auto others = left_out_of(shown);
  w.key("left_out").begin_array();
  for (std::size_t i = 0; i < std::min(others.size(), most_left_out); ++i) {
    const explanation& why = shown.why[others[i]];
    w.begin_object()
        .member("id", shown.candidates[others[i]].id)
        .member("reason", to_text(why.reason))
        .key("score")
        .raw(score_text(why.score))
        .end_object();
  }
  w.end_array().member("left_out_total", std::uint64_t{others.size()}).end_object();
  return json;
}

}  // namespace paperboy::http

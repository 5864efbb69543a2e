#include "adapters/http/wire/topic_json.hpp"

#include <algorithm>
#include <optional>

#include "adapters/http/field.hpp"
#include "adapters/http/json_writer.hpp"
#include "adapters/http/object_reader.hpp"
#include "adapters/http/wire/values.hpp"
#include "core/domain/locale.hpp"
#include "core/domain/text.hpp"

namespace paperboy::http {
namespace {

// Ranges that are looked at; a longer list is cut.
constexpr std::size_t most_ranges = 16;

struct language_range {
  std::string_view tag;
  unsigned thousandths = 1000;  // its quality value
};

// qvalue of RFC 9110 section 12.4.2; nothing if it is none.
std::optional<unsigned> read_quality(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  unsigned value = text[0] == '1' ? 1000 : 0;
  if (text.size() == 1) return value;
  if (text[1] != '.') return std::nullopt;
  unsigned weight = 100;
  for (const char c : text.substr(2)) {
    if (!is_digit(c)) return std::nullopt;
    value += static_cast<unsigned>(c - '0') * weight;
    weight /= 10;
  }
  return value <= 1000 ? std::optional(value) : std::nullopt;
}

std::optional<language_range> read_range(std::string_view element) noexcept {
  const auto semicolon = element.find(';');
  language_range range{trimmed(element.substr(0, semicolon)), 1000};
  if (!valid_locale(range.tag)) return std::nullopt;  // `*` as well: any name will do at the end
  if (semicolon == std::string_view::npos) return range;
  const auto weight = trimmed(element.substr(semicolon + 1));
  if (weight.size() < 2 || lower(weight[0]) != 'q' || weight[1] != '=') return std::nullopt;
  const auto quality = read_quality(weight.substr(2));
  if (!quality || *quality == 0) return std::nullopt;
  range.thousandths = *quality;
  return range;
}

// Best first; equals in the order of the field.
std::vector<language_range> preferred(std::string_view accept_language) {
  std::vector<language_range> ranges;
  for_each_element(accept_language, [&](std::string_view element) {
    const auto range = read_range(element);
    if (range && ranges.size() < most_ranges) ranges.push_back(*range);
  });
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) {
    if (a.thousandths != b.thousandths) return a.thousandths > b.thousandths;
    return a.tag.data() < b.tag.data();
  });
  return ranges;
}

std::string_view name_for(const topic& t, const std::vector<language_range>& ranges,
                          std::string_view default_locale) {
  std::vector<std::string_view> tags;
  std::vector<std::string_view> names;
  for (const auto& [tag, name] : t.names) {
    tags.push_back(tag);
    names.push_back(name);
  }
  if (names.empty()) return t.key;
  for (const auto& range : ranges) {
    if (const auto found = negotiate(range.tag, tags)) return names[*found];
  }
  if (const auto found = negotiate(default_locale, tags)) return names[*found];
  return names.front();
}

void read_names(object_reader& names, topic& t) {
  if (names.size() == 0 || names.size() > max_topic_names) {
    names.fail({}, "out-of-range", "Give the topic's name in 1 to 50 languages.");
    return;
  }
  names.each_string([&](std::string_view tag, std::optional<std::string_view> name) {
    if (!valid_locale(tag)) {
      names.fail(tag, "invalid-locale", "A name stands under a language tag such as az.");
    } else if (!name) {
      names.fail(tag, "wrong-type", "This is to be a string.");
    } else if (const auto fault = check_text(*name, max_topic_name_code_points)) {
      names.fail(tag, code(*fault), sentence(*fault));
    } else {
      t.names.insert_or_assign(canonical_locale(tag), std::string(*name));
    }
  });
}

}  // namespace

topic read_topic(const boost::json::value& root, std::vector<field_error>& faults) {
  topic t;
  object_reader r(root, faults);
  if (!r.is_object()) return t;
  if (auto names = r.required_object("names")) read_names(*names, t);
  if (!r.is_null("default")) {
    if (const auto text = r.optional_string("default")) {
      t.default_frequency = read_frequency(r, "default", *text);
    }
  }
  t.critical = r.optional_bool("critical").value_or(false);
  t.required = r.optional_bool("required").value_or(false);
  r.unknown_fields();
  return t;
}

std::string write_topic(const topic& t) {
  std::string json;
  json_writer w(json);
  w.begin_object().member("key", t.key).key("names").begin_object();
  for (const auto& [tag, name] : t.names) w.member(tag, name);
  w.end_object().key("default");
  if (t.default_frequency) {
    w.value(to_text(*t.default_frequency));
  } else {
    w.null();
  }
  w.member("critical", t.critical).member("required", t.required).end_object();
  return json;
}

std::string write_catalogue(const catalogue& topics, std::string_view accept_language,
                            std::string_view default_locale) {
  const auto ranges = preferred(accept_language);
  std::string json;
  json_writer w(json);
  w.begin_object().key("topics").begin_array();
  for (const topic& t : topics.topics()) {
    w.begin_object()
        .member("key", t.key)
        .member("name", name_for(t, ranges, default_locale))
        .member("default", to_text(topics.effective({}, t).wanted))
        .member("critical", t.critical)
        .member("required", t.required)
        .end_object();
  }
  w.end_array().end_object();
  return json;
}

}  // namespace paperboy::http

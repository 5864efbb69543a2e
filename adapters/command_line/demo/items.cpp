#include "adapters/command_line/demo/items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <optional>

#include "core/domain/locale.hpp"
#include "core/domain/text_time.hpp"
#include "core/domain/topic.hpp"

namespace paperboy::command_line::demo {
namespace {

namespace json = boost::json;

constexpr std::chrono::hours fresh_enough{1};

struct line {
  std::string text;
  json::object item;  // empty: not an item
};

std::optional<instant> time_in(const json::object& item, std::string_view name) {
  const auto* value = item.if_contains({name.data(), name.size()});
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return parse_instant(std::string_view{value->get_string()});
}

std::vector<line> lines_of(std::string_view ndjson) {
  std::vector<line> lines;
  while (!ndjson.empty()) {
    const auto end = ndjson.find('\n');
    auto text = ndjson.substr(0, end);
    ndjson.remove_prefix(end == std::string_view::npos ? ndjson.size() : end + 1);
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (text.back() == '\r') text.remove_suffix(1);
    line one{std::string{text}, {}};
    boost::system::error_code wrong;
    auto value = json::parse(one.text, wrong);
    if (!wrong && value.is_object()) one.item = std::move(value.get_object());
    lines.push_back(std::move(one));
  }
  return lines;
}

void move_time(json::object& item, std::string_view name, std::chrono::milliseconds by) {
  if (const auto at = time_in(item, name)) {
    item[json::string_view{name.data(), name.size()}] = format_instant(*at + by);
  }
}

std::vector<std::string> topics_by_use(const std::vector<line>& lines) {
  std::map<std::string, std::size_t> uses;
  for (const line& one : lines) {
    const auto* topics = one.item.if_contains("topics");
    if (topics == nullptr || !topics->is_array()) continue;
    for (const auto& topic : topics->get_array()) {
      if (!topic.is_string()) continue;
      const std::string key{topic.get_string()};
      if (valid_topic_key(key)) ++uses[key];
    }
  }
  std::vector<std::string> topics;
  for (const auto& [key, count] : uses) topics.push_back(key);
  std::ranges::sort(topics, [&](const auto& a, const auto& b) {
    return uses[a] != uses[b] ? uses[a] > uses[b] : a < b;
  });
  return topics;
}

}  // namespace

fresh_items freshened(std::string_view ndjson, instant now) {
  auto lines = lines_of(ndjson);
  std::optional<instant> newest;
  for (const line& one : lines) {
    if (const auto at = time_in(one.item, "published_at")) newest = std::max(newest, at);
  }
  fresh_items out;
  if (newest && (*newest > now || now - *newest > fresh_enough)) {
    out.moved = std::chrono::floor<std::chrono::seconds>(now - newest_age - *newest);
  }
  out.topics = topics_by_use(lines);
  for (line& one : lines) {
    if (const auto* language = one.item.if_contains("language");
        language != nullptr && language->is_string()) {
      out.languages.insert(language_of(std::string_view{language->get_string()}));
    }
    if (out.moved == std::chrono::milliseconds{0} || one.item.empty()) {
      out.lines.push_back(std::move(one.text));
      continue;
    }
    move_time(one.item, "published_at", out.moved);
    move_time(one.item, "expires_at", out.moved);
    out.lines.push_back(json::serialize(one.item));
  }
  return out;
}

std::string span_text(std::chrono::milliseconds span) {
  const auto minutes = std::max<std::int64_t>(
      std::chrono::round<std::chrono::minutes>(std::chrono::abs(span)).count(), 1);
  const auto said = [](std::int64_t count, std::string_view unit) {
    return fmt::format("{} {}{}", count, unit, count == 1 ? "" : "s");
  };
  if (minutes < 60) return said(minutes, "minute");
  if (minutes < 36 * 60) return said((minutes + 30) / 60, "hour");
  return said((minutes + 12 * 60) / (24 * 60), "day");
}

std::string name_of_topic(std::string_view key) {
  const auto slash = key.rfind('/');
  std::string name{slash == std::string_view::npos ? key : key.substr(slash + 1)};
  std::replace_if(name.begin(), name.end(), [](char c) { return c == '-' || c == '_'; }, ' ');
  if (!name.empty() && name.front() >= 'a' && name.front() <= 'z') {
    name.front() = static_cast<char>(name.front() - 'a' + 'A');
  }
  return name;
}

}  // namespace paperboy::command_line::demo

#include "adapters/command_line/file_newsroom.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "adapters/http/json.hpp"
#include "adapters/http/wire/item_json.hpp"

namespace paperboy::command_line {
namespace {

std::vector<topic> topics_of(const std::vector<item>& items) {
  std::set<std::string> keys;
  for (const item& i : items) {
    for (std::string key : i.topics) {
      while (!key.empty()) {
        keys.insert(key);
        key = std::string{parent_topic(key)};
      }
    }
  }
  std::vector<topic> topics;
  for (const auto& key : keys) {
    if (topics.size() == catalogue::max_topics) break;
    topic t;
    t.key = key;
    t.number = static_cast<topic_number>(topics.size() + 1);
    topics.push_back(std::move(t));
  }
  return topics;
}

// What is wrong with one line, or the item in it.
std::string read_line(std::string_view line, const item_rules& rules, std::vector<item>& into) {
  http::json_document document;
  if (const auto wrong = document.read(line)) return wrong->detail;
  std::string id;
  std::vector<field_error> faults;
  item read = http::read_item_line(document.root(), rules, id, faults);
  if (!faults.empty()) return fmt::format("{}: {}", faults.front().pointer, faults.front().detail);
  const auto same = [&](const item& other) { return other.id == read.id; };
  std::erase_if(into, same);  // the later line is a change of the earlier, as in the API
  read.arrived_at = read.published_at;
  into.push_back(std::move(read));
  return {};
}

}  // namespace

file_items read_items(std::string_view ndjson, const item_rules& rules) {
  file_items out;
  for (std::size_t number = 1; !ndjson.empty(); ++number) {
    const auto end = ndjson.find('\n');
    const auto line = ndjson.substr(0, end);
    ndjson.remove_prefix(end == std::string_view::npos ? ndjson.size() : end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto wrong = read_line(line, rules, out.items);
    if (!wrong.empty()) out.refused.push_back(fmt::format("{}: {}", number, wrong));
  }
  std::sort(out.items.begin(), out.items.end(), [](const item& a, const item& b) {
    return std::tie(a.arrived_at, a.id) < std::tie(b.arrived_at, b.id);
  });
  out.topics = topics_of(out.items);
  return out;
}

file_newsroom::file_newsroom(const file_items& from)
    : items_(from.items), topics_(std::make_shared<const catalogue>(from.topics)) {}

task<result<std::shared_ptr<const catalogue>>> file_newsroom::topics(const std::string&) {
  co_return topics_;
}
task<result<std::vector<item>>> file_newsroom::arrived(const std::string&, instant, instant) {
  co_return items_;
}

task<result<put_answer>> file_newsroom::put_topic(const std::string&, topic) {
  co_return errc::refused;
}
task<result<remove_answer>> file_newsroom::remove_topic(const std::string&, const std::string&) {
  co_return errc::refused;
}
task<result<std::vector<put_answer>>> file_newsroom::put_items(const std::string&,
                                                               std::span<const item>) {
  co_return errc::refused;
}
task<result<std::optional<item>>> file_newsroom::find_item(const std::string&, const std::string&) {
  co_return errc::refused;
}
task<result<remove_answer>> file_newsroom::remove_item(const std::string&, const std::string&) {
  co_return errc::refused;
}
task<result<void>> file_newsroom::freeze(const std::string&, const std::string&, instant, instant) {
  co_return errc::refused;
}
task<result<std::vector<item>>> file_newsroom::frozen(const std::string&, const std::string&) {
  co_return errc::refused;
}

}  // namespace paperboy::command_line

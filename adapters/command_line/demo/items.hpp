#pragma once

#include <chrono>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/outcome.hpp"

namespace paperboy::command_line::demo {

// The newest item of the demo was published this long ago.
inline constexpr std::chrono::minutes newest_age{3};

// Items to publish, made to look like this morning's.
struct fresh_items {
  std::vector<std::string> lines;     // NDJSON without line ends, each with its times moved
  std::vector<std::string> topics;    // valid keys in the items, the most used first
  std::set<std::string> languages;    // "en" of "en-GB"
  std::chrono::milliseconds moved{};  // added to published_at and expires_at
};

// Every item keeps its distance from the newest, which comes to be newest_age old; nothing is moved
// where that one is less than an hour old already. A line that is no item is kept as it is: the API
// says what is wrong with it. Blank lines are left out.
fresh_items freshened(std::string_view ndjson, instant now);

// "444 days", "5 hours", "12 minutes"; rounded, at least one minute.
std::string span_text(std::chrono::milliseconds span);

// What a topic that only has a key is called: "Local" of `world/local`, "Real estate" of
// `real-estate`.
std::string name_of_topic(std::string_view key);

}  // namespace paperboy::command_line::demo

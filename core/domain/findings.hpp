#pragma once

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/domain/field_error.hpp"
#include "core/domain/link.hpp"
#include "core/domain/text.hpp"
#include "core/domain/topic.hpp"

namespace paperboy {

// Collects what does not hold of something that came from outside.
class findings {
 public:
  void add(std::string pointer, std::string_view code, std::string_view detail) {
    errors_.push_back({std::move(pointer), std::string{code}, std::string{detail}});
  }

  void text(std::string pointer, std::string_view value, std::size_t limit) {
    if (const auto fault = check_text(value, limit)) {
      std::string detail{sentence(*fault)};
      if (*fault == text_fault::too_long) {
        detail += "; at most " + std::to_string(limit) + " code points";
      }
      add(std::move(pointer), code(*fault), detail);
    }
  }

  void link(std::string pointer, std::string_view url, std::span<const std::string> hosts) {
    if (const auto fault = check_link(url, hosts)) {
      add(std::move(pointer), code(*fault), sentence(*fault));
    }
  }

  // `known`: whether the app's catalogue has the topic; empty: any valid key is taken.
  void topics(const std::string& pointer, std::span<const std::string> keys,
              const std::function<bool(std::string_view)>& known) {
    for (auto key = keys.begin(); key != keys.end(); ++key) {
      std::string here = pointer + '/' + std::to_string(key - keys.begin());
      if (!valid_topic_key(*key)) {
        add(std::move(here), "invalid-topic",
            "is not a topic key; write parts of [a-z0-9_-] with `/` between them");
      } else if (std::find(keys.begin(), key, *key) != key) {
        add(std::move(here), "duplicate", "names a topic a second time");
      } else if (known && !known(*key)) {
        add(std::move(here), "unknown-topic",
            "is not in the app's catalogue; create the topic first");
      }
    }
  }

  std::vector<field_error> take() { return std::move(errors_); }

 private:
  std::vector<field_error> errors_;
};

}  // namespace paperboy

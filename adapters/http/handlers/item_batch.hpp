#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/flows/app_settings.hpp"
#include "core/ports/newsroom.hpp"

namespace paperboy::http {

// Views of `app` and `topics`.
item_rules item_rules_of(const app_settings& app, const catalogue& topics, instant now);

// The lines of one NDJSON request: each is stored or refused by itself, and has a result of its own
// in the place of the line: {"id":…,"status":201|200}, or the members of a problem behind the `id`,
// which is null where the line has none that could be an item's.
class item_batch {
 public:
  static constexpr std::size_t most_at_once = 500;                   // items stored in one call
  static constexpr std::size_t line_limit = std::size_t{64} * 1024;  // bytes

  item_batch(newsroom& news, const std::string& app, item_rules rules)
      : news_(news), app_(app), rules_(std::move(rules)) {}

  // Takes the next line, and stores what has gathered when that is much. An error means that the
  // store could not be reached; lines before may be stored, and may all be sent again.
  task<result<void>> take(std::string_view line);
  task<result<void>> store();

  // One line each, in order.
  std::string results() const;

 private:
  newsroom& news_;
  const std::string& app_;
  item_rules rules_;
  std::vector<std::string> results_;
  std::vector<item> waiting_;
  std::vector<std::size_t> places_;      // in results_, of the waiting
  std::unordered_set<std::string> ids_;  // of the waiting
};

}  // namespace paperboy::http

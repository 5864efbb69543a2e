#pragma once

#include <string>
#include <vector>

#include "core/domain/subscriber.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy {

// A notification run with an item: readers who had it need not be told again by their digest.
struct told_item {
  std::string run;
  std::string item_id;
  instant at{};  // when it was due
};

// That one reader had it, or that quiet hours put it off into the next digest.
struct had_item {
  std::string run;
  bool folded = false;
};

// What was told at once, for the digests that follow.
class instant_history {
 public:
  virtual ~instant_history() = default;

  // The items of notification runs that were due in [from, until), oldest first; a bounded number.
  virtual task<result<std::vector<told_item>>> told(const std::string& app, instant from,
                                                    instant until) = 0;
  // What the subscriber at its present place had, in the order of run ids.
  virtual task<result<std::vector<had_item>>> had_by(const stored_subscriber& s) = 0;
};

}  // namespace paperboy

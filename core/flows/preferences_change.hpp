#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/flows/subscriber_change.hpp"

namespace paperboy {

// Which version of the preferences a change is meant for; by default any.
struct version_condition {
  bool any = true;
  std::vector<std::uint32_t> versions = {};  // one of these, if not any

  bool holds(std::uint32_t version) const noexcept;
};

struct preferences_request {
  preferences_patch patch;
  // What the patch does not give is inherited again, but for the mute, which has a way of its own.
  bool replace = false;
  version_condition condition = {};
};

struct precondition_failed {};
using preferences_answer =
    std::variant<found_subscriber, std::vector<field_error>, precondition_failed>;

// Applies the patch to the subscriber's preferences as they are in the moment of writing. A change
// that changes nothing keeps the version.
task<result<preferences_answer>> change_preferences(subscribers& people,
                                                    const subscriber_access& who,
                                                    const preferences_request& asked);

}  // namespace paperboy

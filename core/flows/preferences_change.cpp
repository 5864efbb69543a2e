#include "core/flows/preferences_change.hpp"

#include <algorithm>

namespace paperboy {

bool version_condition::holds(std::uint32_t version) const noexcept {
  return any || std::find(versions.begin(), versions.end(), version) != versions.end();
}

task<result<preferences_answer>> change_preferences(subscribers& people,
                                                    const subscriber_access& who,
                                                    const preferences_request& asked) {
  std::vector<field_error> faults;
  bool outdated = false;
  const subscribers::decision decide = [&](const found_subscriber& now, const catalogue& topics,
                                           subscriber& after) {
    faults.clear();
    outdated = !asked.condition.holds(now.value().version);
    if (outdated) return false;
    preferences before = now.value().wishes;
    if (asked.replace) {
      before = {};
      before.mute_until = now.value().wishes.mute_until;
    }
    auto merged = merge(before, asked.patch, topics);
    if (auto* wrong = std::get_if<std::vector<field_error>>(&merged)) {
      faults = std::move(*wrong);
      return false;
    }
    after.wishes = std::get<preferences>(std::move(merged));
    return true;
  };
  auto changed = co_await people.change(who, decide);
  if (!changed) co_return changed.error();
  if (outdated) co_return preferences_answer{precondition_failed{}};
  if (!faults.empty()) co_return preferences_answer{std::move(faults)};
  co_return preferences_answer{std::move(*changed)};
}

}  // namespace paperboy

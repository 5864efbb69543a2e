#include "tests/core/fakes/fake_newsroom.hpp"

#include <algorithm>

namespace paperboy::testing {

void fake_newsroom::add(const std::string& app, topic t) {
  t.number = ++last_[app];
  topics_[app].push_back(std::move(t));
}

task<result<std::shared_ptr<const catalogue>>> fake_newsroom::topics(const std::string& app) {
  if (failure) co_return failure;
  co_return std::make_shared<const catalogue>(topics_[app]);
}

task<result<put_answer>> fake_newsroom::put_topic(const std::string& app, topic t) {
  if (failure) co_return failure;
  for (topic& known : topics_[app]) {
    if (known.key != t.key) continue;
    t.number = known.number;
    known = std::move(t);
    co_return put_answer::changed;
  }
  add(app, std::move(t));
  co_return put_answer::created;
}

task<result<remove_answer>> fake_newsroom::remove_topic(const std::string& app,
                                                        const std::string& key) {
  if (failure) co_return failure;
  const auto removed = std::erase_if(topics_[app], [&](const topic& t) { return t.key == key; });
  co_return removed > 0 ? remove_answer::removed : remove_answer::absent;
}

task<result<std::vector<put_answer>>> fake_newsroom::put_items(const std::string& app,
                                                               std::span<const item> items) {
  if (failure) co_return failure;
  largest_put = std::max(largest_put, items.size());
  std::vector<put_answer> answers;
  for (const item& i : items) {
    auto& kept = items_[app];
    const auto known = kept.find(i.id);
    item stored = i;
    stored.arrived_at =
        known == kept.end() ? arrival(now, i.published_at) : known->second.arrived_at;
    if (known == kept.end()) {
      answers.push_back(put_answer::created);
    } else {
      answers.push_back(known->second == stored ? put_answer::same : put_answer::changed);
    }
    kept[i.id] = std::move(stored);
  }
  co_return answers;
}

task<result<std::optional<item>>> fake_newsroom::find_item(const std::string& app,
                                                           const std::string& id) {
  if (failure) co_return failure;
  const auto& kept = items_[app];
  const auto known = kept.find(id);
  co_return known == kept.end() ? std::nullopt : std::optional(known->second);
}

task<result<remove_answer>> fake_newsroom::remove_item(const std::string& app,
                                                       const std::string& id) {
  if (failure) co_return failure;
  co_return items_[app].erase(id) > 0 ? remove_answer::removed : remove_answer::absent;
}

task<result<std::vector<item>>> fake_newsroom::arrived(const std::string& app, instant from,
                                                       instant until) {
  if (failure) co_return failure;
  std::vector<item> found;
  for (const auto& [id, i] : items_[app]) {
    if (i.arrived_at >= from && i.arrived_at < until) found.push_back(i);
  }
  std::sort(found.begin(), found.end(), [](const item& a, const item& b) {
    return std::pair(a.arrived_at, a.id) < std::pair(b.arrived_at, b.id);
  });
  co_return found;
}

task<result<void>> fake_newsroom::freeze(const std::string& app, const std::string& run,
                                         instant from, instant until) {
  if (frozen_.contains(app + '/' + run)) co_return result<void>{};
  const auto found = co_await arrived(app, from, until);
  if (!found) co_return found.error();
  frozen_[app + '/' + run] = *found;
  co_return result<void>{};
}

task<result<std::vector<item>>> fake_newsroom::frozen(const std::string& app,
                                                      const std::string& run) {
  ++frozen_reads;
  if (failure) co_return failure;
  const auto known = frozen_.find(app + '/' + run);
  if (known == frozen_.end()) co_return make_error_code(errc::not_found);
  co_return known->second;
}

}  // namespace paperboy::testing

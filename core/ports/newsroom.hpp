#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/domain/item.hpp"
#include "core/domain/topic.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy {

enum class put_answer : std::uint8_t { created, changed, same };

// What the newsroom publishes: topics and items of one app.
class newsroom {
 public:
  virtual ~newsroom() = default;

  // The app's topics, at most a second old, and never older than this process's own last write.
  virtual task<result<std::shared_ptr<const catalogue>>> topics(const std::string& app) = 0;
  virtual task<result<put_answer>> put_topic(const std::string& app, topic t) = 0;
  virtual task<result<bool>> remove_topic(const std::string& app, const std::string& key) = 0;

  // Items keep the time of their first arrival: a changed item is not new again.
  virtual task<result<std::vector<result<put_answer>>>> put_items(const std::string& app,
                                                                  std::span<const item> items,
                                                                  instant now) = 0;
  virtual task<result<std::optional<item>>> find_item(const std::string& app,
                                                      const std::string& id) = 0;
  virtual task<result<bool>> remove_item(const std::string& app, const std::string& id) = 0;

  // The items that arrived in [from, until), oldest first, as they are now.
  virtual task<result<std::vector<item>>> arrived(const std::string& app, instant from,
                                                  instant until) = 0;

  // The candidates of a run: frozen by whoever asks first, the same for all who ask later. An
  // ordinal in this list names an item for good.
  virtual task<result<std::vector<item>>> freeze(const std::string& app, const std::string& run,
                                                 instant from, instant until) = 0;
  // What freeze() kept; errc::not_found once its retention is over.
  virtual task<result<std::vector<item>>> frozen(const std::string& app,
                                                 const std::string& run) = 0;
};

}  // namespace paperboy

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
enum class remove_answer : std::uint8_t { removed, absent };

// What the newsroom publishes: topics and items of one app.
class newsroom {
 public:
  virtual ~newsroom() = default;

  // The app's topics, at most a second old, and never older than this process's own last write.
  virtual task<result<std::shared_ptr<const catalogue>>> topics(const std::string& app) = 0;
  virtual task<result<put_answer>> put_topic(const std::string& app, topic t) = 0;
  virtual task<result<remove_answer>> remove_topic(const std::string& app, const std::string& key) = 0;

  // Stores each item, durably, and says what became of it, in order. An item arrives when the store
  // takes it, on the store's clock, or at its published_at if that is later: so a window that was
  // frozen never misses it. It keeps the time of its first arrival: a change does not make it new.
  virtual task<result<std::vector<put_answer>>> put_items(const std::string& app,
                                                          std::span<const item> items) = 0;
  virtual task<result<std::optional<item>>> find_item(const std::string& app,
                                                      const std::string& id) = 0;
  virtual task<result<remove_answer>> remove_item(const std::string& app, const std::string& id) = 0;

  // The items that arrived in [from, until), oldest first, as they are now.
  virtual task<result<std::vector<item>>> arrived(const std::string& app, instant from,
                                                  instant until) = 0;

  // The candidates of a run, from those that arrived in [from, until): frozen by whoever asks first,
  // the same for all who ask later. An ordinal in this list names an item for good.
  virtual task<result<void>> freeze(const std::string& app, const std::string& run, instant from,
                                    instant until) = 0;
  // What freeze() kept; errc::not_found once its retention is over.
  virtual task<result<std::vector<item>>> frozen(const std::string& app,
                                                 const std::string& run) = 0;
};

}  // namespace paperboy

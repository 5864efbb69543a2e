#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/item.hpp"
#include "core/ports/newsroom.hpp"

namespace paperboy::command_line {

// Items from NDJSON as POST …/items takes them, and the topics that they name, off by default.
struct file_items {
  std::vector<item> items;           // oldest first
  std::vector<topic> topics;         // with their ancestors
  std::vector<std::string> refused;  // "3: /title: …": the line, and what the API would say of it
};

// No store has seen the items, so each arrives when it was published. The rules are those of the
// API, but for topics: every valid key is one.
file_items read_items(std::string_view ndjson, const item_rules& rules);

// What a preview reads, from a file. Nothing can be written: errc::refused.
class file_newsroom final : public newsroom {
 public:
  explicit file_newsroom(const file_items& from);

  task<result<std::shared_ptr<const catalogue>>> topics(const std::string& app) override;
  // All items: a preview says of each why it is left out, of those outside the window too.
  task<result<std::vector<item>>> arrived(const std::string& app, instant from,
                                          instant until) override;

  task<result<put_answer>> put_topic(const std::string& app, topic t) override;
  task<result<remove_answer>> remove_topic(const std::string& app, const std::string& key) override;
  task<result<std::vector<put_answer>>> put_items(const std::string& app,
                                                  std::span<const item> items) override;
  task<result<std::optional<item>>> find_item(const std::string& app,
                                              const std::string& id) override;
  task<result<remove_answer>> remove_item(const std::string& app, const std::string& id) override;
  task<result<void>> freeze(const std::string& app, const std::string& run, instant from,
                            instant until) override;
  task<result<std::vector<item>>> frozen(const std::string& app, const std::string& run) override;

 private:
  std::vector<item> items_;
  std::shared_ptr<const catalogue> topics_;
};

}  // namespace paperboy::command_line

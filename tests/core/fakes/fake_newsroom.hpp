#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/ports/newsroom.hpp"

namespace paperboy::testing {

// Topics and items in memory, of every app that is asked for.
class fake_newsroom final : public newsroom {
 public:
  task<result<std::shared_ptr<const catalogue>>> topics(const std::string& app) override;
  task<result<put_answer>> put_topic(const std::string& app, topic t) override;
  task<result<remove_answer>> remove_topic(const std::string& app, const std::string& key) override;
  task<result<std::vector<put_answer>>> put_items(const std::string& app,
                                                  std::span<const item> items) override;
  task<result<std::optional<item>>> find_item(const std::string& app,
                                              const std::string& id) override;
  task<result<remove_answer>> remove_item(const std::string& app, const std::string& id) override;
  task<result<std::vector<item>>> arrived(const std::string& app, instant from,
                                          instant until) override;
  task<result<void>> freeze(const std::string& app, const std::string& run, instant from,
                            instant until) override;
  task<result<std::vector<item>>> frozen(const std::string& app, const std::string& run) override;

  void add(const std::string& app, topic t);

  instant now{};
  error_code failure;
  std::size_t largest_put = 0;
  int frozen_reads = 0;

 private:
  std::map<std::string, std::vector<topic>> topics_;
  std::map<std::string, topic_number> last_;  // given, by app
  std::map<std::string, std::map<std::string, item>> items_;
  std::map<std::string, std::vector<item>> frozen_;  // by app and run
};

}  // namespace paperboy::testing

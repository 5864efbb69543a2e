#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "adapters/redis/client.hpp"
#include "core/ports/newsroom.hpp"

namespace paperboy::redis {

// Topics, items and frozen candidates on Redis: keys.hpp has the layout,
// scripts/{topic,item}_*.lua the writes.
class newsroom_store final : public newsroom {
 public:
  struct settings {
    std::chrono::seconds items_kept{std::chrono::days{14}};     // an item, from its arrival
    std::chrono::seconds editions_kept{std::chrono::days{30}};  // what a run froze
  };

  // Newest first; older ones of a window are not looked at.
  static constexpr std::size_t most_candidates = 10'000;
  static constexpr std::chrono::milliseconds catalogue_age{1000};

  newsroom_store(client& redis, settings s);

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

 private:
  struct known_catalogue {
    std::shared_ptr<const catalogue> topics;
    std::int64_t version = -1;
    std::uint64_t writes = 0;  // of this process, when it was asked
    std::chrono::steady_clock::time_point asked{};
  };
  struct listed {  // one line of a frozen list
    std::string id;
    std::uint64_t revision = 0;
    instant arrived{};
  };

  task<result<std::vector<listed>>> list(const std::string& app, instant from, instant until);
  task<result<std::vector<item>>> load(const std::string& app, const std::vector<listed>& lines,
                                       bool all_needed);

  client& redis_;
  settings with_;
  std::map<std::string, known_catalogue> catalogues_;
};

}  // namespace paperboy::redis

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "adapters/redis/client.hpp"
#include "core/ports/instant_history.hpp"
#include "core/ports/notification_book.hpp"
#include "core/ports/notification_desk.hpp"

namespace paperboy::redis {

// Notification runs on Redis: keys.hpp has the layout, scripts/{notification_*,open_notification,
// run_steer,run_halt}.lua the steps. Belongs to one client, and so to one thread.
class notification_store final : public notification_desk,
                                 public notification_book,
                                 public instant_history {
 public:
  struct settings {
    std::uint32_t shards = 16;
    std::chrono::seconds kept{std::chrono::days{30}};  // a run, from its end
  };

  notification_store(client& redis, settings s) : redis_(redis), with_(s) {}

  task<result<order_answer>> enter(const std::string& app, const std::string& run, instant at,
                                   const notification_order& order,
                                   const request_identity& once) override;
  task<result<std::optional<order_answer>>> recall(const std::string& app,
                                                   const request_identity& once) override;
  task<result<run_state>> steer(const std::string& app, const std::string& run,
                                steering to) override;
  task<result<std::vector<dead_letter>>> dead_letters(const std::string& app,
                                                      const std::string& run) override;

  task<result<std::vector<due_notification>>> due(const std::string& app) override;
  task<result<void>> open(std::uint32_t shard, const std::string& app, const std::string& run,
                          instant at, instant deadline, const shard_audience& whom) override;
  task<result<void>> opened(const std::string& app, const std::string& run) override;
  task<result<notification_order>> order_of(const std::string& app,
                                            const std::string& run) override;

  task<result<std::vector<told_item>>> told(const std::string& app, instant from,
                                            instant until) override;
  task<result<std::vector<had_item>>> had_by(const stored_subscriber& s) override;

 private:
  // The list's blocks, under a key of this call alone until the part is opened with them.
  task<result<std::string>> write_list(std::uint32_t shard, const std::string& run,
                                       const std::vector<frozen_member>& members);

  client& redis_;
  settings with_;
};

// What is to be told to the shards of a run in that state.
std::string_view halt_word(run_state state) noexcept;
// Tells one shard.
task<result<void>> tell_halt(client& redis, std::uint32_t shard, const std::string& run,
                             std::string_view halt);

}  // namespace paperboy::redis

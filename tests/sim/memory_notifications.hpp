#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/ports/audience_index.hpp"
#include "core/ports/instant_history.hpp"
#include "core/ports/notification_book.hpp"
#include "core/ports/notification_desk.hpp"
#include "core/ports/quota.hpp"
#include "tests/sim/memory_store.hpp"

namespace paperboy::sim {

// Notification runs in memory. Whom a topic is for is asked of the records, so that nobody is left
// out; tests/adapters/redis/topic_index_test.cpp has the index.
class memory_notifications final : public notification_desk,
                                   public notification_book,
                                   public instant_history,
                                   public audience_index {
 public:
  // `reaches`: whether a word to a shard arrives; one that does not is told by who reconciles.
  memory_notifications(memory_store& store, std::function<bool()> reaches)
      : store_(store), reaches_(std::move(reaches)) {}

  // Requests are not repeated here.
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

  task<result<shard_audience>> find(std::uint32_t shard, const std::string& app,
                                    const std::vector<topic_number>& wanted) override;
  task<result<std::vector<frozen_member>>> look_up(
      std::uint32_t shard, const std::string& app,
      const std::vector<wanted_member>& wanted) override;

 private:
  memory_store& store_;
  std::function<bool()> reaches_;
};

// No project has a limit.
class no_quota final : public quota {
 public:
  task<result<std::uint32_t>> draw(const std::string&, std::uint32_t,
                                   quota_share::wish wish) override {
    co_return wish.messages;
  }
};

}  // namespace paperboy::sim

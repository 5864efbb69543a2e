#pragma once

#include <string>
#include <vector>

#include "core/ports/notification_book.hpp"
#include "core/ports/quota.hpp"

namespace paperboy::sim {

// Nobody orders notifications in these worlds.
class no_notifications final : public notification_book {
 public:
  task<result<std::vector<due_notification>>> due(const std::string&) override {
    co_return std::vector<due_notification>{};
  }
  task<result<void>> open(std::uint32_t, const std::string&, const std::string&, instant, instant,
                          const shard_audience&) override {
    co_return errc::refused;
  }
  task<result<void>> opened(const std::string&, const std::string&) override {
    co_return errc::refused;
  }
  task<result<notification_order>> order_of(const std::string&, const std::string&) override {
    co_return errc::not_found;
  }
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

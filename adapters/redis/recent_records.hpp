#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/domain/identifiers.hpp"
#include "core/task.hpp"

namespace paperboy::redis {

// Whole records that were read to open a notification's list, for whoever sends to the list a moment
// later: the worker that opens it is most often the one that claims it. Nothing here is older than
// `fresh`, which is less than a block of a digest waits between being read and being sent.
//
// Belongs to one thread.
class recent_records {
 public:
  static constexpr std::chrono::milliseconds fresh{500};
  static constexpr std::size_t most = 4096;  // records; further ones are not kept

  // `read_at`: not later than Redis was asked.
  void keep(subscriber_id id, std::string_view record,
            std::chrono::steady_clock::time_point read_at) {
    if (oldest_ + fresh < now_steady()) forget_old();
    if (kept_.empty()) oldest_ = read_at;
    if (kept_.size() < most) kept_.insert_or_assign(id, kept{std::string(record), read_at});
  }

  // Each once.
  std::optional<std::string> take(subscriber_id id) {
    const auto at = kept_.find(id);
    if (at == kept_.end()) return std::nullopt;
    kept found = std::move(at->second);
    kept_.erase(at);
    if (found.read_at + fresh < now_steady()) return std::nullopt;
    return std::move(found.record);
  }

 private:
  struct kept {
    std::string record;
    std::chrono::steady_clock::time_point read_at;
  };

  void forget_old() {
    const auto now = now_steady();
    std::erase_if(kept_, [now](const auto& k) { return k.second.read_at + fresh < now; });
    oldest_ = now;
  }

  std::unordered_map<subscriber_id, kept> kept_;
  std::chrono::steady_clock::time_point oldest_;  // nothing kept was read before
};

}  // namespace paperboy::redis

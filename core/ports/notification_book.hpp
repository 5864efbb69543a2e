#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/domain/notification_order.hpp"
#include "core/ports/audience_index.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy {

// A notification run whose instant has come and that is not open in every shard.
struct due_notification {
  std::string run;
  instant at{};
};

// Opening notification runs, and reading what they say.
class notification_book {
 public:
  virtual ~notification_book() = default;

  // What is to be opened now, on Redis's clock; a bounded number.
  virtual task<result<std::vector<due_notification>>> due(const std::string& app) = 0;

  // Opens the run in one shard, for everybody or for the members that are listed. A shard where it
  // is open stays as it is.
  virtual task<result<void>> open(std::uint32_t shard, const std::string& app,
                                  const std::string& run, instant at, instant deadline,
                                  const shard_audience& whom) = 0;

  // Every shard has it: it is not due any more.
  virtual task<result<void>> opened(const std::string& app, const std::string& run) = 0;

  // errc::not_found: no such run, or no notification.
  virtual task<result<notification_order>> order_of(const std::string& app,
                                                    const std::string& run) = 0;
};

}  // namespace paperboy

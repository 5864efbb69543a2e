#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/flows/outbox.hpp"
#include "core/ports/newsroom.hpp"
#include "core/ports/run_book.hpp"
#include "core/task.hpp"

namespace paperboy {

// What one look at all shards says is to be done.
struct due_run {
  std::string app;
  std::string run;
  instant at{};
  std::vector<std::vector<part_opening>> parts;  // by shard
};

// Groups what is due by app and instant, earliest first, and computes each cohort's next slot: the
// one after this, or where several days were missed the newest still within `deadline`. A cohort
// whose zone tzdata no longer knows is left out and named in `unknown`.
std::vector<due_run> due_runs(std::span<const shard_look> looks, std::chrono::milliseconds deadline,
                              std::vector<std::string>& unknown);

// When the shard may start to send: `spread` is shared out evenly among the shards, in an order that
// differs from run to run.
instant claims_from(instant at, std::chrono::milliseconds spread, std::uint32_t shard,
                    std::uint32_t shards) noexcept;

// The window of arrival that a run's candidates may come from: as far back as the longest interval
// between two digests of one subscriber, a week, and the app's lookback allow.
std::chrono::milliseconds longest_window(const digest_defaults& defaults) noexcept;
inline instant candidates_from(instant at, const digest_defaults& defaults) noexcept {
  return at - longest_window(defaults);
}

// Starts what is due: enters the run, freezes its candidates, opens every shard. Any number of
// workers may do so at once.
task<result<void>> open_due_runs(run_book& book, newsroom& news,
                                 const std::map<std::string, app_context>& apps,
                                 const delivery_settings& settings,
                                 std::span<const shard_look> looks,
                                 std::vector<std::string>& unknown);

}  // namespace paperboy

#include "core/flows/opening.hpp"

#include <algorithm>

#include "core/domain/slot.hpp"
#include "core/kill_points.hpp"

namespace paperboy {
namespace {

constexpr std::chrono::days longest_interval{8};  // a week, and a day for a move of the hour

std::optional<part_opening> opening_of(const due_cohort& due, instant now,
                                       std::chrono::milliseconds deadline) {
  const auto home = parse_cohort(due.cohort);
  if (!home) return std::nullopt;
  const auto z = zone::named(home->time_zone);
  if (!z) return std::nullopt;
  const auto next =
      next_slot(*z, home->time, weekdays::all(), std::max(due.at, now - deadline));
  if (!next) return std::nullopt;
  return part_opening{due.cohort, due.date, static_cast<std::uint8_t>(due.date.weekday()), next->at,
                      next->date};
}

}  // namespace

std::vector<due_run> due_runs(std::span<const shard_look> looks, std::chrono::milliseconds deadline,
                              std::vector<std::string>& unknown) {
  std::map<std::pair<instant, std::string>, due_run> runs;
  for (std::size_t shard = 0; shard < looks.size(); ++shard) {
    for (const due_cohort& due : looks[shard].due) {
      const auto opening = opening_of(due, looks[shard].now, deadline);
      if (!opening) {
        unknown.push_back(due.cohort);
        continue;
      }
      const std::string app = due.cohort.substr(0, due.cohort.find(':'));
      due_run& run = runs[{due.at, app}];
      if (run.run.empty()) {
        run.app = app;
        run.run = digest_run_id(app, due.at);
        run.at = due.at;
        run.parts.resize(looks.size());
      }
      run.parts[shard].push_back(*opening);
    }
  }
  std::vector<due_run> in_order;
  in_order.reserve(runs.size());
  for (auto& [key, run] : runs) in_order.push_back(std::move(run));
  return in_order;
}

instant claims_from(instant at, std::chrono::milliseconds spread, std::uint32_t shard,
                    std::uint32_t shards) noexcept {
  const auto day = static_cast<std::uint64_t>(at.time_since_epoch().count() / 86'400'000);
  const std::uint64_t turn = (shard + day) % shards;
  return at + std::chrono::milliseconds{static_cast<std::int64_t>(
                  static_cast<std::uint64_t>(spread.count()) * turn / shards)};
}

std::chrono::milliseconds longest_window(const digest_defaults& defaults) noexcept {
  return std::max<std::chrono::milliseconds>(defaults.lookback, longest_interval);
}

task<result<void>> open_due_runs(run_book& book, newsroom& news,
                                 const std::map<std::string, app_context>& apps,
                                 const delivery_settings& settings,
                                 std::span<const shard_look> looks,
                                 std::vector<std::string>& unknown) {
  const auto shards = static_cast<std::uint32_t>(looks.size());
  bool lost = false;
  for (const due_run& due : due_runs(looks, settings.deadline, unknown)) {
    const auto app = apps.find(due.app);
    if (app == apps.end()) continue;  // no longer configured: its people wait until it is again
    reached("before_run_start");
    if (auto started = co_await book.start(due.app, due.run, due.at); !started) {
      co_return started.error();
    }
    reached("after_run_start");
    const auto from = candidates_from(due.at, app->second.defaults);
    if (auto frozen = co_await news.freeze(due.app, due.run, from, due.at); !frozen) {
      co_return frozen.error();
    }
    reached("after_freeze");
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      // The others are opened. The run cannot be done before this one is, or is given up.
      if (looks[shard].lost) continue;
      auto opened = co_await book.open(shard, due.app, due.run, due.at, due.at + settings.deadline,
                                       claims_from(due.at, settings.spread, shard, shards),
                                       due.parts[shard]);
      if (!opened && opened.error() != errc::shard_regressed) co_return opened.error();
      lost |= !opened;
      reached("after_open_noted");
    }
  }
  if (lost) co_return errc::shard_regressed;
  co_return result<void>{};
}

}  // namespace paperboy

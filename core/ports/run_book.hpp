#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/ledger.hpp"
#include "core/domain/subscriber.hpp"
#include "core/ports/walk.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy {

// "digest-anewz-20261124T0400Z": a digest run is named by its app and instant, so that any worker names
// it alike, and two apps that are due at one instant have a run each.
std::string digest_run_id(std::string_view app, instant at);
std::optional<instant> instant_of_digest_run(std::string_view run) noexcept;

// "notification-20261124T040000Z-0123456789ab": by the instant at which it falls due, to the
// second, and 48 bits of chance, so that two of one second are two.
std::string notification_run_id(instant due, std::uint64_t random);

// When a run of either kind falls due, by its id.
std::optional<instant> instant_of_run(std::string_view run) noexcept;

struct run {
  std::string id;
  std::string app;
  std::string kind;  // "digest" | "notification"
  run_state state = run_state::running;
  instant due_at{};
  std::optional<instant> started_at;
  std::optional<instant> finished_at;
  ledger count;
};

struct due_cohort {
  std::string cohort;
  instant at{};
  local_date date{};
};

// What is waiting in one shard.
struct shard_look {
  instant now{};  // Redis's clock
  std::vector<due_cohort> due;
  std::array<bool, send_lanes> blocks{};  // by lane: to be claimed, or leases that ran out
  bool retries = false;                   // due
  bool lost = false;  // it lost data: nothing is known of it, least of all that it is done
};

struct part_opening {
  std::string cohort;
  local_date date{};
  std::uint8_t weekday = 0;
  instant next_at{};  // the cohort's slot after this one
  local_date next_date{};
};

struct slot_report {
  local_date date{};
  std::string state;   // sent | skipped | pending | expired | rejected | missed
  std::string reason;  // of a skip
  std::string run;
};

// Opening, finishing and looking up runs.
class run_book {
 public:
  virtual ~run_book() = default;

  // Every shard, in order. One that lost data is told as such, and does not hide the others.
  virtual task<result<std::vector<shard_look>>> look() = 0;

  // Enters the run under its app; answers its state. Repeating changes nothing.
  virtual task<result<run_state>> start(const std::string& app, const std::string& run,
                                        instant at) = 0;

  // Opens the parts of one shard, all in one step, and advances their cohorts.
  virtual task<result<void>> open(std::uint32_t shard, const std::string& app,
                                  const std::string& run, instant at, instant deadline,
                                  instant claims_from, std::span<const part_opening> parts) = 0;

  // Opens shards where nobody was due, reports finished shards to their runs, and says whether a
  // shard lost what it had opened (errc::shard_regressed), once the others were seen to. Bounded
  // work a call.
  virtual task<result<void>> reconcile(const std::string& app) = 0;

  virtual task<result<run>> find(const std::string& app, const std::string& run) = 0;
  struct page {
    std::vector<run> runs;
    std::string next;  // empty: no more
  };
  virtual task<result<page>> list(const std::string& app, std::string_view kind, std::size_t limit,
                                  std::string_view cursor) = 0;

  // The last slots of one subscriber at its present place, newest first.
  virtual task<result<std::vector<slot_report>>> slots_of(const stored_subscriber& s,
                                                          std::size_t most) = 0;
};

}  // namespace paperboy

#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/flows/block_delivery.hpp"
#include "core/flows/forgetting.hpp"
#include "core/flows/message_source.hpp"
#include "core/flows/notification_opening.hpp"
#include "core/flows/opening.hpp"
#include "core/flows/pacing.hpp"
#include "core/flows/source_cache.hpp"
#include "core/ports/instant_history.hpp"
#include "core/ports/roster.hpp"
#include "core/ports/run_book.hpp"
#include "core/ports/walk.hpp"

namespace paperboy {

// What a sender tells whoever runs it. All texts are free of tokens and credentials.
class sender_observer : public pace_observer {
 public:
  virtual void attempted(const std::string& app, platform p, const outcome& o) noexcept = 0;
  virtual void committed(std::size_t slots, bool lease_lost) noexcept = 0;
  virtual void set_aside(const std::string& app) noexcept = 0;
  virtual void token_removed(const std::string& app) noexcept = 0;
  virtual void removals_stopped(const std::string& app, platform p, bool stopped) noexcept = 0;
  virtual void failed(std::string_view doing, const error_code& why) noexcept = 0;
  virtual void unknown_cohort(std::string_view cohort) noexcept = 0;

 protected:
  ~sender_observer() = default;
};

// One worker's sending: looks at the shards, opens what is due, claims blocks and delivers them. Its
// coroutines are spawned and joined by the caller, on one thread: watch() and watch_instant() once,
// lane() for each number below `lane_tasks`, retries() for each below `retry_lanes`, draw_quotas() once.
class sender {
 public:
  static constexpr std::size_t lanes = 16;         // blocks of digests walked at once, at most
  static constexpr std::size_t instant_lanes = 2;  // blocks of breaking news, beside them
  static constexpr std::size_t all_lanes = lanes + instant_lanes;
  // Each lane has a second one, which works while the block of the first waits for a gateway that
  // answers nothing: as long as a connection may be silent, and the other gateway is to go on.
  static constexpr std::size_t lane_tasks = 2 * all_lanes;
  static constexpr std::size_t retry_lanes = 16;  // entries of the retry set tried at once
  static constexpr std::chrono::milliseconds look_every{500};
  static constexpr std::chrono::milliseconds look_for_instant_every{200};
  static constexpr std::chrono::milliseconds reconcile_every{1000};

  struct parts {
    run_book& book;
    walk& blocks;
    roster& people;
    newsroom& news;
    notification_book& notes;
    audience_index& audiences;
    instant_history& history;
    quota& quotas;
    const std::map<std::string, app_context>& apps;
    const delivery_settings& settings;
    source_maker make_source;
    std::function<instant()> now;
    std::function<std::uint64_t()> random;
    sender_observer& observer;
    careful_trials* trials = nullptr;  // of the process
  };

  sender(parts p, std::uint32_t shards, std::size_t window);
  ~sender();

  task<void> watch();
  task<void> watch_instant();
  task<void> lane(std::size_t number);
  task<void> retries(std::size_t number);
  task<void> draw_quotas() { return paces_.draw_quotas(); }

  // SIGHUP: credentials that were refused are tried again, with one push each.
  void credentials_replaced() noexcept;
  // Nothing new is claimed or sent; the lanes commit what was answered, release and return.
  void stop() noexcept;

 private:
  task<void> deliver(const claim& c, std::chrono::steady_clock::time_point claimed_at,
                     bool* held_up);
  task<void> walk_block(const claim& c, std::chrono::steady_clock::time_point claimed_at,
                        bool* held_up);
  task<void> give_back(const claim& c);
  task<void> fill_retry_queue();
  task<void> try_again(const retry_entry& entry,
                       std::chrono::steady_clock::time_point claimed_at);
  task<void> forget(const app_context& app, std::uint32_t shard, const std::string& run,
                    std::vector<dead_token>& dead);
  std::vector<std::string> stopped_apps();
  delivery_limits limits(const std::string& app);
  task<void> claim_more(send_lane kind);
  bool next_ready_shard(send_lane lane, std::uint32_t& shard) const noexcept;
  void wake(std::size_t from, std::size_t count) noexcept;

  struct app_observer;
  app_observer& observer_of(const app_context& app);

  parts with_;
  std::uint32_t shards_;
  pacing paces_;
  permits window_;
  permits line_;
  std::size_t window_size_;
  std::size_t commit_at_;
  commit_queue commits_;
  bool stopping_ = false;
  std::array<std::vector<bool>, send_lanes> blocks_ready_;  // by lane and shard, as of the last look
  // What was claimed for all lanes of a kind: they work in one shard, so that their commits join.
  struct claimed_block {
    claim what;
    std::chrono::steady_clock::time_point at;
  };
  struct claim_queue {
    std::deque<claimed_block> blocks;
    bool claiming = false;
    std::uint32_t shard = 0;  // claimed from last
  };
  std::array<claim_queue, send_lanes> claimed_;
  std::vector<bool> retries_ready_;
  std::map<std::string, instant> resting_;  // by app: nothing is claimed for it until then
  std::set<std::string> unknown_apps_;  // claimed once and released: not configured here
  std::array<bool, all_lanes> held_up_{};  // lanes whose block waits for the silent
  signal stop_;
  signal stop_instant_;
  struct waiting_retry {
    retry_entry entry;
    std::chrono::steady_clock::time_point claimed_at;
  };
  std::vector<waiting_retry> retry_queue_;
  std::set<std::string> walked_;  // names of the blocks under delivery here
  std::vector<std::unique_ptr<signal>> work_;  // one for each lane, retry lane, second lane
  source_cache sources_;
  std::map<std::string, std::unique_ptr<app_observer>> observers_;
};

}  // namespace paperboy

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/domain/notification_order.hpp"
#include "core/ports/newsroom.hpp"
#include "core/ports/roster.hpp"
#include "core/ports/run_book.hpp"
#include "core/ports/walk.hpp"
#include "tests/core/fakes/fake_newsroom.hpp"
#include "tests/sim/memory_shard.hpp"

namespace paperboy::sim {

// Everything that lasts, in memory: shards, runs, tokens, items. What the stores of adapters/redis
// promise, without a server; the ports below read and write it. Belongs to one thread.
struct memory_store {
  struct settings {
    std::uint32_t shards = 4;
    std::chrono::milliseconds lease{30'000};
    std::function<instant()> now;  // the store's clock
    std::function<std::uint64_t()> random;
    shard_witness* witness = nullptr;
  };
  explicit memory_store(settings s);

  memory_shard& shard_of(const subscriber_id& id) {
    return shards[id.shard(static_cast<std::uint32_t>(shards.size()))];
  }

  struct run_head {
    std::string kind = "digest";
    run_state state = run_state::running;
    instant due{};
    bool done = false;
    std::optional<notification_order> order;  // of a notification
    bool opening = false;                     // it is not open in every shard yet
    std::optional<instant> started, finished;
    std::vector<bool> opened;
    std::vector<std::optional<ledger>> reported;
    run_halt halt() const noexcept {
      if (state == run_state::paused) return run_halt::paused;
      return state == run_state::cancelled ? run_halt::cancelled : run_halt::none;
    }
  };

  settings with;
  std::vector<memory_shard> shards;
  std::map<std::string, std::map<std::string, run_head>> runs;  // by app, by run
  std::map<std::string, device_id> tokens;  // by app, platform and token
  testing::fake_newsroom news;
  std::uint32_t generations = 1;
  std::uint64_t writes = 0;
  std::map<std::string, wish_values> wishes;  // by their packed form
};

// One worker's view, by its name.
class memory_walk final : public walk {
 public:
  memory_walk(memory_store& store, std::string worker,
              std::map<std::string, digest_defaults> defaults)
      : store_(store), worker_(std::move(worker)), defaults_(std::move(defaults)) {}

  task<result<std::vector<claim>>> claim_blocks(std::uint32_t shard, send_lane lane,
                                                std::uint64_t nonce, std::size_t most,
                                                std::span<const std::string> stopped) override;
  task<result<std::unique_ptr<block_contents>>> read(const claim& c) override;
  wish_values values_of(std::string_view wish) const override;
  task<result<std::vector<commit_answer>>> commit_all(std::span<const block_commit> all) override;
  task<result<unsigned>> note(const claim& c, std::uint8_t slot) override;
  task<result<void>> withdraw_note(const claim& c, std::uint8_t slot) override;
  task<result<std::vector<suspect>>> suspects(std::uint32_t shard, const std::string& run) override;
  task<result<void>> release(const claim& c, std::chrono::milliseconds rest) override;
  task<result<std::vector<retry_entry>>> claim_retries(std::uint32_t shard,
                                                       std::size_t most) override;
  task<result<void>> settle_retry(const retry_entry& entry, const retry_end& end) override;
  task<result<void>> removed(std::uint32_t shard, const std::string& run,
                             std::size_t devices) override;

 private:
  memory_store& store_;
  std::string worker_;
  std::map<std::string, digest_defaults> defaults_;  // by app
};

class memory_run_book final : public run_book {
 public:
  explicit memory_run_book(memory_store& store) : store_(store) {}

  task<result<std::vector<shard_look>>> look() override;
  task<result<run_state>> start(const std::string& app, const std::string& run,
                                instant at) override;
  task<result<void>> open(std::uint32_t shard, const std::string& app, const std::string& run,
                          instant at, instant deadline, instant claims_from,
                          std::span<const part_opening> parts) override;
  task<result<void>> reconcile(const std::string& app) override;
  task<result<paperboy::run>> find(const std::string& app, const std::string& run) override;
  // Not modelled: errc::refused.
  task<result<page>> list(const std::string& app, std::string_view kind, std::size_t limit,
                          std::string_view cursor) override;
  task<result<std::vector<slot_report>>> slots_of(const stored_subscriber& s,
                                                  std::size_t most) override;

 private:
  error_code open_shard(std::uint32_t shard, const std::string& app, const std::string& run,
                        instant at, instant deadline, instant claims_from,
                        std::span<const part_opening> parts);
  error_code reconcile_run(const std::string& app, const std::string& run);

  memory_store& store_;
};

// Every write is one step, across shards too: what a crash leaves of a real one is not modelled
// here, tests/adapters/redis/roster_crash_test.cpp has it.
class memory_roster final : public roster {
 public:
  // `now` is the process's clock.
  memory_roster(memory_store& store, std::function<instant()> now)
      : store_(store), now_(std::move(now)) {}

  task<result<enrolled>> enrol(const enrolment& e) override;
  task<result<stored_subscriber>> find(const std::string& app, subscriber_id id) override;
  task<result<stored_subscriber>> change(const stored_subscriber& before, subscriber after,
                                         const digest_defaults& defaults) override;
  task<result<void>> erase(const stored_subscriber& before,
                           const digest_defaults& defaults) override;

 private:
  std::optional<stored_subscriber> read(const subscriber_id& id);
  stored_subscriber write(const subscriber* before, const subscriber* after,
                          const digest_defaults& defaults);
  void take_tokens(const subscriber* before, const subscriber* after,
                   const digest_defaults& defaults);

  memory_store& store_;
  std::function<instant()> now_;
};

}  // namespace paperboy::sim

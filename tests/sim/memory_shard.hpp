#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/audience_index.hpp"
#include "core/ports/instant_history.hpp"
#include "core/ports/run_book.hpp"
#include "core/ports/walk.hpp"

namespace paperboy::sim {

// How many devices of one subscriber were counted how, in one run: only what counted, once each.
struct counted_end {
  std::string run;
  subscriber_id id;
  std::uint32_t accepted = 0, rejected = 0, expired = 0, skipped = 0, excluded = 0;
  skip_reason reason{};
};

// Somebody who was counted as eligible when a part opened.
struct eligible_member {
  std::string run;
  subscriber_id id;
  local_date date{};
  std::uint32_t devices = 0;  // bit n: device number n
  choices topics;             // what the subscriber said then
  std::string place;          // cohort and slot
};

// What a shard says of each of its steps: what a test compares with what the gateways saw.
class shard_witness {
 public:
  virtual void opened(const eligible_member& m) = 0;
  virtual void counted(const counted_end& e) = 0;
  // Devices that were eligible and never met.
  virtual void gone_at_the_finish(const std::string& run, const std::string& cohort,
                                  std::int64_t devices) = 0;
  // Its token is somebody else's now.
  virtual void lost_a_device(const subscriber_id& id) = 0;
  virtual void given(const claim& c, const std::string& worker) = 0;

 protected:
  ~shard_witness() = default;
};

// One write of the roster: before and after, in one shard.
struct member_write {
  const subscriber* before = nullptr;  // null: new
  const subscriber* after = nullptr;   // null: erased
  digest_defaults defaults;
  bool duty = false;     // open parts pass it over from now on
  instant first_due{};   // of the new cohort, if it is new to the shard
  local_date first_date{};
};

// One shard of the run protocol in memory: what adapters/redis/scripts/*.lua do, rule by rule, in
// the words of C++. Each call is one step, as each script is.
class memory_shard {
 public:
  struct settings {
    std::uint32_t number = 0;
    std::function<instant()> now;  // the store's clock
    std::chrono::milliseconds lease{30'000};
    shard_witness* witness = nullptr;  // may be null
  };
  explicit memory_shard(settings s) : with_(std::move(s)) {}

  // look.lua, open.lua. `opened` is false where others are due at the same instant and were not
  // named: the shard cannot be done with the run then.
  shard_look look() const;
  struct open_answer {
    error_code failure;
    bool complete = false;
  };
  open_answer open(const std::string& app, const std::string& run, instant at, instant deadline,
                   instant claims_from, std::span<const part_opening> parts);

  // claim.lua, commit.lua, note.lua, withdraw_note.lua, release.lua, retry_claim.lua,
  // retry_settle.lua
  result<std::vector<claim>> claim_blocks(const std::string& worker, send_lane lane,
                                          std::uint64_t nonce, std::size_t most,
                                          std::span<const std::string> stopped);
  bool has_part(const claim& c) const { return parts_.contains({c.run, c.cohort}); }
  commit_answer commit(const claim& c, std::span<const slot_end> ends, bool last);
  result<unsigned> note(const claim& c, std::uint8_t slot);
  void withdraw_note(const claim& c, std::uint8_t slot);
  void release(const claim& c, std::chrono::milliseconds rest);
  std::vector<retry_entry> claim_retries(std::size_t most);
  result<void> settle_retry(const retry_entry& entry, const retry_end& end);
  void removed(const std::string& run, std::size_t devices);

  // open_notification.lua, run_halt.lua
  error_code open_notification(const std::string& app, const std::string& run, instant at,
                               instant deadline, run_halt halt, const shard_audience& whom);
  void halt(const std::string& run, run_halt to);

  // A block's people with their marks, in slot order; of a frozen list, those who are still there.
  struct place_taken {
    subscriber value;
    weekdays due_days;
    local_date mark{};
    std::string cohort;
    std::uint32_t slot = 0;                  // in the cohort
    std::vector<had_item> had;               // of digests only
    std::uint32_t devices = 0xFFFF'FFFF;     // that are meant
  };
  std::vector<std::pair<std::uint8_t, place_taken>> people(const claim& c) const;
  bool has_list(const std::string& run) const { return lists_.contains(run); }
  // Everybody of an app with a live device, by place.
  std::vector<std::pair<frozen_member, choices>> everybody(const std::string& app) const;
  std::vector<had_item> had_by(const subscriber_id& id) const;

  // write.lua for one subscriber. Where it lies afterwards, with its mark; nothing for an erased
  // one.
  std::optional<std::pair<std::uint32_t, local_date>> write(const member_write& w);
  struct found {
    subscriber value;
    std::string cohort;
    std::uint32_t slot = 0;
    local_date mark{};
  };
  std::optional<found> find(const subscriber_id& id) const;
  std::uint32_t seq() const noexcept { return seq_; }

  struct shard_run {
    std::string app;
    enum class stage : std::uint8_t { opening, open, done } state = stage::opening;
    int parts = 0;
    run_halt halt = run_halt::none;
    ledger count;
  };
  const shard_run* run(const std::string& id) const;

  // For tests of the protocol.
  void fall_due(const std::string& cohort, instant at, local_date date);
  void set_slots_given(const std::string& cohort, std::uint32_t next);
  void forget_part(const std::string& run, const std::string& cohort);
  void forget_run(const std::string& run) { runs_.erase(run); }
  void set_deadline(const std::string& run, const std::string& cohort, instant deadline);
  void set_lease(const std::string& run, const std::string& cohort, std::uint32_t block,
                 instant at);
  void set_retry_due(const std::string& run, const subscriber_id& id, instant at);
  void set_lease_time(std::chrono::milliseconds lease) { with_.lease = lease; }
  bool idle() const noexcept { return open_.empty(); }
  bool leased() const noexcept { return !leases_[0].empty() || !leases_[1].empty(); }
  // The next instant of the store's clock at which something is to be done.
  std::optional<instant> next() const;
  // What does not hold of the shard's own counters; empty if all does.
  std::string contradiction() const;

  std::map<std::string, std::map<subscriber_id, unsigned>> blamed;  // by run

 private:
  // As of the walk's adapter: an attempt that begins within one lease ends before others begin.
  static constexpr std::chrono::seconds attempt_limit{30};

  using part_key = std::pair<std::string, std::string>;  // run, cohort
  enum class part_kind : std::uint8_t { digest, walked, listed };
  struct part {
    part_kind kind = part_kind::digest;
    bool open = true;
    std::uint32_t seq = 0;
    local_date date{};
    std::uint8_t weekday = 0;
    instant at{}, deadline{};
    std::uint32_t blocks = 0, next = 0, done = 0;
    std::int64_t retry = 0, eligible = 0, pending = 0;
    std::map<std::uint32_t, std::uint32_t> epochs;         // by block
    std::map<std::uint32_t, std::bitset<256>> settled;     // by block
    std::map<std::uint32_t, std::pair<std::uint8_t, unsigned>> noted;  // by block: slot, times
  };
  struct lease {
    instant end{};
    bool given_back = false;  // nothing of the block is in doubt
  };
  struct resident {
    subscriber value;
    weekdays due_days;
  };
  struct home {
    std::uint32_t next = 0;                     // slots given out
    std::map<std::uint32_t, std::uint32_t> free;  // slot -> seq when it was freed
    std::array<std::int64_t, 7> devices{};      // live, by weekday
    std::int64_t subscribers = 0;
    std::map<std::uint32_t, resident> people;   // by slot
    std::map<std::uint32_t, local_date> marks;
    std::map<std::uint32_t, std::map<std::string, bool>> had;  // by slot: run -> put off
  };
  using lease_key = std::pair<part_key, std::uint32_t>;
  using retry_key = std::pair<std::string, subscriber_id>;  // run, subscriber

  claim give(const part_key& key, std::uint32_t block, bool in_doubt);
  bool held_back(const part_key& key, std::span<const std::string> stopped) const;
  void count(const part_key& key, const subscriber_id& id, const slot_end& e);
  void finish(const part_key& key);
  void open_part(const part_key& key, part p, instant claims_from);
  void remember(const std::string& run, const slot_end& e);
  static std::size_t lane_of(const part& p) noexcept {
    return p.kind == part_kind::digest ? 0 : 1;
  }
  void witness_opening(const part_key& key, const home& h, const part& p) const;

  std::vector<part_key> parts_of(const std::string& cohort) const;
  std::uint32_t take_slot(const std::string& cohort, local_date mark);
  void free_slot(const std::string& cohort, std::uint32_t slot);
  std::uint32_t settle_in(const member_write& w, const std::string& cohort, local_date mark);
  void leave(const std::string& cohort, std::uint32_t slot);
  static void count_devices(home& h, const resident& who, int sign);
  local_date take_duty(const member_write& w, const std::string& cohort, std::uint32_t slot,
                       local_date mark);

  settings with_;
  std::uint32_t seq_ = 1;
  std::map<std::string, home> homes_;  // by cohort
  std::map<std::string, std::pair<instant, local_date>> due_;
  std::map<subscriber_id, std::pair<std::string, std::uint32_t>> places_;
  std::map<part_key, part> parts_;
  std::set<part_key> open_;
  // By lane: from when on blocks of a part may be claimed; who holds which.
  std::array<std::map<part_key, instant>, send_lanes> todo_;
  std::array<std::map<lease_key, lease>, send_lanes> leases_;
  std::map<std::string, std::vector<frozen_member>> lists_;  // by run
  std::map<std::string, std::pair<std::uint64_t, std::vector<claim>>> last_claim_;  // by worker
  std::map<retry_key, std::pair<instant, retry_entry>> retries_;
  std::uint64_t retry_claims_ = 0;  // no two look alike
  std::map<std::string, shard_run> runs_;
};

}  // namespace paperboy::sim

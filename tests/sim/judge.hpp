#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/gateways.hpp"
#include "tests/sim/memory_store.hpp"

namespace paperboy::sim {

// Hears what the store counts, and at the end compares it with what the phones took. Every sentence
// in wrong() is a promise that was broken.
class judge final : public shard_witness {
 public:
  explicit judge(const trace& tell) : tell_(tell) {}

  void opened(const eligible_member& m) override;
  void counted(const counted_end& e) override;
  void gone_at_the_finish(const std::string& run, const std::string& cohort,
                          std::int64_t devices) override;
  void lost_a_device(const subscriber_id& id) override { left(id); }
  void given(const claim& c, const std::string& worker) override;

  // Something may explain why a subscriber who was eligible is gone, or a device of it.
  void left(const subscriber_id& id) { left_.insert(id); }
  // Somebody wants other topics now: whether a notification is for them may go either way.
  void chose(const subscriber_id& id) { chose_.insert(id); }
  // Whom a notification run is for, by what they said when it opened.
  void expect(const std::string& run, std::function<bool(const choices&)> meant) {
    meant_[run] = std::move(meant);
  }
  // What its holder sends of somebody who moves meanwhile is not counted there, and sent again.
  void moved(const subscriber_id& id) {
    moved_.insert(id);
    allow_copies(most_devices);
  }
  // Whoever sends to a device of that subscriber ends: to be set aside, as nobody else is.
  void poisoned(const subscriber_id& id) { poisoned_.insert(id); }
  // Up to this many copies are explained by what was done to a worker.
  void allow_copies(std::size_t pushes) { allowed_ += pushes; }

  void wrong(std::string what) {
    if (wrong_.size() < most_wrong) wrong_.push_back(std::move(what));
  }
  const std::vector<std::string>& wrong() const noexcept { return wrong_; }

  // At the end of everything.
  void close(const memory_store& store, const gateway_world& gateways);

  struct numbers {
    std::size_t runs = 0, notifications = 0, eligible = 0, taken = 0, copies = 0, takeovers = 0,
                gone = 0, aside = 0;
  };
  const numbers& seen() const noexcept { return seen_; }

 private:
  static constexpr std::size_t most_wrong = 20;
  static constexpr std::size_t most_devices = 2;  // of a subscriber in these worlds
  using run_and_id = std::pair<std::string, subscriber_id>;

  struct account {
    std::uint32_t eligible_devices = 0;  // bit n: device number n
    local_date date{};
    bool meant = true;
    std::uint32_t accepted = 0, rejected = 0, expired = 0, skipped = 0, excluded = 0;
    std::set<std::uint8_t> taken;  // devices whose phone took it
    std::uint32_t settled() const { return accepted + rejected + expired + skipped + excluded; }
  };
  void match(const gateway_world& gateways);
  void check_accounts();
  bool counted_elsewhere(const run_and_id& of, const account& a) const;
  void check_audience(const run_and_id& of, const account& a);
  void check_dates(const gateway_world& gateways);

  const trace& tell_;
  std::map<run_and_id, account> accounts_;
  std::map<std::string, std::int64_t> gone_;  // by run, as the shards counted
  std::set<subscriber_id> left_, moved_, chose_, poisoned_;
  std::map<std::string, std::function<bool(const choices&)>> meant_;  // by run
  std::map<std::string, std::pair<run_and_id, std::uint8_t>> messages_;  // by message id
  std::size_t allowed_ = 0;
  std::vector<std::string> wrong_;
  numbers seen_;
};

}  // namespace paperboy::sim

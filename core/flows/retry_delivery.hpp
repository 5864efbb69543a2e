#pragma once

#include <vector>

#include "core/flows/block_delivery.hpp"
#include "core/ports/instant_history.hpp"
#include "core/ports/roster.hpp"

namespace paperboy {

// What the record says, in the form that choices are made from.
wish_values wish_of(const subscriber& s);

// One more attempt for entries of the retry set, all of one app. Each is settled when its devices
// have been answered and its dead tokens are forgotten; an entry whose subscriber is gone is settled
// as gone, and one whom workers named with their last words too often is set aside (block_delivery).
class retry_delivery final : private answer_sink {
 public:
  retry_delivery(walk& blocks, roster& people, instant_history& history,
                 message_source& messages, const app_context& app,
                 const delivery_settings& settings, delivery_limits limits,
                 delivery_observer& observer, token_forgetter forget);

  // `claimed_at`: not later than the entry was claimed.
  task<result<void>> run(const retry_entry& entry,
                         std::chrono::steady_clock::time_point claimed_at);

 private:
  struct flight {
    push sent;
    const device* target = nullptr;
    attempt tries;
    std::uint32_t era = 0;  // of its gateway's circuit
  };

  void answered(std::uint64_t ticket, const gateway_answer& answer) noexcept override;
  task<result<void>> attempt_subscriber(const retry_entry& entry, const part_of_run& part,
                                        const stored_subscriber& found);
  task<result<void>> send(const retry_entry& entry, const part_of_run& part,
                          const stored_subscriber& found, const edition& chosen);
  task<result<unsigned>> ask_times_named(const retry_entry& entry);
  bool claim_is_old() const noexcept;
  task<result<void>> settle(const retry_entry& entry);
  task<bool> take_turn(flight& f, push_class what);
  void put_off(const device& d, const pace_answer& kept);
  void settle(const device& d, const outcome& o, const attempt& tries);

  walk& blocks_;
  roster& people_;
  instant_history& history_;
  message_source& messages_;
  const app_context& app_;
  const delivery_settings& settings_;
  delivery_limits limits_;
  delivery_observer& observer_;
  token_forgetter forget_;

  const retry_entry* entry_ = nullptr;
  std::vector<flight> flights_;
  std::size_t unanswered_ = 0;
  std::size_t permits_ = 0;  // of the window: what was sent is not marked yet
  instant deadline_{};
  std::string home_;
  std::chrono::steady_clock::time_point claimed_at_{};
  retry_end end_;
  std::vector<dead_token> dead_;
  signal progress_;
};

}  // namespace paperboy

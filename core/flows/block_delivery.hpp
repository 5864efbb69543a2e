#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/domain/decision.hpp"
#include "core/flows/careful_trials.hpp"
#include "core/flows/commit_queue.hpp"
#include "core/flows/message_source.hpp"
#include "core/flows/outbox.hpp"
#include "core/flows/pacing.hpp"
#include "core/flows/turns.hpp"
#include "core/ports/gateway.hpp"
#include "core/ports/walk.hpp"
#include "core/task.hpp"

namespace paperboy {

// A token that a gateway declared dead, to be forgotten once its slot is committed.
struct dead_token {
  platform system = platform::ios;
  subscriber_id subscriber;
  std::uint8_t device = 0;
  std::string token;
  std::optional<instant> dead_since;
};

// What one delivery reports to the worker, beside the ledger. Called on the worker's thread.
class delivery_observer {
 public:
  // `first`: an answer to the first attempt, and not one that has it sent again at once.
  virtual void attempted(platform p, const outcome& o, bool first) noexcept = 0;
  virtual void committed(std::size_t slots, bool lease_lost) noexcept = 0;
  virtual void set_aside() noexcept = 0;  // a slot that stopped the walk again and again

 protected:
  ~delivery_observer() = default;
};

struct delivery_limits {
  permits* window = nullptr;         // pushes of the process sent and not yet marked
  std::size_t window_size = 64;      // its whole size: how many pushes can be in doubt
  std::size_t commit_at = 32;        // slots settled before they are committed
  const bool* stopping = nullptr;    // true: send nothing new, commit, release
  std::function<instant()> now;      // a checked wall clock
  std::function<std::uint64_t()> random;
  // A lease that was not renewed for so long is renewed, answers or not: a third of it.
  std::chrono::milliseconds renew_after = std::chrono::seconds{10};
  app_paces paces;
  careful_trials* trials = nullptr;  // of the process; none: this block is the only one
  // True while the block waits only for gateways that answer nothing.
  bool* held_up = nullptr;
  permits* line = nullptr;  // blocks that send at once, the others wait; none: no limit
  commit_queue* commits = nullptr;  // of the worker; none: this block commits by itself
};

// Takes dead tokens off their devices and empties the list.
using token_forgetter = std::function<task<void>(std::vector<dead_token>& dead)>;

enum class delivery_end : std::uint8_t {
  finished,
  lease_lost,
  paused,
  resting,   // given back for a while: a gateway is not to be sent to
  released,
};

// Sends one claimed block: reads it, chooses for each member, hands the pushes to the gateways in
// slot order and commits the answers. Gateway answer first, bit and mark second: a slot is given to
// commit() only when each of its devices has been answered. A failed commit is repeated for as long
// as it takes, or when told to stop for some seconds; meanwhile nothing more is sent, because the
// window is full. Dead tokens are forgotten
// before the block ends, so that a run that is done has counted them.
//
// A worker that ends by its own fault says with its last words whom it served (core/flows/now_serving.hpp).
// Whoever was named goes when everybody else in the block is settled, quietly and alone; whoever was
// named twice is set aside, so that the walk goes on.
//
// There are ends without a word. A block whose holders vanished twice goes one slot at a time, each
// noted before it is tried. When that ends the worker too, the one that was noted goes first and alone
// in the process, so that nobody is taken for the cause who was under way in another block. Nothing
// tells such an end from one that came from outside: only whoever was noted again and again is set
// aside.
//
// A gateway that is closed does not hold the other one up: its members are passed over, and the block
// rests when all others are settled; the device of a member who has others on the open gateway too
// waits in the retry set. For a gateway that is only slow the block comes back to those it passed
// over, in their order.
//
// Blocks send one after the other as far as the window is no larger than a few of them: each then has
// the window for itself and needs few commits, and the next one sends while the answers of the last
// come in.
//
// Never leaves while a push is unanswered: gateways call back into it.
class block_delivery final : private answer_sink {
 public:
  static constexpr std::uint32_t careful_from = 3;  // epoch
  static constexpr unsigned named_to_death = 2;  // by workers that ended by their own fault
  static constexpr unsigned noted_to_death = 12;  // in a row, this note included

  block_delivery(walk& blocks, message_source& messages, const app_context& app,
                 const delivery_settings& settings, delivery_limits limits,
                 delivery_observer& observer, token_forgetter forget);

  // `claimed_at`: not later than the lease was given.
  task<result<delivery_end>> run(const claim& c, std::chrono::steady_clock::time_point claimed_at);

 private:
  // Answers are given this long to fill a commit before a smaller one is made.
  static constexpr std::chrono::milliseconds commit_patience{2};
  // Somebody who waits for the window is given what was answered after this, however little it is.
  static constexpr std::chrono::milliseconds window_patience{5};

  struct flight {  // one push under way; the ticket is its index
    std::uint32_t open = 0;
    push sent;
    const member_device* device = nullptr;
    attempt tries;
    std::uint32_t era = 0;  // of its gateway's circuit
  };
  struct open_slot {  // one member with devices unanswered
    slot_end end;
    std::uint8_t unanswered = 0;
    std::uint8_t pushes = 0;         // permits held
    std::uint32_t stopped_devices = 0;  // their gateway is closed: nobody is marked for it
  };

  void answered(std::uint64_t ticket, const gateway_answer& answer) noexcept override;
  void settle(const flight& f, const outcome& o);
  void close(std::uint32_t index);

  task<result<void>> deliver(const member& m);
  task<result<void>> deliver_carefully(const member& m);
  task<result<void>> try_noted(const member& m, std::size_t devices);
  task<bool> enter_trial(bool alone);
  bool stands_back(const member& m);
  task<result<void>> settle_all();
  void set_aside(const member& m, std::size_t devices);
  task<result<void>> serve(const member& m, std::size_t devices);
  task<result<void>> wait_for_answers();
  task<result<void>> stand_in_line();
  void leave_line() noexcept;
  std::chrono::milliseconds rest_for_whoever() const;
  bool waits_for_the_silent() const noexcept;
  task<result<void>> walk_through(std::span<const member> members);
  unsigned platforms_of(const member& m) const noexcept;
  void launch(const member_device& d, const member& m, const edition& e, std::uint32_t index);
  task<result<void>> send(const member& m, const edition& e, std::size_t concerned);
  task<result<void>> wait_for_room(std::size_t count);
  bool concerned(const member_device& d) const noexcept { return d.joined < claim_->seq; }
  std::size_t concerned_devices(const member& m) const noexcept;
  // Whether the last holder may have sent the next push to that gateway. A suspect is not in its order.
  bool in_doubt(platform p) const noexcept {
    return suspects_turn_ || in_doubt_[index_of(p)] > 0;
  }
  void settle_unsent(const member& m, std::size_t devices, const judgement& j);
  slot_end end_of(const member& m) const;
  std::uint32_t open(const member& m);
  task<result<void>> commit_done(bool last);
  bool commit_is_due() noexcept;
  task<result<void>> commit_if_due();
  bool no_answer_lately() noexcept;
  bool lease_is_old() const noexcept;
  bool paused() const noexcept;
  bool must_stop() const noexcept;

  walk& blocks_;
  message_source& messages_;
  const app_context& app_;
  const delivery_settings& settings_;
  delivery_limits limits_;
  delivery_observer& observer_;
  token_forgetter forget_;

  const claim* claim_ = nullptr;
  part_of_run part_;  // of the claim, with what was ordered since
  std::bitset<256> settled_;  // as far as it is known: by the claim, and by each commit since
  std::chrono::steady_clock::time_point renewed_at_;
  std::vector<flight> flights_;
  std::vector<std::uint32_t> free_flights_;
  std::vector<open_slot> open_;
  std::vector<std::uint32_t> free_open_;
  std::vector<slot_end> done_;
  std::size_t done_pushes_ = 0;  // permits held by what is in done_
  std::chrono::steady_clock::time_point done_since_;  // the first of them was answered
  std::vector<dead_token> dead_;
  std::size_t unanswered_ = 0;
  std::uint64_t answers_ = 0;  // so far
  std::uint64_t answers_heard_ = 0;
  std::chrono::steady_clock::time_point heard_at_;
  bool in_front_ = false;      // of the line
  std::array<std::size_t, platforms> under_way_{};
  std::array<std::size_t, platforms> in_doubt_{};  // pushes yet to be sent that may be second ones
  turns turns_;
  std::vector<const member*> later_;
  std::vector<suspect> suspects_;
  std::vector<const member*> stood_back_;  // suspects, whose turn comes when all others are settled
  bool suspects_turn_ = false;
  std::size_t sent_ = 0;
  bool careful_ = false;
  bool tried_first_ = false;  // of a careful block: whoever was noted last is behind us
  bool lease_lost_ = false;
  error_code gave_up_;  // a commit that was not repeated any more
  bool passed_over_ = false;  // some member was not judged: the block is released, not finished
  signal progress_;
};

}  // namespace paperboy

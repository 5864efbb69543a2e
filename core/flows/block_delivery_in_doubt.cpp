// Members of blocks whose holders vanished.
#include <utility>

#include "core/flows/block_delivery.hpp"
#include "core/kill_points.hpp"

namespace paperboy {

void block_delivery::set_aside(const member& m, std::size_t devices) {
  settle_unsent(m, devices, judgement::skip(skip_reason::dead_letter));
  observer_.set_aside();
}

// True: it is not this member's turn yet, or it has none.
bool block_delivery::stands_back(const member& m) {
  const unsigned times = times_named(suspects_, m.id);
  const std::size_t devices = times == 0 ? 0 : concerned_devices(m);
  if (devices == 0) return false;
  if (times >= named_to_death) {
    set_aside(m, devices);
  } else {
    stood_back_.push_back(&m);
  }
  return true;
}

// Everything that was sent is answered, and committed.
task<result<void>> block_delivery::settle_all() {
  if (auto answered = co_await wait_for_answers(); !answered) co_return answered;
  if (done_.empty()) co_return result<void>{};
  co_return co_await commit_done(false);
}

task<result<void>> block_delivery::deliver_carefully(const member& m) {
  if (!m.readable && !settled_.test(m.slot)) passed_over_ = true;
  const std::size_t devices = concerned_devices(m);
  if (devices == 0) co_return result<void>{};
  if (turns_.any_closed(platforms_of(m))) {
    passed_over_ = true;  // a note is for what is tried
    co_return result<void>{};
  }
  const bool alone = !std::exchange(tried_first_, true);
  if (!co_await enter_trial(alone)) {
    passed_over_ = true;
    co_return result<void>{};
  }
  auto tried = co_await try_noted(m, devices);
  if (limits_.trials != nullptr) limits_.trials->leave(alone);
  co_return tried;
}

// False: told to stop meanwhile.
task<bool> block_delivery::enter_trial(bool alone) {
  if (limits_.trials == nullptr || limits_.trials->enter(alone)) co_return true;
  if (alone) limits_.trials->wait_alone();
  bool entered = false;
  while (!entered && !must_stop()) {
    co_await progress_.wait_for(commit_patience);
    co_await commit_if_due();  // one that fails for good says so by must_stop()
    entered = !must_stop() && limits_.trials->enter(alone);
  }
  if (alone) limits_.trials->wait_no_more();
  co_return entered;
}

task<result<void>> block_delivery::try_noted(const member& m, std::size_t devices) {
  reached("before_note");
  const auto noted = co_await blocks_.note(*claim_, m.slot);
  reached("after_note");
  if (!noted) {
    if (noted.error() != errc::conflict) co_return noted.error();
    lease_lost_ = true;
    co_return result<void>{};
  }
  if (*noted >= noted_to_death) {
    set_aside(m, devices);
  } else {
    if (auto served = co_await serve(m, devices); !served) co_return served;
    if (auto answered = co_await wait_for_answers(); !answered) co_return answered;
  }
  if (auto committed = co_await commit_done(false); !committed) co_return committed;
  if (settled_.test(m.slot)) co_return result<void>{};
  // Its gateway was closed, or we were told to stop: that is no end that came of it.
  co_return co_await blocks_.withdraw_note(*claim_, m.slot);
}

}  // namespace paperboy

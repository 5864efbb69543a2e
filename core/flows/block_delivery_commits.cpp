// What a block has to commit, and when it does.
#include <algorithm>
#include <utility>

#include "core/flows/block_delivery.hpp"
#include "core/kill_points.hpp"

namespace paperboy {
namespace {

constexpr std::chrono::milliseconds commit_again_after{200};
// Whoever is told to stop repeats a failed commit for so long.
constexpr std::chrono::seconds commit_until_leaving{5};

}  // namespace

bool block_delivery::lease_is_old() const noexcept {
  return !lease_lost_ && !gave_up_ && now_steady() - renewed_at_ >= limits_.renew_after;
}

// What was answered and not committed is a part of the window: it is given to whoever waits for it,
// unless it is so little that the next answers may as well be awaited, while they come, and not for
// long.
bool block_delivery::commit_is_due() noexcept {
  if (lease_is_old()) return true;
  if (done_.empty()) return false;
  if (done_.size() >= limits_.commit_at || unanswered_ == 0 || no_answer_lately()) return true;
  const std::size_t worth_it = std::max<std::size_t>(limits_.window_size / 4, 1);
  const bool much = done_pushes_ >= worth_it || now_steady() - done_since_ >= window_patience;
  return much && limits_.window->wanted();
}

// Also renews the lease: whoever waits for slow answers still holds the block.
task<result<void>> block_delivery::commit_if_due() {
  if (!commit_is_due()) co_return result<void>{};
  co_return co_await commit_done(false);
}

// Answers of this block: it is woken for much else.
bool block_delivery::no_answer_lately() noexcept {
  const auto now = now_steady();
  if (std::exchange(answers_heard_, answers_) != answers_) heard_at_ = now;
  return now - heard_at_ >= commit_patience;
}

task<result<void>> block_delivery::commit_done(bool last) {
  std::vector<slot_end> ends;
  ends.swap(done_);
  const std::size_t pushes = std::exchange(done_pushes_, 0);
  const auto began = now_steady();
  for (;;) {
    const auto asked_at = now_steady();
    if (!ends.empty()) reached("before_commit");
    if (last) reached("before_finish");
    auto committed = limits_.commits != nullptr
                         ? co_await limits_.commits->commit(*claim_, ends, last, pushes)
                         : co_await blocks_.commit(*claim_, ends, last);
    if (!ends.empty()) reached("after_commit");
    if (last) reached("after_finish");
    if (committed) {
      renewed_at_ = asked_at;
      lease_lost_ |= committed->lease_lost;
      part_.halt = committed->halt;
      settled_ |= committed->settled;
      observer_.committed(ends.size(), committed->lease_lost);
      limits_.window->give(pushes);
      co_return result<void>{};
    }
    const bool leaving = *limits_.stopping && now_steady() - began >= commit_until_leaving;
    if (committed.error() == errc::shard_regressed || leaving) {
      // The shard says that it lost the part, or we leave: the lease runs out, and whoever comes
      // next repeats at most these pushes.
      gave_up_ = committed.error();
      limits_.window->give(pushes);
      co_return committed.error();
    }
    co_await sleep_for(commit_again_after);
  }
}

}  // namespace paperboy

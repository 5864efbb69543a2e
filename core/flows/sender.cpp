#include "core/flows/sender.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/flows/retry_delivery.hpp"
#include "core/kill_points.hpp"

namespace paperboy {
namespace {

constexpr std::size_t most_commit = 256;  // slots in one commit: a whole block

// As many lanes as it takes to keep the window full while the last answers of some come in.
std::size_t lanes_for(std::size_t window) noexcept {
  return std::clamp<std::size_t>(window / 64, 4, sender::lanes);
}

// Blocks that send at once, each of which can have a commit's worth of the window for itself.
std::size_t senders_for(std::size_t window) noexcept {
  return std::clamp<std::size_t>(window / (2 * most_commit), 1, sender::lanes / 2);
}

// Blocks claimed at once for all lanes of a kind: at most two for each, because their leases run.
std::size_t claims_for(send_lane kind, std::size_t window) noexcept {
  if (kind == send_lane::instant) return 2 * sender::instant_lanes;
  return std::clamp<std::size_t>(window / 64, 8, sender::lanes);
}

// Of the window, kept for breaking news. It takes whatever becomes free before a digest does: what is
// kept is only for its first pushes.
std::size_t kept_of(std::size_t window) noexcept { return std::min<std::size_t>(window / 10, 16); }

constexpr std::size_t most_retries = sender::retry_lanes;  // entries taken at once
constexpr std::chrono::seconds rest{10};  // of an app whose block was given back
constexpr std::chrono::milliseconds idle{250};
constexpr std::chrono::milliseconds after_failure{500};

std::string app_of(const std::string& cohort) {
  return cohort.substr(0, cohort.find(':'));
}

std::string name_of(const claim& c) {
  return c.run + '|' + c.cohort + '|' + std::to_string(c.shard) + '|' + std::to_string(c.block);
}

}  // namespace

// Gives the deliveries of one app what they report to, and watches its dead tokens.
struct sender::app_observer final : delivery_observer {
  app_observer(std::string id, sender_observer& to) : app(std::move(id)), out(to) {}

  void attempted(platform p, const outcome& o, bool first) noexcept override {
    out.attempted(app, p, o);
    if (!first) return;
    dead_token_guard& guard = guards[index_of(p)];
    const bool before = guard.alarmed();
    guard.answered(o.what == verdict::forget_device);
    if (before != guard.alarmed()) out.removals_stopped(app, p, guard.alarmed());
  }
  void committed(std::size_t slots, bool lease_lost) noexcept override {
    out.committed(slots, lease_lost);
  }
  void set_aside() noexcept override { out.set_aside(app); }
  bool alarmed(platform p) const noexcept { return guards[index_of(p)].alarmed(); }

  std::string app;
  sender_observer& out;
  dead_token_guard guards[2];
};

sender::sender(parts p, std::uint32_t shards, std::size_t window)
    : with_(std::move(p)),
      shards_(shards),
      paces_({with_.apps, with_.quotas, with_.observer, pace_clock, window,
              with_.settings.spread > std::chrono::milliseconds{}, kept_of(window)}),
      window_(window, kept_of(window)),
      line_(senders_for(window)),
      window_size_(window),
      commit_at_(std::clamp<std::size_t>(window / 2, 1, most_commit)),
      commits_(with_.blocks, window / 4),
      retries_ready_(shards, false),
      sources_(with_.make_source) {
  for (auto& ready : blocks_ready_) ready.assign(shards, false);
  // Workers start apart, so that they seldom meet in one shard.
  for (auto& queue : claimed_) queue.shard = static_cast<std::uint32_t>(with_.random() % shards);
  for (std::size_t i = 0; i < lane_tasks + retry_lanes; ++i) {
    work_.push_back(std::make_unique<signal>());
  }
}

sender::~sender() = default;

void sender::stop() noexcept {
  stopping_ = true;
  stop_.notify();
  stop_instant_.notify();
  paces_.stop();
  wake(0, work_.size());
}

void sender::wake(std::size_t from, std::size_t count) noexcept {
  for (std::size_t i = from; i < from + count; ++i) work_[i]->notify();
}

sender::app_observer& sender::observer_of(const app_context& app) {
  auto& known = observers_[app.id];
  if (!known) known = std::make_unique<app_observer>(app.id, with_.observer);
  return *known;
}

void sender::credentials_replaced() noexcept {
  paces_.credentials_replaced();
  resting_.clear();
  wake(0, work_.size());
}

delivery_limits sender::limits(const std::string& app) {
  return {&window_,  window_size_, commit_at_,
          &stopping_, with_.now,   with_.random, with_.settings.lease / 3, paces_.of(app),
          with_.trials, nullptr, &line_, &commits_};
}

// Nothing is claimed for an app while none of its gateways is to be sent to; with one of two it goes
// on, and blocks rest for the other.
std::vector<std::string> sender::stopped_apps() {
  std::vector<std::string> stopped(unknown_apps_.begin(), unknown_apps_.end());
  const instant now = with_.now();
  for (const auto& [id, app] : with_.apps) {
    const auto resting = resting_.find(id);
    const bool closed = paces_.closed_for(id) > std::chrono::milliseconds{};
    if (closed || (resting != resting_.end() && now < resting->second)) {
      stopped.push_back(id);
    }
  }
  return stopped;
}

task<void> sender::watch() {
  auto reconciled = now_steady();
  while (!stopping_) {
    auto looks = co_await with_.book.look();
    if (!looks) {
      with_.observer.failed("look at the shards", looks.error());
      co_await stop_.wait_for(after_failure);
      continue;
    }
    std::vector<std::string> unknown;
    const auto opened =
        co_await open_due_runs(with_.book, with_.news, with_.apps, with_.settings, *looks, unknown);
    if (!opened) with_.observer.failed("open due runs", opened.error());
    for (const auto& cohort : unknown) with_.observer.unknown_cohort(cohort);
    bool any = false;
    for (std::uint32_t shard = 0; shard < shards_; ++shard) {
      const auto& look = (*looks)[shard];
      auto& digests = blocks_ready_[static_cast<std::size_t>(send_lane::digest)];
      auto& instant = blocks_ready_[static_cast<std::size_t>(send_lane::instant)];
      digests[shard] = look.blocks[0] || !look.due.empty();
      if (look.blocks[1]) instant[shard] = true;
      retries_ready_[shard] = look.retries;
      any |= digests[shard] || instant[shard] || look.retries;
    }
    if (any) wake(0, work_.size());
    if (now_steady() - reconciled >= reconcile_every) {
      reconciled = now_steady();
      for (const auto& [id, app] : with_.apps) {
        auto done = co_await with_.book.reconcile(id);
        if (!done) with_.observer.failed("reconcile runs", done.error());
      }
    }
    co_await stop_.wait_for(look_every);
  }
}

// Opens breaking news by itself, so that it waits for nothing else.
task<void> sender::watch_instant() {
  auto& ready = blocks_ready_[static_cast<std::size_t>(send_lane::instant)];
  const auto opened = [&](std::uint32_t shard) {
    ready[shard] = true;
    wake(lanes, instant_lanes);
  };
  while (!stopping_) {
    const auto done = co_await open_due_notifications(with_.notes, with_.audiences, with_.news,
                                                      with_.apps, shards_, opened);
    if (!done) with_.observer.failed("open notifications", done.error());
    co_await stop_instant_.wait_for(done ? look_for_instant_every : after_failure);
  }
}

bool sender::next_ready_shard(send_lane lane, std::uint32_t& shard) const noexcept {
  const auto& ready = blocks_ready_[static_cast<std::size_t>(lane)];
  for (std::uint32_t i = 0; i < shards_; ++i) {
    const std::uint32_t at = (shard + i) % shards_;
    if (ready[at]) {
      shard = at;
      return true;
    }
  }
  return false;
}

task<void> sender::lane(std::size_t number) {
  const bool second = number >= all_lanes;
  const std::size_t place = number % all_lanes;
  if (place >= lanes_for(window_size_) && place < lanes) co_return;
  const auto kind = place < lanes ? send_lane::digest : send_lane::instant;
  signal& work = *work_[second ? number + retry_lanes : number];
  claim_queue& queue = claimed_[static_cast<std::size_t>(kind)];
  while (!stopping_) {
    if (second && !held_up_[place]) {
      co_await work.wait_for(idle);
      continue;
    }
    if (queue.blocks.empty() && !queue.claiming) co_await claim_more(kind);
    if (queue.blocks.empty() || stopping_) {
      if (!stopping_) co_await work.wait_for(idle);
      continue;
    }
    const claimed_block next = std::move(queue.blocks.front());
    queue.blocks.pop_front();
    co_await deliver(next.what, next.at, second ? nullptr : &held_up_[place]);
  }
  while (!queue.blocks.empty()) {
    const claim c = std::move(queue.blocks.front().what);
    queue.blocks.pop_front();
    co_await give_back(c);
  }
}

// One shard after the other, until there is something.
task<void> sender::claim_more(send_lane kind) {
  auto& ready = blocks_ready_[static_cast<std::size_t>(kind)];
  claim_queue& queue = claimed_[static_cast<std::size_t>(kind)];
  const std::size_t most = claims_for(kind, window_size_);
  queue.claiming = true;
  while (!stopping_ && queue.blocks.empty() && next_ready_shard(kind, queue.shard)) {
    const std::uint32_t shard = queue.shard;
    const std::uint64_t nonce = with_.random();
    const auto claimed_at = now_steady();
    const auto stopped = stopped_apps();
    reached("before_claim");
    auto claims = co_await with_.blocks.claim_blocks(shard, kind, nonce, most, stopped);
    if (!claims && claims.error() == errc::timed_out) {
      claims = co_await with_.blocks.claim_blocks(shard, kind, nonce, most, stopped);
    }
    if (!claims) {
      with_.observer.failed("claim blocks", claims.error());
      ready[shard] = false;  // until the next look
      continue;
    }
    // Fewer than asked for: there are no others to be claimed. What comes back to be claimed, or
    // falls due, is found by the next look.
    if (claims->size() < most) ready[shard] = false;
    if (!claims->empty()) reached("after_claim");
    for (claim& c : *claims) queue.blocks.push_back({std::move(c), claimed_at});
  }
  queue.claiming = false;
  if (queue.blocks.empty()) co_return;
  const bool digest = kind == send_lane::digest;
  const std::size_t first = digest ? 0 : lanes, count = digest ? lanes : instant_lanes;
  wake(first, count);
  wake(all_lanes + retry_lanes + first, count);  // their second ones
}

// A block in doubt is not given back: whoever claimed it then would not know that some of it goes
// quietly. It is taken over when its lease runs out.
task<void> sender::give_back(const claim& c) {
  if (c.in_doubt) co_return;
  reached("before_release");
  co_await with_.blocks.release(c, {});
  reached("after_release");
}

task<void> sender::deliver(const claim& c, std::chrono::steady_clock::time_point claimed_at,
                           bool* held_up) {
  // After a freeze, a lease may run out under a delivery of this very process, which commits what it
  // has sent and stops. Whoever takes the block over in its turn begins with that.
  const std::string name = name_of(c);
  if (!walked_.insert(name).second) co_return;
  co_await walk_block(c, claimed_at, held_up);
  walked_.erase(name);
}

task<void> sender::walk_block(const claim& c, std::chrono::steady_clock::time_point claimed_at,
                              bool* held_up) {
  const auto app = with_.apps.find(app_of(c.cohort));
  if (app == with_.apps.end()) {
    unknown_apps_.insert(app_of(c.cohort));
    co_await give_back(c);
    co_return;
  }
  auto messages = co_await sources_.of(app->second, c.run);
  if (!messages) {
    with_.observer.failed("load the candidates of a run", messages.error());
    co_await give_back(c);
    co_await sleep_for(after_failure);
    co_return;
  }
  delivery_limits within = limits(app->first);
  within.held_up = held_up;
  block_delivery delivery(with_.blocks, **messages, app->second, with_.settings,
                          std::move(within), observer_of(app->second), [&](std::vector<dead_token>& dead) {
                            return forget(app->second, c.shard, c.run, dead);
                          });
  commits_.began();
  auto ended = co_await delivery.run(c, claimed_at);
  commits_.ended();
  if (!ended) with_.observer.failed("deliver a block", ended.error());
  if (ended && *ended == delivery_end::released && !stopping_) {
    // A record of a newer version: the same block again at once would end the same.
    resting_[app->first] = with_.now() + rest;
  }
}

task<void> sender::forget(const app_context& app, std::uint32_t shard, const std::string& run,
                          std::vector<dead_token>& dead) {
  std::size_t removed = 0;
  for (const auto& token : dead) {
    if (observer_of(app).alarmed(token.system)) continue;
    const auto now = std::chrono::floor<std::chrono::seconds>(with_.now());
    auto end = co_await forget_token(with_.people, app, token, now);
    if (!end) {
      with_.observer.failed("forget a token", end.error());
    } else if (*end == forgotten::removed) {
      ++removed;
      with_.observer.token_removed(app.id);
    }
  }
  if (removed > 0) {
    auto counted = co_await with_.blocks.removed(shard, run, removed);
    if (!counted) with_.observer.failed("count removed devices", counted.error());
  }
  dead.clear();
}

task<void> sender::retries(std::size_t number) {
  while (!stopping_) {
    if (retry_queue_.empty()) co_await fill_retry_queue();
    if (stopping_) co_return;  // what was claimed comes back when its lease runs out
    if (retry_queue_.empty()) {
      co_await work_[all_lanes + number]->wait_for(idle);
      continue;
    }
    const waiting_retry next = std::move(retry_queue_.back());
    retry_queue_.pop_back();
    // One that waited too long for a lane may be somebody else's by now; it comes back.
    if (now_steady() - next.claimed_at < with_.settings.lease / 2) {
      co_await try_again(next.entry, next.claimed_at);
    }
  }
}

task<void> sender::fill_retry_queue() {
  for (std::uint32_t shard = 0; shard < shards_ && !stopping_; ++shard) {
    if (!retries_ready_[shard]) continue;
    retries_ready_[shard] = false;  // the next look tells whether there are more
    const auto claimed_at = now_steady();
    reached("before_retry_claim");
    auto entries = co_await with_.blocks.claim_retries(shard, most_retries);
    if (!entries) {
      with_.observer.failed("claim retries", entries.error());
      continue;
    }
    if (!entries->empty()) reached("after_retry_claim");
    for (auto& e : *entries) retry_queue_.push_back({std::move(e), claimed_at});
    if (!retry_queue_.empty()) co_return;
  }
}

task<void> sender::try_again(const retry_entry& entry,
                             std::chrono::steady_clock::time_point claimed_at) {
  const auto app = with_.apps.find(app_of(entry.cohort));
  if (app == with_.apps.end()) co_return;
  auto messages = co_await sources_.of(app->second, entry.run);
  if (!messages) {
    with_.observer.failed("load the candidates of a run", messages.error());
    co_return;
  }
  retry_delivery delivery(with_.blocks, with_.people, with_.history, **messages, app->second,
                          with_.settings, limits(app->first), observer_of(app->second),
                          [&](std::vector<dead_token>& dead) {
                            return forget(app->second, entry.shard, entry.run, dead);
                          });
  auto ended = co_await delivery.run(entry, claimed_at);
  if (!ended) with_.observer.failed("try again", ended.error());
}

}  // namespace paperboy

#include "core/flows/block_delivery.hpp"

#include <algorithm>
#include <utility>

#include "core/flows/now_serving.hpp"
#include "core/kill_points.hpp"

namespace paperboy {
namespace {

// How long a block that waits in line goes without looking at its lease.
constexpr std::chrono::milliseconds line_patience{250};

}  // namespace

block_delivery::block_delivery(walk& blocks, message_source& messages, const app_context& app,
                               const delivery_settings& settings, delivery_limits limits,
                               delivery_observer& observer, token_forgetter forget)
    : blocks_(blocks),
      messages_(messages),
      app_(app),
      settings_(settings),
      limits_(std::move(limits)),
      observer_(observer),
      forget_(std::move(forget)),
      turns_(app_.gateways, limits_.paces) {}

// Past its deadline a paused run is walked all the same, so that it ends.
bool block_delivery::paused() const noexcept {
  return part_.halt == run_halt::paused && limits_.now() < part_.deadline;
}

bool block_delivery::must_stop() const noexcept {
  return *limits_.stopping || lease_lost_ || gave_up_ || paused();
}

task<result<delivery_end>> block_delivery::run(const claim& c,
                                               std::chrono::steady_clock::time_point claimed_at) {
  claim_ = &c;
  part_ = c;
  settled_ = c.settled;
  renewed_at_ = claimed_at;
  heard_at_ = now_steady();
  in_doubt_.fill(c.in_doubt ? limits_.window_size : 0);
  careful_ = c.in_doubt && c.epoch >= careful_from;
  turns_.start(messages_.urgent() ? push_kind::breaking : push_kind::digest, careful_);
  // A block that waited for its turn may be somebody else's by now.
  if (auto held = co_await commit_if_due(); !held) co_return held.error();
  if (lease_lost_) co_return delivery_end::lease_lost;
  if (c.in_doubt) {
    auto named = co_await blocks_.suspects(c.shard, c.run);
    if (!named) co_return named.error();
    suspects_ = std::move(*named);
  }
  auto contents = co_await blocks_.read(c);
  reached("after_read");
  error_code failure;
  if (!contents) {
    failure = contents.error();
  } else {
    auto walked = co_await walk_through((*contents)->members());
    leave_line();
    if (!walked) failure = walked.error();
  }
  // Whatever happened, no push may outlive this object, and no answer is thrown away.
  if (auto answered = co_await wait_for_answers(); !answered) failure = answered.error();
  if (!dead_.empty()) {
    if (!done_.empty()) {
      if (auto committed = co_await commit_done(false); !committed) failure = committed.error();
    }
    reached("before_forget");
    co_await forget_(dead_);
    reached("after_forget");
  }
  const bool whole = !failure && !lease_lost_ && !passed_over_ && !gave_up_;
  if (whole || !done_.empty()) {
    if (auto committed = co_await commit_done(whole); !committed) failure = committed.error();
  }
  // What could not be committed is in doubt for whoever takes the block over: it is not given back.
  if (!failure) failure = gave_up_;
  if (failure) co_return failure;
  if (lease_lost_) co_return delivery_end::lease_lost;
  if (whole) co_return delivery_end::finished;
  const bool rests = turns_.rests() && !*limits_.stopping && !paused();
  const auto rest = rests ? rest_for_whoever() : std::chrono::milliseconds{};
  // What is left of a window in doubt has to go quietly: whoever claimed a block that was given back
  // would not know. Its lease runs out instead.
  if (!c.in_doubt) {
    reached("before_release");
    if (auto released = co_await blocks_.release(c, rest); !released) co_return released.error();
    reached("after_release");
  }
  if (paused()) co_return delivery_end::paused;
  co_return rests ? delivery_end::resting : delivery_end::released;
}

// A slot committed one by one, and what is urgent, does not wait for others.
task<result<void>> block_delivery::stand_in_line() {
  if (limits_.line == nullptr || in_front_ || careful_ || messages_.urgent()) {
    co_return result<void>{};
  }
  while (!limits_.line->try_take(1)) {
    if (must_stop()) co_return result<void>{};
    limits_.line->announce(progress_);
    co_await progress_.wait_for(done_.empty() ? line_patience : commit_patience);
    limits_.line->withdraw(progress_);
    if (auto committed = co_await commit_if_due(); !committed) co_return committed;
  }
  in_front_ = true;
  co_return result<void>{};
}

void block_delivery::leave_line() noexcept {
  if (std::exchange(in_front_, false)) limits_.line->give(1);
}

// Not as long each time: where the gateway is closed to one worker alone, another one would come a
// moment too late for the block again and again.
std::chrono::milliseconds block_delivery::rest_for_whoever() const {
  const auto most = std::min(turns_.rest(), settings_.lease);  // the walk keeps none for longer
  const auto less = std::min<std::chrono::milliseconds>(most / 2, turns::shortest_rest);
  return most - std::chrono::milliseconds{limits_.random() %
                                          static_cast<std::uint64_t>(less.count() + 1)};
}

// Once through all members, and again through those whose gateway was slow, for as long as it moves.
task<result<void>> block_delivery::walk_through(std::span<const member> members) {
  std::vector<const member*> left;
  left.reserve(members.size());
  for (const member& m : members) left.push_back(&m);
  auto moved_at = now_steady();
  std::size_t sent_before = 0;
  for (;;) {
    if (auto stood = co_await stand_in_line(); !stood) co_return stood;
    turns_.new_pass();
    later_.clear();
    for (auto at = left.begin(); at != left.end(); ++at) {
      if (must_stop()) {
        passed_over_ = true;
        co_return result<void>{};
      }
      if (turns_.all_slow()) {  // nobody's turn comes in this pass
        later_.insert(later_.end(), at, left.end());
        break;
      }
      if (!suspects_.empty() && !suspects_turn_ && stands_back(**at)) continue;
      auto sent = careful_ ? co_await deliver_carefully(**at) : co_await deliver(**at);
      if (sent && suspects_turn_) sent = co_await settle_all();
      if (!sent) co_return sent;
    }
    const auto now = now_steady();
    if (later_.empty()) {
      if (stood_back_.empty()) co_return result<void>{};
      if (auto settled = co_await settle_all(); !settled) co_return settled;
      left = std::exchange(stood_back_, {});
      suspects_turn_ = true;
      moved_at = now;
      continue;
    }
    if (std::exchange(sent_before, sent_) != sent_) moved_at = now;
    if (now - moved_at >= pacing::patience) {
      passed_over_ = true;
      turns_.rest_for(turns::shortest_rest);
      co_return result<void>{};
    }
    leave_line();
    if (auto committed = co_await commit_if_due(); !committed) co_return committed;
    co_await turns_.wait(progress_);
    if (auto committed = co_await commit_if_due(); !committed) co_return committed;
    left.swap(later_);
  }
}

// Bit n: a device at platform n that is to be sent to.
unsigned block_delivery::platforms_of(const member& m) const noexcept {
  unsigned all = 0;
  for (const member_device& d : m.devices) {
    if (concerned(d) && app_.gateways.for_platform(d.platform) != nullptr) {
      all |= 1U << index_of(d.platform);
    }
  }
  return all;
}

task<result<void>> block_delivery::wait_for_answers() {
  error_code failure;
  while (unanswered_ > 0) {
    if (limits_.held_up != nullptr) *limits_.held_up = waits_for_the_silent();
    co_await progress_.wait_for(commit_patience);
    // The last answers are left to the commit that ends the block.
    if (unanswered_ == 0) break;
    if (auto committed = co_await commit_if_due(); !committed) failure = committed.error();
  }
  if (limits_.held_up != nullptr) *limits_.held_up = false;
  if (failure) co_return failure;
  co_return result<void>{};
}

bool block_delivery::waits_for_the_silent() const noexcept {
  const auto now = pace_clock();
  for (std::size_t p = 0; p < platforms; ++p) {
    const gateway_pace* const pace = limits_.paces[p];
    if (under_way_[p] > 0 && (pace == nullptr || !pace->silent(now))) return false;
  }
  return unanswered_ > 0;
}

std::size_t block_delivery::concerned_devices(const member& m) const noexcept {
  const claim& c = *claim_;
  if (settled_.test(m.slot) || !m.readable || m.joined >= c.seq) return 0;
  if (c.lane == send_lane::digest && !m.due_days.has(c.weekday)) return 0;
  return static_cast<std::size_t>(std::count_if(m.devices.begin(), m.devices.end(),
                                                [this](const auto& d) { return concerned(d); }));
}

task<result<void>> block_delivery::deliver(const member& m) {
  if (!m.readable && !settled_.test(m.slot)) passed_over_ = true;
  const std::size_t devices = concerned_devices(m);
  if (devices == 0) co_return result<void>{};
  co_return co_await serve(m, devices);
}

task<result<void>> block_delivery::serve(const member& m, std::size_t devices) {
  const reader who{m.mark, m.due_days, m.silence, m.quiet, m.cohort, m.instant};
  judgement j;
  {
    const serving this_one(claim_->shard, claim_->run, m.id);
    j = messages_.judge(part_, who, m.wish, limits_.now());
  }
  if (j.what == judgement::kind::send) co_return co_await send(m, *j.chosen, devices);
  settle_unsent(m, devices, j);
  if (done_.size() >= 4 * limits_.commit_at) co_return co_await commit_done(false);
  co_return result<void>{};
}

slot_end block_delivery::end_of(const member& m) const {
  slot_end end;
  end.slot = m.slot;
  end.id = m.id;
  end.mark_before = m.mark;
  end.remember = messages_.remembered();
  end.home = m.cohort;
  end.home_slot = m.home_slot;
  return end;
}

std::uint32_t block_delivery::open(const member& m) {
  std::uint32_t index;
  if (free_open_.empty()) {
    index = static_cast<std::uint32_t>(open_.size());
    open_.emplace_back();
  } else {
    index = free_open_.back();
    free_open_.pop_back();
  }
  open_[index] = {};
  open_[index].end = end_of(m);
  return index;
}

void block_delivery::settle_unsent(const member& m, std::size_t devices, const judgement& j) {
  slot_end end = end_of(m);
  const auto count = static_cast<std::uint8_t>(devices);
  switch (j.what) {
    case judgement::kind::skip:
      end.skipped = count;
      end.reason = j.reason;
      break;
    case judgement::kind::exclude:
      end.excluded = count;
      break;
    case judgement::kind::hold:
      for (const member_device& d : m.devices) {
        if (!concerned(d)) continue;
        end.retry_devices |= 1U << d.number;
        end.ambiguous |= in_doubt(d.platform);
      }
      end.retry_at = j.wake;
      end.held = true;
      break;
    case judgement::kind::expire:
    case judgement::kind::send:
      end.expired = count;
      break;
  }
  done_.push_back(end);
}

task<result<void>> block_delivery::send(const member& m, const edition& e, std::size_t devices) {
  const auto ready = [&](const member_device& d) {
    return app_.gateways.for_platform(d.platform) != nullptr &&
           e.for_platform(d.platform) != nullptr;
  };
  const auto pushes_to = [&](auto&& wanted) {
    const auto all = std::count_if(m.devices.begin(), m.devices.end(), [&](const member_device& d) {
      return concerned(d) && ready(d) && wanted(d.platform);
    });
    return std::min(static_cast<std::size_t>(all), limits_.window->most(messages_.urgent()));
  };
  // Room in the window first, waited for in front of the line; then the gateways' turns. A block
  // that asked them first would leave the line whenever the window is full, and all would share it.
  const auto room = co_await wait_for_room(pushes_to([](platform) { return true; }));
  if (settled_.test(m.slot)) co_return result<void>{};  // by a move, while this waited
  if (room && !turns_.take(platforms_of(m))) {
    later_.push_back(&m);
    co_return result<void>{};
  }
  const std::size_t permits =
      room ? pushes_to([this](platform p) { return !turns_.closed(p); }) : 0;
  const bool permitted = room && limits_.window->try_take(permits, messages_.urgent());
  const std::uint32_t index = open(m);
  open_[index].pushes = static_cast<std::uint8_t>(permits);
  // Held until the last device was given out, so that an early answer does not close the slot.
  open_[index].unanswered = static_cast<std::uint8_t>(devices);
  unanswered_ += devices;
  for (const member_device& d : m.devices) {
    if (!concerned(d)) continue;
    if (!ready(d)) {
      open_[index].end.skipped++;
      open_[index].end.reason = skip_reason::no_gateway;
      close(index);
      continue;
    }
    if (!permitted || must_stop() || turns_.closed(d.platform)) {
      open_[index].stopped_devices |= 1U << d.number;
      open_[index].end.ambiguous |= in_doubt(d.platform);
      close(index);
      continue;
    }
    launch(d, m, e, index);
  }
  turns_.give_back();
  co_return result<void>{};
}

void block_delivery::launch(const member_device& d, const member& m, const edition& e,
                            std::uint32_t index) {
  const serving this_one(claim_->shard, claim_->run, m.id);
  std::uint32_t ticket;
  if (free_flights_.empty()) {
    ticket = static_cast<std::uint32_t>(flights_.size());
    flights_.emplace_back();
  } else {
    ticket = free_flights_.back();
    free_flights_.pop_back();
  }
  flight& f = flights_[ticket];
  f.open = index;
  f.device = &d;
  f.tries = {};
  f.tries.registered_at = latest_moment(d.registered_at);
  f.tries.apns_server_error_retry = settings_.apns_server_error_retry;
  f.era = turns_.go(d.platform);
  f.sent.message = e.for_platform(d.platform);
  f.sent.token = d.token;
  f.sent.gateway_environment = d.gateway_environment;
  f.sent.id = make_message_id(claim_->run, {m.id, d.number});
  f.sent.expires_at = messages_.expires_at(part_);
  f.sent.urgent = messages_.urgent();
  f.sent.quiet = in_doubt(d.platform);
  if (std::size_t& doubt = in_doubt_[index_of(d.platform)]; doubt > 0 && !suspects_turn_) --doubt;
  f.sent.ticket = ticket;
  ++sent_;
  ++under_way_[index_of(d.platform)];
  reached("before_send", m.id.view());
  app_.gateways.for_platform(d.platform)->send(f.sent, *this);
  reached("after_send", m.id.view());
}

// Until the window has `count` left and the lease is fresh.
task<result<void>> block_delivery::wait_for_room(std::size_t count) {
  // Nothing is sent on a lease that may have run out: after a freeze somebody else holds the block.
  while (lease_is_old() || !limits_.window->have(count, messages_.urgent())) {
    if (commit_is_due()) {  // what this delivery holds back may be what it waits for
      if (auto committed = co_await commit_done(false); !committed) co_return committed;
      continue;
    }
    limits_.window->announce(progress_);
    co_await progress_.wait_for(commit_patience);
    limits_.window->withdraw(progress_);
  }
  co_return result<void>{};
}

}  // namespace paperboy

#include "core/flows/retry_delivery.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/flows/now_serving.hpp"
#include "core/kill_points.hpp"
#include "core/ports/run_book.hpp"

namespace paperboy {
namespace {

constexpr std::chrono::milliseconds shortest_rest{1000};
constexpr std::chrono::milliseconds settle_again_after{200};
// Whoever is told to stop repeats a failed settlement for so long.
constexpr std::chrono::seconds settle_until_leaving{5};

}  // namespace

wish_values wish_of(const subscriber& s) {
  wish_values wish;
  wish.topics = s.wishes.topics;
  wish.max_items = s.wishes.max_items;
  wish.min_items = s.wishes.min_items;
  wish.instant_items = s.wishes.instant_items.value_or(include_instant::exclude);
  if (s.wishes.locale) {
    wish.locale = *s.wishes.locale;
  } else if (const device* latest = s.latest_device()) {
    wish.locale = latest->locale;
  }
  return wish;
}

retry_delivery::retry_delivery(walk& blocks, roster& people, instant_history& history,
                               message_source& messages, const app_context& app,
                               const delivery_settings& settings, delivery_limits limits,
                               delivery_observer& observer, token_forgetter forget)
    : blocks_(blocks),
      people_(people),
      history_(history),
      messages_(messages),
      app_(app),
      settings_(settings),
      limits_(std::move(limits)),
      observer_(observer),
      forget_(std::move(forget)) {}

// Whoever sends now may do so beside whoever claims the entry next.
bool retry_delivery::claim_is_old() const noexcept {
  return now_steady() - claimed_at_ >= settings_.lease;
}

task<result<void>> retry_delivery::run(const retry_entry& entry,
                                       std::chrono::steady_clock::time_point claimed_at) {
  claimed_at_ = claimed_at;
  entry_ = &entry;
  end_ = {};
  end_.end.slot = static_cast<std::uint8_t>(entry.slot % 256);
  end_.end.id = entry.id;
  const auto owed = static_cast<std::uint8_t>(std::popcount(entry.devices));
  const auto part = messages_.part_of(entry);
  auto found = co_await people_.find(app_.id, entry.id);
  if (!found && found.error() != errc::not_found) co_return found.error();
  const auto named = co_await ask_times_named(entry);
  if (!named) co_return named.error();

  if (!found || !part) {
    end_.end.skipped = owed;
    end_.end.reason = skip_reason::gone;
  } else if (*named >= block_delivery::named_to_death) {
    end_.end.skipped = owed;
    end_.end.reason = skip_reason::dead_letter;
    observer_.set_aside();
  } else {
    deadline_ = part->deadline;
    auto tried = co_await attempt_subscriber(entry, *part, *found);
    if (!tried) co_return tried.error();
    const auto& e = end_.end;
    const auto known =
        static_cast<unsigned>(e.accepted + e.rejected + e.expired + e.skipped + e.excluded) +
        static_cast<unsigned>(std::popcount(e.retry_devices));
    if (known < owed) {  // devices that left between two attempts
      end_.end.skipped = static_cast<std::uint8_t>(end_.end.skipped + owed - known);
      end_.end.reason = skip_reason::gone;
    }
    end_.date = part->date;
    end_.at_place = to_text(found->place.cohort) == entry.cohort && found->place.slot == entry.slot;
  }
  if (!dead_.empty()) co_await forget_(dead_);
  reached("before_retry_settle");
  auto settled = co_await settle(entry);
  reached("after_retry_settle");
  limits_.window->give(std::exchange(permits_, 0));
  co_return settled;
}

// Asked only about who was claimed before and not settled since.
task<result<unsigned>> retry_delivery::ask_times_named(const retry_entry& entry) {
  if (!entry.ambiguous) co_return 0U;
  const auto suspects = co_await blocks_.suspects(entry.shard, entry.run);
  if (!suspects) co_return suspects.error();
  co_return times_named(*suspects, entry.id);
}

// Until it is known, or the entry is somebody else's: what was sent would be sent again.
task<result<void>> retry_delivery::settle(const retry_entry& entry) {
  const auto began = now_steady();
  for (;;) {
    auto settled = co_await blocks_.settle_retry(entry, end_);
    if (settled || settled.error() == errc::shard_regressed) co_return settled;
    const bool leaving = *limits_.stopping && now_steady() - began >= settle_until_leaving;
    if (leaving || now_steady() - claimed_at_ >= settings_.lease + gateway::answer_limit) {
      co_return settled;
    }
    co_await sleep_for(settle_again_after);
  }
}

task<result<void>> retry_delivery::attempt_subscriber(const retry_entry& entry,
                                                      const part_of_run& part,
                                                      const stored_subscriber& found) {
  const subscriber& s = found.value;
  home_ = to_text(found.place.cohort);
  end_.end.remember = messages_.remembered();
  end_.end.home = home_;
  end_.end.home_slot = found.place.slot;
  std::vector<had_item> had;
  if (!messages_.urgent()) {  // breaking news is the same for everybody
    auto known = co_await history_.had_by(found);
    if (!known) co_return known.error();
    had = std::move(*known);
  }
  std::vector<instant_mark> marks;
  for (const auto& h : had) marks.push_back({h.run, h.folded});
  const reader who{entry.mark_before,
                   s.effective(app_.defaults).digest_days,
                   {s.wishes.pause, s.wishes.mute_until},
                   s.wishes.quiet,
                   home_,
                   marks};
  judgement j;
  {
    const serving this_one(entry.shard, entry.run, entry.id);
    j = messages_.judge(part, who, wish_of(s), limits_.now());
  }
  if (j.what == judgement::kind::send) co_return co_await send(entry, part, found, *j.chosen);
  std::uint8_t here = 0;
  for (const device& d : s.devices) {
    if (!d.live() || (entry.devices >> d.number & 1U) == 0) continue;
    ++here;
    if (j.what == judgement::kind::hold) end_.end.retry_devices |= 1U << d.number;
  }
  switch (j.what) {
    case judgement::kind::skip:
      end_.end.skipped = here;
      end_.end.reason = j.reason;
      break;
    case judgement::kind::exclude:
      end_.end.excluded = here;
      break;
    case judgement::kind::hold:
      end_.end.held = true;
      end_.end.retry_at = j.wake;
      break;
    case judgement::kind::expire:
    case judgement::kind::send:
      end_.end.expired = here;
      break;
  }
  co_return result<void>{};
}

task<result<void>> retry_delivery::send(const retry_entry& entry, const part_of_run& part,
                                        const stored_subscriber& found,
                                        const edition& chosen) {
  flights_.clear();
  for (const device& d : found.value.devices) {
    if (!d.live() || (entry.devices >> d.number & 1U) == 0) continue;
    if (app_.gateways.for_platform(d.platform) == nullptr ||
        chosen.for_platform(d.platform) == nullptr) {
      end_.end.skipped++;
      end_.end.reason = skip_reason::no_gateway;
      continue;
    }
    flight f;
    f.target = &d;
    f.tries.number = entry.attempt + 1U;
    f.tries.registered_at = latest_moment(d.registered_at);
    f.tries.apns_server_error_retry = settings_.apns_server_error_retry;
    f.sent.message = chosen.for_platform(d.platform);
    f.sent.token = d.token;
    f.sent.gateway_environment = d.gateway_environment;
    f.sent.id = make_message_id(entry.run, {entry.id, d.number});
    f.sent.expires_at = messages_.expires_at(part);
    f.sent.quiet = entry.ambiguous;
    f.sent.urgent = messages_.urgent();
    f.sent.ticket = flights_.size();
    flights_.push_back(f);
  }
  const push_class what{messages_.urgent() ? push_kind::breaking : push_kind::digest,
                        entry.attempt > 0};
  const bool urgent = messages_.urgent();
  const std::size_t wanted = std::min(flights_.size(), limits_.window->most(urgent));
  while (!claim_is_old() && !limits_.window->try_take(wanted, urgent)) {
    limits_.window->announce(progress_);
    co_await progress_.wait_for(settings_.lease / 4);
    limits_.window->withdraw(progress_);
  }
  if (claim_is_old()) co_return errc::timed_out;  // the entry comes back
  permits_ = wanted;
  bool tried = false;
  for (flight& f : flights_) {
    if (!co_await take_turn(f, what)) continue;
    tried = true;
    ++unanswered_;
    if (gateway_pace* const pace = limits_.paces[index_of(f.target->platform)]; pace != nullptr) {
      pace->sent(pace_clock());
    }
    const serving this_one(entry.shard, entry.run, entry.id);
    reached("before_retry_send", entry.id.view());
    app_.gateways.for_platform(f.target->platform)->send(f.sent, *this);
    reached("after_retry_send", entry.id.view());
  }
  while (unanswered_ > 0) co_await progress_.wait();
  end_.put_off = !tried && end_.end.retry_devices != 0;
  co_return result<void>{};
}

// Waits for a gateway that is slow, but not for long; a device that may not be sent to is put off.
task<bool> retry_delivery::take_turn(flight& f, push_class what) {
  gateway_pace* const pace = limits_.paces[index_of(f.target->platform)];
  if (pace == nullptr) co_return true;
  const auto since = now_steady();
  for (;;) {
    const auto pass = pace->ask(pace_clock(), what);
    if (pass.goes()) {
      f.era = pass.era;
      co_return true;
    }
    const bool slow = pass.kept_by == pace_reason::window || pass.kept_by == pace_reason::quota;
    if (!slow || now_steady() - since >= pacing::patience || *limits_.stopping) {
      put_off(*f.target, pass);
      co_return false;
    }
    pace->announce(progress_);
    co_await progress_.wait_for(pass.wait);
    pace->withdraw(progress_);
  }
}

void retry_delivery::put_off(const device& d, const pace_answer& kept) {
  const instant now = limits_.now();
  const auto left = std::max(deadline_ - now, std::chrono::milliseconds{1});
  auto wait = std::max(kept.wait, shortest_rest);
  if (kept.kept_by == pace_reason::budget) {
    wait = paperboy::put_off(left, limits_.random());
  } else {
    wait += std::chrono::milliseconds{
        limits_.random() % static_cast<std::uint64_t>((wait / 4).count() + 1)};
  }
  end_.end.retry_devices |= 1U << d.number;
  // Not beyond the deadline, though this machine's clock may be: nobody would close the entry before.
  const instant again = std::min(now + std::min(wait, left), deadline_);
  end_.end.retry_at = std::max(end_.end.retry_at, again);
}

void retry_delivery::answered(std::uint64_t ticket, const gateway_answer& answer) noexcept {
  flight& f = flights_[ticket];
  const serving this_one(entry_->shard, entry_->run, entry_->id);
  const outcome o = decide(f.target->platform, answer, f.tries);
  const platform system = f.target->platform;
  observer_.attempted(system, o, f.tries.number == 1 && o.what != verdict::resend_now);
  if (o.what == verdict::resend_now && !claim_is_old()) {
    f.tries.resends++;
    f.tries.credential_renewed |= o.renew_credential;
    app_.gateways.for_platform(system)->send(f.sent, *this);
    return;
  }
  if (gateway_pace* const pace = limits_.paces[index_of(system)]; pace != nullptr) {
    pace->answered(f.era, answer, o, pace_clock(), limits_.random());
  }
  settle(*f.target, o, f.tries);
  --unanswered_;
  progress_.notify();
}

void retry_delivery::settle(const device& d, const outcome& o, const attempt& tries) {
  slot_end& end = end_.end;
  const instant now = limits_.now();
  const auto try_again = [&](std::chrono::milliseconds delay) {
    if (expires(now, delay, deadline_)) {
      end.expired++;
      return;
    }
    end.retry_devices |= 1U << d.number;
    end.retry_at = std::max(end.retry_at, now + delay);
    end.ambiguous |= o.ambiguous;
  };
  switch (o.what) {
    case verdict::accepted: end.accepted++; break;
    case verdict::forget_device:
      end.rejected++;
      dead_.push_back({d.platform, end.id, d.number, d.token, o.dead_since});
      break;
    case verdict::rejected: end.rejected++; break;
    case verdict::stop_credential: try_again(std::chrono::seconds{60}); break;
    case verdict::resend_now:
    case verdict::retry:
      try_again(retry_delay(tries.number, o.retry_in, limits_.random()));
      break;
  }
}

}  // namespace paperboy

#include "core/flows/pacing.hpp"

#include <algorithm>
#include <utility>

#include "core/domain/decision.hpp"

namespace paperboy {
namespace {

using std::chrono::milliseconds;

// Who waits for others' answers is notified; this is for those that get none for long.
constexpr milliseconds window_patience{250};
// Below one failure in twenty retries are no load worth a budget: fewer than a tenth come of it.
constexpr std::size_t fewest_known = 20;
// Where nothing but retries is left they are few, and the last hundred answers reach far back: to
// judge the gateway by them would keep it from showing that it is well again.
constexpr std::chrono::seconds troubles_kept{10};

bool is_trouble(gateway_word word) noexcept {
  return word == gateway_word::failing || word == gateway_word::limited ||
         word == gateway_word::silent;
}

}  // namespace

gateway_pace::gateway_pace(setting s) : with_(std::move(s)), congestion_(with_.window) {
  if (with_.in_window != nullptr) share_number_ = with_.in_window->add();
}

pace_answer gateway_pace::kept(pace_reason why, milliseconds wait) const noexcept {
  return {why, std::max(wait, milliseconds{1}), 0};
}

// While a gateway does its work, a retry is as good as a first attempt, and what waited through an
// outage may follow at once.
bool gateway_pace::answers_well() const noexcept {
  return troubles_.known() < fewest_known || troubles_.bad() * 20 <= troubles_.known();
}

milliseconds gateway_pace::closed_for(steady_instant now) noexcept {
  if (with_.way != nullptr && with_.way->credential_stopped()) {
    const bool was_open = circuit_.open();
    const auto was = circuit_.cause();
    circuit_.refuse(now);
    tell(was_open, was, "credential_stopped");
  }
  const milliseconds pause = silent(now) ? silence_pause : milliseconds{};
  return std::max({circuit_.wait(now), not_before_ - now, pause});
}

pace_answer gateway_pace::ask(steady_instant now, push_class what) noexcept {
  if (const auto wait = closed_for(now); wait > milliseconds{}) {
    return kept(circuit_.wait(now) > milliseconds{} ? pace_reason::circuit : pace_reason::hold,
                wait);
  }
  // A push on trial is one of its own: no budget or ramp could keep the gateway closed.
  if (!circuit_.open()) {
    if (what.again && !answers_well() && !budget_.allows(now)) {
      if (with_.observer != nullptr) with_.observer->put_off(with_.app, with_.platform);
      return kept(pace_reason::budget, milliseconds{retry_budget::window} / 4);
    }
    std::size_t most = congestion_.size();
    if (with_.in_window != nullptr) {
      most = std::min(most, with_.in_window->most(share_number_, under_way_, now));
    }
    if (with_.ramped && what.kind == push_kind::digest && !what.again) {
      most = std::min(most, ramp_.limit(now, with_.window));
    }
    most_ = most;
    if (under_way_ >= most) return kept(pace_reason::window, window_patience);
  }
  if (with_.share != nullptr) {
    const bool allowed = with_.share->allows(now, what.kind == push_kind::breaking);
    if (with_.share_lacks != nullptr && with_.share->due(now)) with_.share_lacks->notify();
    if (!allowed) return kept(pace_reason::quota, quota_share::grant / 5);
  }
  return {pace_reason::none, {}, let_through(now, what)};
}

std::uint32_t gateway_pace::let_through(steady_instant now, push_class what) noexcept {
  if (with_.share != nullptr) with_.share->sent();
  if (what.again) {
    budget_.again(now);
  } else {
    budget_.first(now);
  }
  return circuit_.sent(now);
}

std::uint32_t gateway_pace::goes_along(steady_instant now, push_class what) noexcept {
  sent(now);
  return let_through(now, what);
}

void gateway_pace::answered(std::uint32_t era, const gateway_answer& answer, const outcome& o,
                            steady_instant now, std::uint64_t random) noexcept {
  --under_way_;
  heard_at_ = now;
  const gateway_word word = word_of(answer, o);
  if (now - troubles_since_ >= troubles_kept) {
    troubles_.clear();
    troubles_since_ = now;
  }
  troubles_.add(is_trouble(word));
  if (word == gateway_word::limited) {
    congestion_.limited(now);
    if (with_.share != nullptr) with_.share->refused();
  } else if (word == gateway_word::well) {
    congestion_.well();
  }
  // One 5xx with a Retry-After among many good answers is one push's bad luck.
  const bool everybody = o.what == verdict::retry && o.scope == retry_scope::gateway &&
                         (word != gateway_word::failing || !answers_well());
  if (everybody) {
    const milliseconds asked = answer.retry_after
                                   ? std::min(*answer.retry_after, longest_retry_after)
                                   : o.retry_in;
    not_before_ = std::max(not_before_, now + asked);
  }

  const bool was_open = circuit_.open();
  const auto was = circuit_.cause();
  circuit_.answered(era, word, now, random);
  tell(was_open, was, o.metric);
  // Whoever waits for room goes through its readers anew each time: not for each answer.
  if (circuit_.open() != was_open || under_way_ * 4 <= most_ * 3) wake();
}

void gateway_pace::withdrawn(std::uint32_t era) noexcept {
  if (with_.share != nullptr) with_.share->withdrawn();
  // Only a trial that did not go makes room for another: deliveries that wake each other for nothing
  // would never rest.
  const bool trial = circuit_.open();
  circuit_.withdrawn(era);
  if (trial) wake();
}

void gateway_pace::credential_replaced() noexcept {
  circuit_.credential_replaced();
  wake();
}

void gateway_pace::tell(bool was_open, circuit_cause was, std::string_view reason) noexcept {
  if (with_.observer == nullptr) return;
  const bool open = circuit_.open();
  const bool other = was != circuit_.cause();
  if (open == was_open && !(open && other)) return;
  if (was_open && (!open || other)) {
    with_.observer->circuit_changed(with_.app, with_.platform, was, false, {});
  }
  if (open) with_.observer->circuit_changed(with_.app, with_.platform, circuit_.cause(), true, reason);
}

void gateway_pace::wake() noexcept {
  for (signal* s : waiting_) s->notify();
}

steady_instant pace_clock() noexcept {
  return std::chrono::floor<milliseconds>(now_steady());
}

pacing::pacing(parts p) : with_(std::move(p)), in_window_(with_.window - with_.reserve) {
  for (const auto& [id, app] : with_.apps) {
    auto& both = paces_[id];
    for (const platform system : {platform::ios, platform::android}) {
      gateway* const way = app.gateways.for_platform(system);
      if (way == nullptr) continue;
      gateway_pace::setting s;
      s.app = id;
      s.platform = system;
      s.way = way;
      s.window = with_.window;
      s.in_window = &in_window_;
      s.ramped = with_.ramped;
      s.observer = &with_.observer;
      if (project* const of = system == platform::android ? project_of(app) : nullptr) {
        s.share = &of->share;
        s.share_lacks = &lacks_;
      }
      both[static_cast<std::size_t>(system)] = std::make_unique<gateway_pace>(std::move(s));
    }
  }
}

pacing::~pacing() = default;

pacing::project* pacing::project_of(const app_context& app) {
  if (app.fcm_project.empty() || app.fcm_quota_per_minute == 0) return nullptr;
  auto& known = projects_[app.fcm_project];
  if (!known) {
    known = std::make_unique<project>();
    known->id = app.fcm_project;
    known->per_minute = app.fcm_quota_per_minute;
  }
  return known.get();
}

gateway_pace* pacing::of(const std::string& app, platform p) noexcept {
  const auto found = paces_.find(app);
  return found == paces_.end() ? nullptr : found->second[index_of(p)].get();
}

app_paces pacing::of(const std::string& app) noexcept {
  return {of(app, platform::ios), of(app, platform::android)};
}

milliseconds pacing::closed_for(const std::string& app) noexcept {
  const auto found = paces_.find(app);
  if (found == paces_.end()) return {};
  const steady_instant now = with_.now();
  auto shortest = milliseconds::max();
  for (const auto& pace : found->second) {
    if (pace) shortest = std::min(shortest, pace->closed_for(now));
  }
  return shortest == milliseconds::max() ? milliseconds{} : shortest;
}

void pacing::credentials_replaced() noexcept {
  for (auto& [app, both] : paces_) {
    for (auto& pace : both) {
      if (pace) pace->credential_replaced();
    }
  }
}

task<void> pacing::draw_quotas() {
  while (!stopping_) {
    for (auto& [id, p] : projects_) {
      if (!p->share.due(with_.now())) continue;
      const auto wish = p->share.ask(with_.now());
      const auto drawn = co_await with_.quotas.draw(p->id, p->per_minute, wish);
      if (drawn) {
        p->share.granted(*drawn, with_.now());
      } else {
        p->share.unanswered(with_.now());
      }
      for (auto& [app, both] : paces_) {
        if (auto& pace = both[static_cast<std::size_t>(platform::android)]) pace->wake();
      }
    }
    if (!stopping_) co_await lacks_.wait();
  }
}

void pacing::stop() noexcept {
  stopping_ = true;
  lacks_.notify();
}

}  // namespace paperboy

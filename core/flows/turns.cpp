#include "core/flows/turns.hpp"

#include <algorithm>
#include <utility>

namespace paperboy {
namespace {

using std::chrono::milliseconds;

}  // namespace

void turns::start(push_kind kind, bool careful) noexcept {
  kind_ = {kind, false};
  careful_ = careful;
}

bool turns::closed_now(std::size_t p) noexcept {
  gateway_pace* const pace = paces_[p];
  if (pace == nullptr) {
    const gateway* const way = ways_.for_platform(static_cast<platform>(p));
    if (way == nullptr || !way->credential_stopped()) return false;
    rest_for(refused_rest);
    return true;
  }
  const milliseconds closed_for = pace->closed_for(now_);
  const bool worth_waiting = closed_for <= pacing::patience && !pace->open_circuit();
  if (!shut_[p] && (closed_for == milliseconds{} || worth_waiting)) return false;
  shut_[p] = true;
  rest_for(closed_for);
  return true;
}

turns::turn turns::ask(std::size_t p) noexcept {
  if (closed_now(p)) return turn::closed;
  gateway_pace* const pace = paces_[p];
  if (pace == nullptr) return turn::goes;
  if (slow_[p]) return turn::later;
  if (careful_) return turn::goes;
  const pace_answer pass = pace->ask(now_, kind_);
  if (!pass.goes()) {
    wait_ = pass.wait;
    return turn::later;
  }
  leads_[p].era = pass.era;
  leads_[p].unused = true;
  return turn::goes;
}

bool turns::all_slow() const noexcept {
  for (std::size_t p = 0; p < platforms; ++p) {
    const bool there = ways_.for_platform(static_cast<platform>(p)) != nullptr;
    if (there && !slow_[p] && !shut_[p]) return false;
  }
  return std::ranges::any_of(slow_, [](bool slow) { return slow; });
}

bool turns::take(unsigned wanted) noexcept {
  now_ = pace_clock();
  leads_ = {};
  unsigned on_trial = 0;
  for (std::size_t p = 0; p < platforms; ++p) {
    if (paces_[p] != nullptr && paces_[p]->open_circuit()) on_trial |= 1U << p;
  }
  bool waits = false;
  const auto ask_all = [&](unsigned whom) {
    for (std::size_t p = 0; p < platforms; ++p) {
      if ((whom >> p & 1U) == 0) continue;
      leads_[p].now = ask(p);
      waits |= leads_[p].now == turn::later;
    }
  };
  // A gateway on trial is asked last, and only if the push will go: whoever gives a trial back wakes all
  // who wait for one, and two of them would wake each other without end.
  ask_all(wanted & ~on_trial);
  if (!waits) ask_all(wanted & on_trial);
  if (!waits) return true;
  give_back();
  for (std::size_t p = 0; p < platforms; ++p) {
    if ((wanted >> p & 1U) != 0 && leads_[p].now != turn::closed) slow_[p] = true;
  }
  return false;
}

bool turns::closed(platform p) const noexcept {
  return leads_[index_of(p)].now == turn::closed;
}

std::uint32_t turns::go(platform p) noexcept {
  lead& l = leads_[index_of(p)];
  gateway_pace* const pace = paces_[index_of(p)];
  if (std::exchange(l.unused, false)) {
    pace->sent(now_);
    return l.era;
  }
  return pace == nullptr ? 0 : pace->goes_along(now_, kind_);
}

void turns::give_back() noexcept {
  for (std::size_t p = 0; p < platforms; ++p) {
    if (std::exchange(leads_[p].unused, false)) paces_[p]->withdrawn(leads_[p].era);
  }
}

bool turns::any_closed(unsigned wanted) noexcept {
  now_ = pace_clock();
  bool any = false;
  for (std::size_t p = 0; p < platforms; ++p) any |= (wanted >> p & 1U) != 0 && closed_now(p);
  return any;
}

void turns::rest_for(milliseconds wait) noexcept {
  rest_ = resting_ ? std::min(rest_, wait) : wait;
  resting_ = true;
}

task<void> turns::wait(signal& progress) {
  for (std::size_t p = 0; p < platforms; ++p) {
    if (slow_[p]) paces_[p]->announce(progress);
  }
  co_await progress.wait_for(wait_);
  for (std::size_t p = 0; p < platforms; ++p) {
    if (slow_[p]) paces_[p]->withdraw(progress);
  }
}

}  // namespace paperboy

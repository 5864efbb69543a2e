#include "adapters/http/limits.hpp"

#include <algorithm>

#include "adapters/http/problem.hpp"

namespace paperboy::http {

minute_limit::minute_limit(std::string_view name, std::uint32_t quota)
    : name_('"' + std::string(name) + '"'),
      policy_(name_ + ";q=" + std::to_string(quota) + ";w=" + std::to_string(window.count())),
      quota_(quota) {}

void minute_limit::forget_old(clock_time now) {
  while (!order_.empty() &&
         (order_.size() > addresses_limit || order_.front().first + window <= now)) {
    const auto& [since, who] = order_.front();
    if (const auto known = uses_.find(who); known != uses_.end() && known->second.since == since) {
      uses_.erase(known);
    }
    order_.pop_front();
  }
}

minute_limit::state minute_limit::take(const address& who, clock_time now) {
  const address key = who.network();
  const std::lock_guard lock(mutex_);
  forget_old(now);
  const auto [entry, is_new] = uses_.try_emplace(key, counted{now, 0});
  if (is_new) order_.emplace_back(now, key);
  counted& c = entry->second;
  const auto left = std::chrono::ceil<std::chrono::seconds>(c.since + window - now);
  const state s{c.used < quota_, c.used < quota_ ? quota_ - c.used - 1 : 0, left};
  if (s.allowed) ++c.used;
  forget_old(now);
  return s;
}

void minute_limit::give_back(const address& who) {
  const std::lock_guard lock(mutex_);
  const auto entry = uses_.find(who.network());
  if (entry != uses_.end() && entry->second.used > 0) --entry->second.used;
}

bool minute_limit::exhausted(const address& who, clock_time now) const {
  const std::lock_guard lock(mutex_);
  const auto entry = uses_.find(who.network());
  return entry != uses_.end() && entry->second.used >= quota_ && entry->second.since + window > now;
}

void minute_limit::describe(const state& s, answer& a) const {
  a.set("RateLimit-Policy", policy_);
  std::string now;
  now.reserve(policy_.size() + 8);
  now.append(name_).append(";r=").append(std::to_string(s.left));
  now.append(";t=").append(std::to_string(s.resets_in.count()));
  a.set("RateLimit", std::move(now));
  if (!s.allowed) a.set("Retry-After", std::to_string(s.resets_in.count()));
}

answer minute_limit::refusal(const state& s) const {
  answer a = to_answer({429,
                        "too-many-requests",
                        "This address reached a limit of requests a minute. Retry-After says when "
                        "to come again.",
                        {}});
  describe(s, a);
  return a;
}

connection_limit::verdict connection_limit::take(const address& who, bool exempt,
                                                 bool replaces_one) {
  const std::lock_guard lock(mutex_);
  if (total_ >= total_limit_ && !replaces_one) return verdict::too_many;
  if (!exempt) {
    std::size_t& open = by_address_[who.network()];
    if (open >= per_address_limit_) return verdict::too_many_of_address;
    ++open;
  }
  ++total_;
  return verdict::taken;
}

void connection_limit::give_back(const address& who, bool exempt) {
  const std::lock_guard lock(mutex_);
  --total_;
  if (exempt) return;
  const auto open = by_address_.find(who.network());
  if (open != by_address_.end() && --open->second == 0) by_address_.erase(open);
}

std::size_t connection_limit::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

}  // namespace paperboy::http

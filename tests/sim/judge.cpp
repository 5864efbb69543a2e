#include "tests/sim/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "core/domain/notification.hpp"

namespace paperboy::sim {
namespace {

std::string name_of(const subscriber_id& id) { return to_text(id).substr(0, 8); }

}  // namespace

void judge::opened(const eligible_member& m) {
  account& a = accounts_[{m.run, m.id}];
  a.eligible_devices |= m.devices;
  a.date = m.date;
  const auto whom = meant_.find(m.run);
  if (whom != meant_.end()) a.meant = whom->second(m.topics);
  tell_.say("store", "{} owes {} devices of {}, in {}", m.run, std::popcount(m.devices),
            name_of(m.id), m.place);
  seen_.eligible += static_cast<std::size_t>(std::popcount(m.devices));
  for (std::uint8_t n = 0; n < max_devices_per_subscriber; ++n) {
    if ((m.devices >> n & 1U) == 0) continue;
    messages_[std::string(make_message_id(m.run, {m.id, n}).view())] = {{m.run, m.id}, n};
  }
}

void judge::counted(const counted_end& e) {
  account& a = accounts_[{e.run, e.id}];
  a.accepted += e.accepted;
  a.rejected += e.rejected;
  a.expired += e.expired;
  a.skipped += e.skipped;
  a.excluded += e.excluded;
  tell_.say("store",
            "{} counts of {}: {} accepted, {} rejected, {} expired, {} excluded, {} skipped {}",
            e.run, name_of(e.id), e.accepted, e.rejected, e.expired, e.excluded, e.skipped,
            e.skipped > 0 ? to_text(e.reason) : "");
  if (e.skipped > 0 && e.reason == skip_reason::dead_letter) {
    ++seen_.aside;
    if (!poisoned_.contains(e.id)) {
      wrong(fmt::format("{} sets {} aside, who did nothing", e.run, name_of(e.id)));
    }
  }
  const auto eligible = static_cast<std::uint32_t>(std::popcount(a.eligible_devices));
  if (a.settled() > eligible) {
    wrong(fmt::format("{} counted {} devices of {}, {} were eligible", e.run, a.settled(),
                      name_of(e.id), eligible));
  }
}

void judge::gone_at_the_finish(const std::string& run, const std::string& cohort,
                               std::int64_t devices) {
  tell_.say("store", "{} is finished in {}, {} devices are gone", run, cohort, devices);
  gone_[run] += devices;
  seen_.gone += static_cast<std::size_t>(devices);
}

void judge::given(const claim& c, const std::string& worker) {
  if (c.in_doubt) ++seen_.takeovers;
  tell_.say("store", "{} claims block {} of {} in {}, shard {}, epoch {}{}", worker, c.block, c.run,
            c.cohort, c.shard, c.epoch, c.in_doubt ? ", in doubt" : "");
}

// Which phone's push belongs to whom, and what is a copy of what.
void judge::match(const gateway_world& gateways) {
  std::map<std::string, const taken_push*> first;  // by message id
  for (const taken_push& p : gateways.taken()) {
    ++seen_.taken;
    const auto known = messages_.find(p.id);
    if (known == messages_.end()) {
      wrong(fmt::format("{} took a push that nobody owed it", p.token));
      continue;
    }
    const auto& [of, device] = known->second;
    accounts_[of].taken.insert(device);
    const local_date date = accounts_[of].date;
    const std::string scope = date.days != 0 ? to_text(date) : of.first;
    if (p.scope != scope) {
      wrong(fmt::format("{} took {} for {} of {}", p.token, p.scope, of.first, scope));
    }
    if (const auto at = instant_of_run(of.first); !at || p.at < *at) {
      wrong(fmt::format("{} took {} before its instant", p.token, of.first));
    }
    const auto [before, is_first] = first.try_emplace(p.id, &p);
    if (is_first) continue;
    ++seen_.copies;
    if (before->second->scope != p.scope) {
      wrong(fmt::format("a copy of {} to {} has another scope", of.first, p.token));
    }
    if (!p.quiet) {
      wrong(fmt::format("VISIBLE: a copy of {} to {} {} has a sound", of.first, name_of(of.second),
                        p.token));
    }
  }
}

void judge::check_accounts() {
  std::map<std::string, std::int64_t> missing;  // by run
  for (const auto& [of, a] : accounts_) {
    const auto eligible = static_cast<std::uint32_t>(std::popcount(a.eligible_devices));
    if (a.accepted > a.taken.size()) {
      wrong(fmt::format("{} counts {} devices of {} as accepted, {} took it", of.first, a.accepted,
                        name_of(of.second), a.taken.size()));
    }
    check_audience(of, a);
    if (a.settled() == eligible) continue;
    missing[of.first] += static_cast<std::int64_t>(eligible) - a.settled();
    if (left_.contains(of.second)) continue;
    const bool moved_after_it = moved_.contains(of.second) && a.taken.size() + a.settled() > 0;
    if (!moved_after_it && !counted_elsewhere(of, a)) {
      wrong(fmt::format("LOST: {} of {} devices of {} in {}{}", eligible - a.settled(), eligible,
                        name_of(of.second), of.first, moved_.contains(of.second) ? ", moved" : ""));
    }
  }
  for (const auto& [run, devices] : missing) {
    if (gone_[run] != devices) {
      wrong(fmt::format("{} counts {} devices as gone at its finish, {} are missing", run,
                        gone_[run], devices));
    }
  }
}

// Whoever takes a date's digest along to a later slot of that date is owed it by the first run only.
bool judge::counted_elsewhere(const run_and_id& of, const account& a) const {
  if (a.date.days == 0 || !moved_.contains(of.second)) return false;
  return std::ranges::any_of(accounts_, [&](const auto& other) {
    return other.first.second == of.second && other.first.first != of.first &&
           other.second.date == a.date && other.second.settled() > 0;
  });
}

void judge::check_audience(const run_and_id& of, const account& a) {
  if (chose_.contains(of.second) || left_.contains(of.second)) return;
  if (a.meant && a.excluded > 0) {
    wrong(fmt::format("LOST: {} was for {}, and {} devices were left out", of.first,
                      name_of(of.second), a.excluded));
  }
  if (!a.meant && !a.taken.empty()) {
    wrong(fmt::format("{} was not for {}, who got it", of.first, name_of(of.second)));
  }
}

// One digest for one subscriber and date.
void judge::check_dates(const gateway_world& gateways) {
  std::map<std::pair<subscriber_id, std::string>, std::set<std::string>> runs;
  for (const taken_push& p : gateways.taken()) {
    const auto known = messages_.find(p.id);
    if (known == messages_.end()) continue;
    const auto& of = known->second.first;
    runs[{of.second, p.scope}].insert(of.first);
  }
  for (const auto& [who, of] : runs) {
    if (of.size() > 1) {
      wrong(fmt::format("{} got {} digests of {}: {}", name_of(who.first), of.size(), who.second,
                        fmt::join(of, ", ")));
    }
  }
}

void judge::close(const memory_store& store, const gateway_world& gateways) {
  for (const auto& [app, runs] : store.runs) {
    for (const auto& [id, head] : runs) {
      ++seen_.runs;
      seen_.notifications += head.order ? 1 : 0;
      if (!head.done) wrong(fmt::format("{} of {} never ended", id, app));
    }
  }
  match(gateways);
  check_accounts();
  check_dates(gateways);
  if (seen_.copies > allowed_ + gateways.unheard()) {
    wrong(fmt::format("{} copies, {} are explained by what happened", seen_.copies,
                      allowed_ + gateways.unheard()));
  }
}

}  // namespace paperboy::sim

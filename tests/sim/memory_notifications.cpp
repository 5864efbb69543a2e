#include "tests/sim/memory_notifications.hpp"

#include <algorithm>
#include <tuple>

namespace paperboy::sim {
namespace {

// More than one subscriber in this many: everybody is walked.
constexpr std::size_t sparse = 10;

}  // namespace

task<result<order_answer>> memory_notifications::enter(const std::string& app,
                                                       const std::string& run, instant at,
                                                       const notification_order& order,
                                                       const request_identity&) {
  auto& head = store_.runs[app][run];
  head.kind = "notification";
  head.state = run_state::scheduled;
  head.due = at;
  head.order = order;
  head.opening = true;
  head.opened.resize(store_.shards.size());
  head.reported.resize(store_.shards.size());
  co_return order_answer{order_end::entered, run};
}

task<result<std::optional<order_answer>>> memory_notifications::recall(const std::string&,
                                                                       const request_identity&) {
  co_return std::optional<order_answer>{};
}

task<result<run_state>> memory_notifications::steer(const std::string& app, const std::string& run,
                                                    steering to) {
  const auto found = store_.runs[app].find(run);
  if (found == store_.runs[app].end()) co_return errc::not_found;
  auto& head = found->second;
  if (head.state == run_state::done) co_return errc::conflict;
  if (head.state == run_state::cancelled) {
    if (to == steering::cancel) co_return head.state;
    co_return errc::conflict;
  }
  switch (to) {
    case steering::pause:
      head.state = run_state::paused;
      if (!head.started) head.opening = false;
      break;
    case steering::resume:
      if (head.state != run_state::paused) break;
      head.state = head.started ? run_state::running : run_state::scheduled;
      if (!head.started) head.opening = true;
      break;
    case steering::cancel:
      head.state = run_state::cancelled;
      if (head.started) break;
      head.opening = false;
      head.done = true;
      head.finished = store_.with.now();
      break;
  }
  for (auto& shard : store_.shards) {
    if (reaches_()) shard.halt(run, head.halt());
  }
  co_return head.state;
}

task<result<std::vector<dead_letter>>> memory_notifications::dead_letters(const std::string&,
                                                                          const std::string&) {
  co_return errc::refused;
}

task<result<std::vector<due_notification>>> memory_notifications::due(const std::string& app) {
  std::vector<due_notification> runs;
  for (auto& [id, head] : store_.runs[app]) {
    if (!head.opening || head.due > store_.with.now()) continue;
    if (head.state == run_state::scheduled) {
      head.state = run_state::running;
      head.started = store_.with.now();
    }
    runs.push_back({id, head.due});
  }
  co_return runs;
}

task<result<void>> memory_notifications::open(std::uint32_t shard, const std::string& app,
                                              const std::string& run, instant at, instant deadline,
                                              const shard_audience& whom) {
  auto& head = store_.runs[app].at(run);
  const auto failed =
      store_.shards[shard].open_notification(app, run, at, deadline, head.halt(), whom);
  if (failed) co_return failed;
  head.opened.at(shard) = true;
  co_return result<void>{};
}

task<result<void>> memory_notifications::opened(const std::string& app, const std::string& run) {
  store_.runs[app].at(run).opening = false;
  co_return result<void>{};
}

task<result<notification_order>> memory_notifications::order_of(const std::string& app,
                                                                const std::string& run) {
  const auto found = store_.runs[app].find(run);
  if (found == store_.runs[app].end() || !found->second.order) co_return errc::not_found;
  co_return *found->second.order;
}

task<result<std::vector<told_item>>> memory_notifications::told(const std::string& app,
                                                                instant from, instant until) {
  std::vector<told_item> items;
  for (const auto& [id, head] : store_.runs[app]) {
    if (!head.order || head.due < from || head.due >= until) continue;
    if (const auto item = item_of(*head.order, id); !item.empty()) {
      items.push_back({id, item, head.due});
    }
  }
  std::ranges::sort(items, [](const told_item& a, const told_item& b) {
    return std::tie(a.at, a.run) < std::tie(b.at, b.run);
  });
  co_return items;
}

task<result<std::vector<had_item>>> memory_notifications::had_by(const stored_subscriber& s) {
  co_return store_.shard_of(s.value.id).had_by(s.value.id);
}

task<result<shard_audience>> memory_notifications::find(std::uint32_t shard,
                                                        const std::string& app,
                                                        const std::vector<topic_number>& wanted) {
  const auto everybody = store_.shards[shard].everybody(app);
  shard_audience audience;
  for (const auto& [member, said] : everybody) {
    const bool meant = std::ranges::any_of(said, [&wanted](const explicit_choice& c) {
      return at_once(c.wanted) && std::ranges::find(wanted, c.number) != wanted.end();
    });
    if (meant) audience.members.push_back(member);
  }
  if (audience.members.size() * sparse <= everybody.size()) co_return audience;
  co_return shard_audience{true, {}};
}

task<result<std::vector<frozen_member>>> memory_notifications::look_up(
    std::uint32_t shard, const std::string& app, const std::vector<wanted_member>& wanted) {
  std::vector<frozen_member> members;
  for (const auto& [member, said] : store_.shards[shard].everybody(app)) {
    std::uint32_t asked = 0;
    for (const auto& w : wanted) {
      if (w.id == member.id) asked |= w.devices;
    }
    if ((member.devices & asked) == 0) continue;
    members.push_back(member);
    members.back().devices &= asked;
  }
  co_return members;
}

}  // namespace paperboy::sim

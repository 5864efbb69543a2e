#include "core/flows/notification_opening.hpp"

#include <algorithm>
#include <utility>

#include "core/kill_points.hpp"

namespace paperboy {
namespace {

using wanted_members = std::vector<audience_index::wanted_member>;

// A choice for a topic above holds for those below it.
void add_with_ancestors(std::vector<topic_number>& to, const topic& t, const catalogue& topics) {
  for (const topic* at = &t; at != nullptr; at = topics.find(parent_topic(at->key))) {
    to.push_back(at->number);
  }
}

// By shard, each subscriber once.
std::vector<wanted_members> listed_members(const notification_audience& audience,
                                           std::uint32_t shards) {
  std::vector<std::map<subscriber_id, std::uint32_t>> masks(shards);
  for (const auto& id : audience.subscribers) masks[id.shard(shards)][id] = 0xFFFF'FFFF;
  for (const auto& d : audience.devices) {
    if (d.number < 32) masks[d.subscriber.shard(shards)][d.subscriber] |= 1U << d.number;
  }
  std::vector<wanted_members> by_shard(shards);
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    for (const auto& [id, mask] : masks[shard]) by_shard[shard].push_back({id, mask});
  }
  return by_shard;
}

}  // namespace

audience_query query_for(const notification_audience& audience, const catalogue& topics) {
  audience_query query;
  std::vector<const topic*> asked_for;  // wanted only by who said so
  bool some_by_default = false;
  for (const auto& key : audience.topics) {
    const topic* t = topics.find(key);
    if (t == nullptr) continue;  // removed since: nobody wants it
    if (at_once(topics.effective({}, *t).wanted)) {
      some_by_default = true;
    } else {
      asked_for.push_back(t);
    }
  }
  if (audience.match == topic_match::any) {
    query.everybody = some_by_default;
  } else if (asked_for.empty()) {
    query.everybody = some_by_default;
  } else {
    asked_for.resize(1);  // who wants all of them wants the first
  }
  if (query.everybody) return query;
  for (const topic* t : asked_for) add_with_ancestors(query.wanted, *t, topics);
  std::ranges::sort(query.wanted);
  const auto twice = std::ranges::unique(query.wanted);
  query.wanted.erase(twice.begin(), twice.end());
  return query;
}

namespace {

struct to_open {
  std::string app;
  due_notification due;
  notification_order order;
  audience_query query;
  std::vector<wanted_members> listed;  // by shard, where ids are meant
};

task<result<shard_audience>> audience_in(audience_index& index, const to_open& run,
                                         std::uint32_t shard) {
  if (run.query.everybody) co_return shard_audience{true, {}};
  if (run.listed.empty()) co_return co_await index.find(shard, run.app, run.query.wanted);
  auto found = co_await index.look_up(shard, run.app, run.listed[shard]);
  if (!found) co_return found.error();
  co_return shard_audience{false, std::move(*found)};
}

task<result<void>> open_in(notification_book& book, audience_index& index, const to_open& run,
                           std::uint32_t shard) {
  const auto whom = co_await audience_in(index, run, shard);
  if (!whom) co_return whom.error();
  co_return co_await book.open(shard, run.app, run.due.run, run.due.at,
                               run.due.at + run.order.time_to_live, *whom);
}

task<result<void>> open_one(notification_book& book, audience_index& index, newsroom& news,
                            const std::string& app, const due_notification& due,
                            std::uint32_t shards,
                            const std::function<void(std::uint32_t)>& opened) {
  reached("before_open_news");
  auto order = co_await book.order_of(app, due.run);
  if (!order) co_return order.error();
  const auto topics = co_await news.topics(app);
  if (!topics) co_return topics.error();
  to_open run{app, due, std::move(*order), {}, {}};
  run.query = query_for(run.order.audience, **topics);
  if (run.order.audience.topics.empty()) run.listed = listed_members(run.order.audience, shards);
  bool lost = false;
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    const auto open = co_await open_in(book, index, run, shard);
    // The others are opened. The run cannot be done before this one is, or is given up.
    if (!open && open.error() != errc::shard_regressed) co_return open.error();
    if (open) opened(shard);
    lost |= !open;
    reached("after_open_news_noted");
  }
  if (lost) co_return errc::shard_regressed;
  reached("before_news_opened");
  const auto done = co_await book.opened(app, due.run);
  reached("after_news_opened");
  co_return done;
}

}  // namespace

task<result<void>> open_due_notifications(notification_book& book, audience_index& index,
                                          newsroom& news,
                                          const std::map<std::string, app_context>& apps,
                                          std::uint32_t shards,
                                          const std::function<void(std::uint32_t)>& opened) {
  error_code failure;
  for (const auto& [app, context] : apps) {
    const auto due = co_await book.due(app);
    if (!due) co_return due.error();
    for (const auto& run : *due) {
      // One that cannot be opened now does not keep the others waiting.
      const auto done = co_await open_one(book, index, news, app, run, shards, opened);
      if (!done) failure = done.error();
    }
  }
  if (failure) co_return failure;
  co_return result<void>{};
}

}  // namespace paperboy

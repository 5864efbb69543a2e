#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <string_view>
#include <utility>

#include "core/ports/audience_index.hpp"
#include "core/ports/instant_history.hpp"
#include "core/ports/newsroom.hpp"
#include "core/ports/notification_book.hpp"
#include "core/ports/roster.hpp"
#include "core/ports/run_book.hpp"
#include "core/ports/walk.hpp"
#include "core/task.hpp"

namespace paperboy::faults {

// What may happen to one call of a store.
enum class store_fault : std::uint8_t {
  none,
  timed_out,           // not done, and the caller is told that it timed out
  done_and_timed_out,  // done, and the caller is told that it timed out: ExecuteAndTimeout
  unavailable,         // refused: READONLY, LOADING, CLUSTERDOWN and their like
};

// How often, in thousandths of all calls; and how long a call takes, there and back.
struct store_fault_rates {
  unsigned timed_out = 0;
  unsigned done_and_timed_out = 0;
  unsigned unavailable = 0;
  std::chrono::milliseconds slowest{0};
};

// Decides by its seed what happens to each call. Shared by the wrappers of one client.
class store_weather {
 public:
  static constexpr std::chrono::milliseconds time_limit{2000};  // as the real client's

  explicit store_weather(std::uint64_t seed) : chance_(seed) {}

  store_fault next() {
    const auto roll = static_cast<unsigned>(chance_() % 1000);
    const unsigned lost = rates.timed_out, done = lost + rates.done_and_timed_out;
    if (roll < lost) return store_fault::timed_out;
    if (roll < done) return store_fault::done_and_timed_out;
    return roll < done + rates.unavailable ? store_fault::unavailable : store_fault::none;
  }
  std::chrono::milliseconds delay() {
    const auto most = static_cast<std::uint64_t>(rates.slowest.count());
    return std::chrono::milliseconds{static_cast<std::int64_t>(most == 0 ? 0 : chance_() % most)};
  }

  store_fault_rates rates;
  // Hears of every call that did not go well; may be empty.
  std::function<void(std::string_view call, store_fault what)> tell;

 private:
  std::mt19937_64 chance_;
};

// One call through the weather. A call that is not done is destroyed unstarted.
template <class T>
task<result<T>> through(store_weather& weather, std::string_view name, task<result<T>> call) {
  const store_fault what = weather.next();
  if (what != store_fault::none && weather.tell) weather.tell(name, what);
  const auto there = weather.delay(), back = weather.delay();
  if (there.count() > 0) co_await sleep_for(there);
  if (what == store_fault::unavailable) co_return errc::unavailable;
  if (what == store_fault::timed_out) {
    co_await sleep_for(store_weather::time_limit);
    co_return errc::timed_out;
  }
  auto answer = co_await std::move(call);
  if (what == store_fault::done_and_timed_out) {
    co_await sleep_for(store_weather::time_limit);
    co_return errc::timed_out;
  }
  if (back.count() > 0) co_await sleep_for(back);
  co_return answer;
}

class faulty_walk final : public walk {
 public:
  faulty_walk(walk& inner, store_weather& weather) : inner_(inner), weather_(weather) {}

  task<result<std::vector<claim>>> claim_blocks(std::uint32_t shard, send_lane lane,
                                                std::uint64_t nonce, std::size_t most,
                                                std::span<const std::string> stopped) override {
    return through(weather_, "claim_blocks",
                   inner_.claim_blocks(shard, lane, nonce, most, stopped));
  }
  task<result<std::unique_ptr<block_contents>>> read(const claim& c) override {
    return through(weather_, "read", inner_.read(c));
  }
  wish_values values_of(std::string_view wish) const override { return inner_.values_of(wish); }
  task<result<std::vector<commit_answer>>> commit_all(
      std::span<const block_commit> all) override {
    return through(weather_, "commit", inner_.commit_all(all));
  }
  task<result<unsigned>> note(const claim& c, std::uint8_t slot) override {
    return through(weather_, "note", inner_.note(c, slot));
  }
  task<result<void>> withdraw_note(const claim& c, std::uint8_t slot) override {
    return through(weather_, "withdraw_note", inner_.withdraw_note(c, slot));
  }
  task<result<std::vector<suspect>>> suspects(std::uint32_t shard,
                                              const std::string& run) override {
    return through(weather_, "suspects", inner_.suspects(shard, run));
  }
  task<result<void>> release(const claim& c, std::chrono::milliseconds rest) override {
    return through(weather_, "release", inner_.release(c, rest));
  }
  task<result<std::vector<retry_entry>>> claim_retries(std::uint32_t shard,
                                                       std::size_t most) override {
    return through(weather_, "claim_retries", inner_.claim_retries(shard, most));
  }
  task<result<void>> settle_retry(const retry_entry& entry, const retry_end& end) override {
    return through(weather_, "settle_retry", inner_.settle_retry(entry, end));
  }
  task<result<void>> removed(std::uint32_t shard, const std::string& run,
                             std::size_t devices) override {
    return through(weather_, "removed", inner_.removed(shard, run, devices));
  }

 private:
  walk& inner_;
  store_weather& weather_;
};

class faulty_run_book final : public run_book {
 public:
  faulty_run_book(run_book& inner, store_weather& weather) : inner_(inner), weather_(weather) {}

  task<result<std::vector<shard_look>>> look() override {
    return through(weather_, "look", inner_.look());
  }
  task<result<run_state>> start(const std::string& app, const std::string& run,
                                instant at) override {
    return through(weather_, "start", inner_.start(app, run, at));
  }
  task<result<void>> open(std::uint32_t shard, const std::string& app, const std::string& run,
                          instant at, instant deadline, instant claims_from,
                          std::span<const part_opening> parts) override {
    return through(weather_, "open",
                   inner_.open(shard, app, run, at, deadline, claims_from, parts));
  }
  task<result<void>> reconcile(const std::string& app) override {
    return through(weather_, "reconcile", inner_.reconcile(app));
  }
  task<result<paperboy::run>> find(const std::string& app, const std::string& run) override {
    return through(weather_, "find", inner_.find(app, run));
  }
  task<result<page>> list(const std::string& app, std::string_view kind, std::size_t limit,
                          std::string_view cursor) override {
    return through(weather_, "list", inner_.list(app, kind, limit, cursor));
  }
  task<result<std::vector<slot_report>>> slots_of(const stored_subscriber& s,
                                                  std::size_t most) override {
    return through(weather_, "slots_of", inner_.slots_of(s, most));
  }

 private:
  run_book& inner_;
  store_weather& weather_;
};

class faulty_roster final : public roster {
 public:
  faulty_roster(roster& inner, store_weather& weather) : inner_(inner), weather_(weather) {}

  task<result<enrolled>> enrol(const enrolment& e) override {
    return through(weather_, "enrol", inner_.enrol(e));
  }
  task<result<stored_subscriber>> find(const std::string& app, subscriber_id id) override {
    return through(weather_, "find", inner_.find(app, id));
  }
  task<result<stored_subscriber>> change(const stored_subscriber& before, subscriber after,
                                         const digest_defaults& defaults) override {
    return through(weather_, "change", inner_.change(before, std::move(after), defaults));
  }
  task<result<void>> erase(const stored_subscriber& before,
                           const digest_defaults& defaults) override {
    return through(weather_, "erase", inner_.erase(before, defaults));
  }

 private:
  roster& inner_;
  store_weather& weather_;
};

class faulty_newsroom final : public newsroom {
 public:
  faulty_newsroom(newsroom& inner, store_weather& weather) : inner_(inner), weather_(weather) {}

  task<result<std::shared_ptr<const catalogue>>> topics(const std::string& app) override {
    return through(weather_, "topics", inner_.topics(app));
  }
  task<result<put_answer>> put_topic(const std::string& app, topic t) override {
    return through(weather_, "put_topic", inner_.put_topic(app, std::move(t)));
  }
  task<result<remove_answer>> remove_topic(const std::string& app,
                                           const std::string& key) override {
    return through(weather_, "remove_topic", inner_.remove_topic(app, key));
  }
  task<result<std::vector<put_answer>>> put_items(const std::string& app,
                                                  std::span<const item> items) override {
    return through(weather_, "put_items", inner_.put_items(app, items));
  }
  task<result<std::optional<item>>> find_item(const std::string& app,
                                              const std::string& id) override {
    return through(weather_, "find_item", inner_.find_item(app, id));
  }
  task<result<remove_answer>> remove_item(const std::string& app, const std::string& id) override {
    return through(weather_, "remove_item", inner_.remove_item(app, id));
  }
  task<result<std::vector<item>>> arrived(const std::string& app, instant from,
                                          instant until) override {
    return through(weather_, "arrived", inner_.arrived(app, from, until));
  }
  task<result<void>> freeze(const std::string& app, const std::string& run, instant from,
                            instant until) override {
    return through(weather_, "freeze", inner_.freeze(app, run, from, until));
  }
  task<result<std::vector<item>>> frozen(const std::string& app, const std::string& run) override {
    return through(weather_, "frozen", inner_.frozen(app, run));
  }

 private:
  newsroom& inner_;
  store_weather& weather_;
};

// What workers ask about notifications, of one store.
class faulty_notifications final : public notification_book,
                                   public instant_history,
                                   public audience_index {
 public:
  faulty_notifications(notification_book& book, instant_history& history, audience_index& index,
                       store_weather& weather)
      : book_(book), history_(history), index_(index), weather_(weather) {}

  task<result<std::vector<due_notification>>> due(const std::string& app) override {
    return through(weather_, "due", book_.due(app));
  }
  task<result<void>> open(std::uint32_t shard, const std::string& app, const std::string& run,
                          instant at, instant deadline, const shard_audience& whom) override {
    return through(weather_, "open_notification",
                   book_.open(shard, app, run, at, deadline, whom));
  }
  task<result<void>> opened(const std::string& app, const std::string& run) override {
    return through(weather_, "opened", book_.opened(app, run));
  }
  task<result<notification_order>> order_of(const std::string& app,
                                            const std::string& run) override {
    return through(weather_, "order_of", book_.order_of(app, run));
  }
  task<result<std::vector<told_item>>> told(const std::string& app, instant from,
                                            instant until) override {
    return through(weather_, "told", history_.told(app, from, until));
  }
  task<result<std::vector<had_item>>> had_by(const stored_subscriber& s) override {
    return through(weather_, "had_by", history_.had_by(s));
  }
  task<result<shard_audience>> find(std::uint32_t shard, const std::string& app,
                                    const std::vector<topic_number>& wanted) override {
    return through(weather_, "find_audience", index_.find(shard, app, wanted));
  }
  task<result<std::vector<frozen_member>>> look_up(
      std::uint32_t shard, const std::string& app,
      const std::vector<wanted_member>& wanted) override {
    return through(weather_, "look_up", index_.look_up(shard, app, wanted));
  }

 private:
  notification_book& book_;
  instant_history& history_;
  audience_index& index_;
  store_weather& weather_;
};

}  // namespace paperboy::faults

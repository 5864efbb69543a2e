#include "adapters/command_line/sender_thread.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdlib>
#include <future>
#include <random>
#include <stdexcept>
#include <thread>

#include "adapters/command_line/gateways.hpp"
#include "adapters/command_line/redis_numbers.hpp"
#include "adapters/command_line/sender_numbers.hpp"
#include "adapters/net/task_group.hpp"
#include "adapters/redis/client.hpp"
#include "adapters/redis/newsroom_store.hpp"
#include "adapters/redis/notification_store.hpp"
#include "adapters/redis/quota_store.hpp"
#include "adapters/redis/roster_store.hpp"
#include "adapters/redis/run_book_store.hpp"
#include "adapters/redis/topic_index.hpp"
#include "adapters/redis/walk_store.hpp"
#include "core/flows/digest_source.hpp"
#include "core/flows/notification_source.hpp"
#include "core/flows/notifying.hpp"
#include "core/flows/opening.hpp"
#include "core/flows/sender.hpp"
#include "core/wall_time.hpp"

namespace paperboy::command_line {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds connect_limit{15};
constexpr std::chrono::seconds sweep_every{5};
constexpr std::size_t most_swept = 64;  // a shard and turn
constexpr std::size_t most_tasks = sender::lane_tasks + sender::retry_lanes + 8;

redis::client_settings connection_to(const redis::url& where) {
  redis::client_settings s;
  s.where = where;
  return s;
}

redis::walk_store::settings walk_settings(const sender_thread::shared& s,
                                          redis::recent_records* recent = nullptr) {
  redis::walk_store::settings w;
  w.recent = recent;
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  // A restarted worker gets another name, so that it never takes an old answer for its own.
  w.worker = std::string(host) + ':' + std::to_string(::getpid()) + ':' + std::to_string(s.number) +
             ':' + std::to_string(std::random_device{}());
  w.shards = s.settings.redis.shards;
  w.lease = s.settings.delivery.lease;
  w.kept = s.settings.retention.reasons;
  for (const auto& app : s.settings.apps) {
    w.days[app.id] = app.digest.days;
    w.history[app.id] = longest_window(app.digest);
  }
  return w;
}

// A lane that an exception ended is not started again, and nobody would miss it: the process ends,
// and whoever it served has been named (last_words.hpp).
void end_for(std::string_view task, std::string_view what) {
  spdlog::critical("task {} ended by an exception: {}: ending, to be started again", task, what);
  spdlog::default_logger()->flush();
  std::abort();
}

paperboy::delivery_settings delivery_of(const configuration& c) {
  paperboy::delivery_settings d;
  d.spread = c.delivery.spread;
  d.deadline = c.delivery.deadline;
  d.lease = c.delivery.lease;
  d.apns_server_error_retry = c.delivery.apns_server_error_retry;
  return d;
}

}  // namespace

struct sender_thread::parts {
  explicit parts(const shared& s)
      : with(s),
        words(s.words),
        redis(loop, connection_to(s.where)),
        blocks(redis, walk_settings(s, &recent)),
        book(redis, {s.settings.redis.shards, s.settings.retention.runs}),
        news(redis, {s.settings.retention.items, s.settings.retention.editions}),
        people(redis, {s.settings.redis.shards, now_wall}),
        notes(redis, {s.settings.redis.shards, s.settings.retention.runs}),
        audiences(redis, s.settings.redis.shards, &recent),
        quotas(redis, walk_settings(s).worker),
        gateways(loop, s.settings, s.tokens),
        delivery(delivery_of(s.settings)),
        numbers(s.numbers),
        of_redis(s.numbers, "sender"),
        chance(std::random_device{}()),
        work(sender_parts(), s.settings.redis.shards, s.window),
        tasks(loop, most_tasks, end_for) {}

  sender::parts sender_parts() {
    return {book,
            blocks,
            people,
            news,
            notes,
            audiences,
            notes,
            quotas,
            gateways.apps(),
            delivery,
            [this](const app_context& app, const std::string& run) { return source(app, run); },
            now_wall,
            [this] { return chance(); },
            numbers,
            &with.trials};
  }

  task<result<std::shared_ptr<message_source>>> source(const app_context& app,
                                                       const std::string& run) {
    const auto at = instant_of_digest_run(run);
    if (!at) co_return co_await notification(app, run);
    auto frozen = co_await news.frozen(app.id, run);
    if (!frozen) co_return frozen.error();
    auto topics = co_await news.topics(app.id);
    if (!topics) co_return topics.error();
    const auto told = co_await notes.told(app.id, *at - longest_window(app.defaults), *at);
    if (!told) co_return told.error();
    digest_source::setting s{app, delivery, words, with.edition_seal,
                             [this](std::string_view wish) { return blocks.values_of(wish); }};
    co_return std::make_shared<digest_source>(std::move(s), *at, std::move(*frozen),
                                              std::move(*topics), *told);
  }

  task<result<std::shared_ptr<message_source>>> notification(const app_context& app,
                                                             const std::string& run) {
    const auto at = instant_of_run(run);
    if (!at) co_return errc::invalid;
    auto order = co_await notes.order_of(app.id, run);
    if (!order) co_return order.error();
    auto topics = co_await news.topics(app.id);
    if (!topics) co_return topics.error();
    const bool has_item = !item_of(*order, run).empty();
    co_return std::make_shared<notification_source>(
        app, *at, std::move(*order), run, has_item, std::move(*topics),
        [this](std::string_view wish) { return blocks.values_of(wish); });
  }

  void start() {
    redis.watch_over(with.guard);
    gateways.show_connections(loop, with.numbers);
    tasks.spawn("watch", work.watch()).value();
    tasks.spawn("watch instant", work.watch_instant()).value();
    for (std::size_t i = 0; i < sender::lane_tasks; ++i) tasks.spawn("lane", work.lane(i)).value();
    for (std::size_t i = 0; i < sender::retry_lanes; ++i) {
      tasks.spawn("retries", work.retries(i)).value();
    }
    tasks.spawn("quotas", work.draw_quotas()).value();
    tasks.spawn("sweep", sweep()).value();
    tasks.spawn("pulse", beat()).value();
  }

  // Ends the token moves that a crash left half done.
  task<void> sweep() {
    const digest_defaults unknown_app;
    const auto defaults_of = [&](const std::string& app) -> const digest_defaults& {
      const auto known = gateways.apps().find(app);
      return known == gateways.apps().end() ? unknown_app : known->second.defaults;
    };
    while (!leaving) {
      for (std::uint32_t shard = 0; shard < with.settings.redis.shards && !leaving; ++shard) {
        const auto swept = co_await people.sweep(shard, most_swept, defaults_of);
        if (!swept) numbers.failed("sweep token moves", swept.error());
      }
      co_await leave.wait_for(sweep_every);
    }
  }

  task<void> beat() {
    while (!leaving) {
      const auto answered = co_await redis.call("PING");
      ++pulse.turns;
      if (answered) ++pulse.answers;
      of_redis.report(redis.statistics());
      co_await rest.wait_for(heartbeat_every);
    }
  }

  void leave_now() {
    leaving = true;
    leave.notify();
    rest.notify();
    work.stop();
  }

  task<void> drain() {
    leave_now();
    co_await tasks.join();
    co_await redis.close();
    of_redis.report(redis.statistics());
  }

  shared with;
  asio::io_context loop{1};
  templates words;
  redis::client redis;
  redis::recent_records recent;
  redis::walk_store blocks;
  redis::run_book_store book;
  redis::newsroom_store news;
  redis::roster_store people;
  redis::notification_store notes;
  redis::topic_index audiences;
  redis::quota_store quotas;
  app_gateway_set gateways;
  paperboy::delivery_settings delivery;
  sender_numbers numbers;
  redis_numbers of_redis;
  std::mt19937_64 chance;
  sender work;
  net::task_group tasks;
  bool leaving = false;
  signal leave;
  signal rest;
  heartbeat pulse;
  std::thread thread;
};

sender_thread::sender_thread(shared s) : parts_(std::make_unique<parts>(s)) {
  parts& p = *parts_;
  auto connected = asio::co_spawn(p.loop, p.redis.wait_until_connected(connect_limit),
                                  asio::use_future);
  p.thread = std::thread([&p] {
    const auto guard = asio::make_work_guard(p.loop);
    p.loop.run();
  });
  if (const auto ready = connected.get(); !ready) {
    const std::string why = p.redis.last_failure();
    stop();
    throw std::runtime_error("Redis: " + why);
  }
  asio::post(p.loop, [&p] { p.start(); });
}

sender_thread::~sender_thread() { stop(); }

void sender_thread::begin_stop() {
  parts& p = *parts_;
  if (p.thread.joinable()) asio::post(p.loop, [&p] { p.leave_now(); });
}

void sender_thread::stop() {
  parts& p = *parts_;
  if (!p.thread.joinable()) return;
  asio::co_spawn(p.loop, p.drain(), asio::use_future).get();
  p.loop.stop();
  p.thread.join();
}

const heartbeat& sender_thread::pulse() const noexcept { return parts_->pulse; }

void sender_thread::reload(std::shared_ptr<const configuration> fresh) {
  asio::post(parts_->loop, [p = parts_.get(), fresh] {
    p->gateways.reload(*fresh, p->with.tokens);
    p->work.credentials_replaced();
  });
}

}  // namespace paperboy::command_line

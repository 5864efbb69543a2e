// What a push costs from the roster to the mark: a real digest run of a sending worker, on a real
// redis-server with the embedded settings, to nghttpd; beside the bare nghttp2 loop, in one run.
//
//   bench_pipeline [devices] [window …]
//
// Waits for the next full minute before each run. Readers lie in 60 cohorts of 16 shards and follow
// 5 of 50 topics; 500 items are there to choose from. The target is 2.5 times the floor. Redis counts
// the commands that scripts run, too.

#include <spdlog/spdlog.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <random>
#include <vector>

#include "adapters/apns/provider_token.hpp"
#include "adapters/command_line/sender_thread.hpp"
#include "adapters/http/metrics_registry.hpp"
#include "adapters/net/seal.hpp"
#include "adapters/redis/clock.hpp"
#include "adapters/redis/embedded.hpp"
#include "adapters/redis/installation.hpp"
#include "adapters/redis/keys.hpp"
#include "adapters/redis/newsroom_store.hpp"
#include "adapters/redis/roster_store.hpp"
#include "adapters/redis/run_book_store.hpp"
#include "core/domain/slot.hpp"
#include "tests/bench/gateway_process.hpp"
#include "tests/bench/sender_floor.hpp"

namespace paperboy::bench {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

constexpr std::uint32_t shards = 16;
constexpr std::size_t topics = 50;
constexpr std::size_t items = 500;
constexpr std::size_t enrolments_at_once = 128;
constexpr double target = 2.5;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench_pipeline: %s\n", why.c_str());
  std::exit(1);
}

template <class T>
T need(result<T> r, const char* what) {
  if (!r) give_up(std::string(what) + ": " + r.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*r);
}

struct redis_cost {
  double cpu = 0;  // seconds
  double commands = 0;
};

class newsroom_bench {
 public:
  newsroom_bench(std::size_t devices, const gateway_process& gateway)
      : devices_(devices), folder_(std::filesystem::temp_directory_path() / "paperboy-bench-data") {
    std::filesystem::remove_all(folder_);
    settings_.redis.shards = shards;
    settings_.delivery.spread = 0s;
    settings_.apps.emplace_back();
    auto& app = settings_.apps.back();
    app.id = "anewz";
    const auto key = simulators::make_apns_credential();
    app.apns.emplace();
    app.apns->topic = "com.example.news";
    app.apns->team_id = key.team_id;
    app.apns->key_id = key.key_id;
    app.apns->key_pem = key.private_key;
    app.apns->endpoint = "https://localhost:" + std::to_string(gateway_process::port);
    app.apns->sandbox_endpoint = app.apns->endpoint;
    app.apns->ca_file = gateway.ca_file();
  }
  ~newsroom_bench() { std::filesystem::remove_all(folder_); }

  task<void> prepare() {
    redis::embedded_settings s;
    s.folder = folder_;
    server_ = std::make_unique<redis::embedded_server>(loop_, std::move(s));
    need(co_await server_->start(), "redis-server");
    redis::client_settings c;
    c.where = server_->where();
    redis_ = std::make_unique<redis::client>(loop_, std::move(c));
    need(co_await redis_->wait_until_connected(10s), "connect");
    auto opened = co_await redis::open_installation(*redis_, {shards, {}});
    if (!opened) give_up(opened.problem);
    kept_ = std::move(opened.kept);
    co_await publish();
    redis::roster_store people(*redis_, {shards, {}});
    std::size_t left = devices_;
    std::size_t running = enrolments_at_once;
    signal ended;
    for (std::size_t i = 0; i < enrolments_at_once; ++i) {
      asio::co_spawn(loop_, enrol_some(people, left), [&](const std::exception_ptr& failed) {
        if (failed) give_up("an enrolment threw");
        if (--running == 0) ended.notify();
      });
    }
    while (running > 0) co_await ended.wait();
  }

  // One run of everybody at the next minute with that window; microseconds of CPU a push.
  double run(std::size_t window, std::int32_t day, redis_cost& cost) {
    settings_.delivery.window = static_cast<std::uint32_t>(window);
    const instant at = wait(set_due(day));
    const net::hmac_seal seal("0123456789abcdef0123456789abcdef");
    const templates words = templates::built_in();
    apns::provider_tokens tokens;
    http::metrics_registry numbers;
    command_line::sender_thread worker(
        {settings_, server_->where(), kept_, seal, words, tokens, numbers, 0});
    // Waiting for the minute is not part of the run.
    wait(sleep_for(std::chrono::duration_cast<std::chrono::milliseconds>(
        at - std::chrono::system_clock::now() - 20ms)));
    const redis_cost before = wait(redis_used());
    const double cpu_before = cpu_seconds();
    const auto accepted = wait(until_done(at));
    const double cpu = cpu_seconds() - cpu_before;
    const redis_cost after = wait(redis_used());
    if (accepted != devices_) {
      give_up(std::to_string(accepted) + " of " + std::to_string(devices_) + " were accepted");
    }
    cost = {after.cpu - before.cpu, after.commands - before.commands};
    worker.stop();
    return cpu * 1e6 / static_cast<double>(devices_);
  }

  void finish() { wait(server_->stop()); }

  template <class T>
  T wait(task<T> work) {
    auto done = asio::co_spawn(loop_, std::move(work), asio::use_future);
    loop_.restart();
    loop_.run_until(std::chrono::steady_clock::now());
    while (done.wait_for(0s) != std::future_status::ready) loop_.run_one();
    return done.get();
  }

 private:
  task<void> publish() {
    redis::newsroom_store news(*redis_, {});
    std::mt19937_64 chance{815};
    for (std::size_t i = 0; i < topics; ++i) {
      topic t;
      t.key = "topic-" + std::to_string(i);
      need(co_await news.put_topic("anewz", t), "put a topic");
    }
    std::vector<item> published(items);
    for (std::size_t i = 0; i < items; ++i) {
      published[i].id = "item-" + std::to_string(i);
      published[i].title = "Headline number " + std::to_string(i) + " of this long morning";
      published[i].teaser = "What happened, who says so, and what comes next.";
      published[i].url = "https://news.example/" + std::to_string(i);
      published[i].topics = {"topic-" + std::to_string(chance() % topics)};
      published[i].language = "en";
      published[i].priority = static_cast<int>(chance() % 100);
    }
    need(co_await news.put_items("anewz", published), "put items");
  }

  task<void> enrol_some(redis::roster_store& people, std::size_t& left) {
    static constexpr std::array zones{
        "Asia/Baku",    "Europe/Istanbul", "Europe/Berlin",   "Europe/London", "America/New_York",
        "Asia/Tbilisi", "Europe/Moscow",   "Asia/Dubai",      "Europe/Paris",  "Asia/Almaty",
        "Asia/Tokyo",   "Europe/Warsaw",   "Australia/Sydney", "Asia/Kolkata",  "Africa/Cairo"};
    while (left > 0) {
      const std::size_t device = --left;
      enrolment e;
      e.app = "anewz";
      e.device.token = gateway_process::token(device);
      e.device.locale = device % 3 == 0 ? "az-AZ" : "en-GB";
      e.device.time_zone = zones[device % zones.size()];
      e.device.app_version = "3.1.0";
      e.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
      e.wishes.digest_time = std::chrono::hours{7 + device / zones.size() % 4};
      // Tastes repeat: a thousand sets of five topics.
      std::mt19937_64 taste{device % 1000};
      while (e.wishes.topics.size() < 5) {
        choose_frequency(e.wishes.topics, static_cast<topic_number>(taste() % topics + 1),
                         frequency::digest);
      }
      need(co_await people.enrol(std::move(e)), "enrol");
    }
  }

  // Every cohort falls due at the next full minute, for a date of its own.
  task<instant> set_due(std::int32_t day) {
    const instant now = need(co_await redis::time(*redis_), "TIME");
    const instant at = std::chrono::ceil<std::chrono::minutes>(now + 2s);
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      const auto cohorts = co_await redis_->call("ZRANGE", redis::shard_key(shard, "due"), 0, -1);
      for (const auto& c : *cohorts) {
        co_await redis_->call("ZADD", redis::shard_key(shard, "due"),
                              at.time_since_epoch().count(), c.as_string());
        co_await redis_->call("HSET", redis::shard_key(shard, "due:date"), c.as_string(),
                              20'000 + day);
      }
    }
    co_return at;
  }

  task<std::uint64_t> until_done(instant at) {
    redis::run_book_store book(*redis_, {shards, 3600s});
    for (;;) {
      co_await sleep_for(250ms);
      const auto r = co_await book.find("anewz", digest_run_id("anewz", at));
      if (r && r->state == run_state::done) co_return r->count.accepted;
      if (std::chrono::system_clock::now() > at + 10min) give_up("not done after ten minutes");
    }
  }

  task<redis_cost> redis_used() {
    const auto a = co_await redis_->call("INFO");
    const std::string info = "\n" + std::string(a->as_string());
    const auto field = [&](const std::string& name) {
      const auto found = info.find("\n" + name + ':');
      return std::strtod(info.c_str() + found + name.size() + 2, nullptr);
    };
    co_return redis_cost{field("used_cpu_user") + field("used_cpu_sys"),
                         field("total_commands_processed")};
  }

  std::size_t devices_;
  std::filesystem::path folder_;
  command_line::configuration settings_;
  redis::installation kept_;
  asio::io_context loop_{1};
  std::unique_ptr<redis::embedded_server> server_;
  std::unique_ptr<redis::client> redis_;
};

void compare(std::size_t devices, const std::vector<std::size_t>& windows) {
  spdlog::set_level(spdlog::level::warn);
  const gateway_process gateway(devices);
  newsroom_bench bench(devices, gateway);
  bench.wait(bench.prepare());

  floor_job job;
  job.port = gateway_process::port;
  job.topic = "com.example.news";
  const auto key = simulators::make_apns_credential();
  apns::provider_token_minter minter(key.team_id, key.key_id, key.private_key);
  job.authorization = minter.current(apns::moment::now())->authorization;
  for (std::size_t i = 0; i < devices; ++i) job.paths.push_back(gateway_process::path(i));
  job.body.assign(393, 'x');
  job.pushes = devices;

  std::printf("%-12s %10s %10s %8s %14s %16s %8s\n", "window", "floor us", "push us", "ratio",
              "Redis us/push", "in Redis/push", "RSS MB");
  std::int32_t day = 0;
  for (const std::size_t window : windows) {
    const double before = cpu_seconds();
    if (send_bare(job) != devices) give_up("the floor was not answered 200 throughout");
    const double floor = (cpu_seconds() - before) * 1e6 / static_cast<double>(devices);
    redis_cost cost;
    const double push = bench.run(window, ++day, cost);
    const auto count = static_cast<double>(devices);
    std::printf("%-12zu %10.2f %10.2f %8.2f %14.2f %16.4f %8.1f\n", window, floor, push,
                push / floor, cost.cpu * 1e6 / count, cost.commands / count, resident_megabytes());
    std::printf(R"({"bench":"pipeline","devices":%zu,"window":%zu,"floor_us":%.3f,"push_us":%.3f,)"
                R"("ratio":%.3f,"target":%.1f,"redis_us":%.3f,"redis_commands":%.4f})"
                "\n",
                devices, window, floor, push, push / floor, target, cost.cpu * 1e6 / count,
                cost.commands / count);
  }
  bench.finish();
}

}  // namespace
}  // namespace paperboy::bench

int main(int count, char** words) {
  const std::size_t devices = count > 1 ? std::stoul(words[1]) : 100'000;
  std::vector<std::size_t> windows;
  for (int i = 2; i < count; ++i) windows.push_back(std::stoul(words[i]));
  if (windows.empty()) windows = {64, 1024};
  paperboy::bench::compare(devices, windows);
}

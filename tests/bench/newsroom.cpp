#include "tests/bench/newsroom.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <random>
#include <utility>

#include "adapters/apns/provider_token.hpp"
#include "adapters/command_line/sender_thread.hpp"
#include "adapters/http/metrics_registry.hpp"
#include "adapters/net/seal.hpp"
#include "adapters/redis/clock.hpp"
#include "adapters/redis/keys.hpp"
#include "adapters/redis/newsroom_store.hpp"
#include "adapters/redis/notification_store.hpp"
#include "adapters/redis/roster_store.hpp"
#include "adapters/redis/run_book_store.hpp"
#include "core/domain/slot.hpp"
#include "core/flows/careful_trials.hpp"
#include "tests/bench/measuring.hpp"

namespace paperboy::bench {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr std::uint32_t shards = 16;
constexpr std::size_t common_topics = 50;
constexpr topic_number dense = 51;
constexpr topic_number rare = 52;
constexpr std::size_t items = 500;
constexpr std::size_t tastes = 1000;
constexpr std::size_t enrolments_at_once = 128;
const std::string app_name = "anewz";

// Where it is eight, seven and nine o'clock at one instant, all year round. As everywhere, a few
// zones have most of the readers (Zipf's law).
struct place {
  const char* zone;
  std::chrono::hours hour;
};
constexpr std::array places{
    place{"Asia/Baku", 8h},      place{"Europe/Istanbul", 7h},  place{"Asia/Tashkent", 9h},
    place{"Asia/Tbilisi", 8h},   place{"Europe/Moscow", 7h},    place{"Asia/Karachi", 9h},
    place{"Asia/Dubai", 8h},     place{"Asia/Riyadh", 7h},      place{"Asia/Ashgabat", 9h},
    place{"Asia/Yerevan", 8h},   place{"Asia/Baghdad", 7h},     place{"Asia/Dushanbe", 9h},
    place{"Asia/Muscat", 8h},    place{"Asia/Kuwait", 7h},      place{"Asia/Samarkand", 9h},
    place{"Europe/Samara", 8h},  place{"Africa/Nairobi", 7h},   place{"Asia/Yekaterinburg", 9h},
    place{"Indian/Mahe", 8h},    place{"Europe/Minsk", 7h},     place{"Indian/Maldives", 9h},
    place{"Indian/Reunion", 8h}, place{"Asia/Qatar", 7h},       place{"Asia/Aqtobe", 9h},
    place{"Europe/Saratov", 8h}, place{"Asia/Bahrain", 7h},     place{"Asia/Aqtau", 9h},
    place{"Europe/Ulyanovsk", 8h}, place{"Asia/Aden", 7h},      place{"Asia/Oral", 9h}};

const place& place_of(std::size_t device) {
  static std::discrete_distribution<std::size_t> chance = [] {
    std::vector<double> weights;
    for (std::size_t i = 0; i < places.size(); ++i) weights.push_back(1.0 / static_cast<double>(i + 1));
    return std::discrete_distribution<std::size_t>(weights.begin(), weights.end());
  }();
  std::mt19937_64 source{device};
  return places[chance(source)];
}

choices taste_of(std::size_t device) {
  std::mt19937_64 chance{device % tastes};
  choices all;
  while (all.size() < 5) {
    choose_frequency(all, static_cast<topic_number>(chance() % common_topics + 1),
                     frequency::digest);
  }
  if (device % 4 < 2) choose_frequency(all, dense, frequency::instant);
  if (device % 100 == 0) choose_frequency(all, rare, frequency::instant);
  return all;
}

// The totals of the counters of one process. To have them rendered for each look would be a part of
// what is measured.
class totals final : public metrics {
 public:
  paperboy::counter& counter(std::string_view name, std::string_view help,
                             const metric_labels& labels) override {
    const std::lock_guard lock{guard_};
    return tallies_.emplace_back(std::string(name), kept_.counter(name, help, labels));
  }
  paperboy::gauge& gauge(std::string_view name, std::string_view help,
                         const metric_labels& labels) override {
    return kept_.gauge(name, help, labels);
  }
  paperboy::histogram& histogram(std::string_view name, std::string_view help,
                                 const std::vector<double>& bounds,
                                 const metric_labels& labels) override {
    return kept_.histogram(name, help, bounds, labels);
  }
  // All its labels together.
  double of(std::string_view name) {
    const std::lock_guard lock{guard_};
    double sum = 0;
    for (const tally& t : tallies_) sum += t.name == name ? t.sum.load() : 0;
    return sum;
  }

 private:
  struct tally final : paperboy::counter {
    tally(std::string n, paperboy::counter& to) : name(std::move(n)), kept(to) {}
    void add(double n) noexcept override {
      sum.fetch_add(n, std::memory_order_relaxed);
      kept.add(n);
    }
    std::string name;
    paperboy::counter& kept;
    std::atomic<double> sum{0};
  };
  http::metrics_registry kept_;
  std::mutex guard_;
  std::deque<tally> tallies_;
};
}  // namespace

newsroom::newsroom(std::size_t devices, const gateways& ways)
    : devices_(devices),
      ways_(ways),
      folder_(std::filesystem::temp_directory_path() /
              ("paperboy-bench-data-" + std::to_string(::getpid()))) {
  spdlog::set_level(spdlog::level::warn);
  std::filesystem::remove_all(folder_);
  settings_.redis.shards = shards;
  settings_.delivery.spread = 0s;
  settings_.apps.emplace_back().id = app_name;
  wait(prepare());
}

newsroom::~newsroom() {
  wait(redis_->close());
  wait(server_->stop());
  std::filesystem::remove_all(folder_);
}

task<void> newsroom::prepare() {
  redis::embedded_settings s;
  s.folder = folder_;
  server_ = std::make_unique<redis::embedded_server>(loop_, std::move(s));
  if (!co_await server_->start()) give_up(server_->problem());
  redis::client_settings c;
  c.where = server_->where();
  c.command_limit = 30s;
  redis_ = std::make_unique<redis::client>(loop_, std::move(c));
  need(co_await redis_->wait_until_connected(10s), "connect");
  auto opened = co_await redis::open_installation(*redis_, {shards, {}});
  if (!opened) give_up(opened.problem);
  kept_ = std::move(opened.kept);
  guard_ = std::make_shared<redis::shard_guard>(kept_.generations, nullptr);
  co_await publish();
  std::size_t left = devices_;
  std::size_t running = enrolments_at_once;
  signal ended;
  for (std::size_t i = 0; i < enrolments_at_once; ++i) {
    boost::asio::co_spawn(loop_, enrol_some(left), [&](const std::exception_ptr& failed) {
      if (failed) give_up("an enrolment threw");
      if (--running == 0) ended.notify();
    });
  }
  while (running > 0) co_await ended.wait();
}

task<void> newsroom::publish() {
  redis::newsroom_store news(*redis_, {});
  std::mt19937_64 chance{815};
  for (std::size_t i = 0; i < common_topics; ++i) {
    topic t;
    t.key = "topic-" + std::to_string(i);
    need(co_await news.put_topic(app_name, t), "put a topic");
  }
  for (const char* key : {"dense", "rare"}) {
    topic t;
    t.key = key;
    need(co_await news.put_topic(app_name, t), "put a topic");
  }
  std::vector<item> published(items);
  for (std::size_t i = 0; i < items; ++i) {
    published[i].id = "item-" + std::to_string(i);
    published[i].title = "Headline number " + std::to_string(i) + " of this long morning";
    published[i].teaser = "What happened, who says so, and what comes next.";
    published[i].url = "https://news.example/" + std::to_string(i);
    published[i].topics = {"topic-" + std::to_string(chance() % common_topics)};
    published[i].language = "en";
    published[i].priority = static_cast<int>(chance() % 100);
  }
  need(co_await news.put_items(app_name, published), "put items");
}

task<void> newsroom::enrol_some(std::size_t& left) {
  redis::roster_store people(*redis_, {shards, {}});
  while (left > 0) {
    const std::size_t device = --left;
    enrolment e;
    e.app = app_name;
    e.device.platform = device % 2 == 0 ? platform::ios : platform::android;
    e.device.token = device % 2 == 0 ? apns_token(device / 2) : fcm_token(device / 2);
    e.device.locale = device % 3 == 0 ? "az-AZ" : "en-GB";
    e.device.time_zone = place_of(device).zone;
    e.device.app_version = "3.1.0";
    e.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    e.wishes.digest_time = place_of(device).hour;
    e.wishes.topics = taste_of(device);
    need(co_await people.enrol(e), "enrol");
  }
}

// Every cohort falls due at the next full minute, for a date of its own.
task<instant> newsroom::set_due() {
  const instant now = need(co_await redis::time(*redis_), "TIME");
  const instant at = std::chrono::ceil<std::chrono::minutes>(now + 2s);
  ++day_;
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    const auto cohorts = co_await redis_->call("ZRANGE", redis::shard_key(shard, "due"), 0, -1);
    for (const auto& c : *cohorts) {
      co_await redis_->call("ZADD", redis::shard_key(shard, "due"), at.time_since_epoch().count(),
                            c.as_string());
      co_await redis_->call("HSET", redis::shard_key(shard, "due:date"), c.as_string(), day_);
    }
  }
  co_return at;
}

task<redis_use> newsroom::redis_used() {
  const auto a = co_await redis_->call("INFO");
  if (!a) give_up(a.error_detail());
  const std::string info = "\n" + std::string(a->as_string());
  const auto field = [&](const std::string& name) {
    const auto found = info.find("\n" + name + ':');
    return std::strtod(info.c_str() + found + name.size() + 2, nullptr);
  };
  co_return redis_use{field("used_cpu_user") + field("used_cpu_sys"),
                      field("total_commands_processed")};
}

task<std::string> newsroom::enter(const std::string& topic) {
  redis::notification_store desk(*redis_, {shards, {}});
  notification_order order;
  order.audience.topics = {topic};
  order.news.title["en"] = "The bridge is closed";
  order.news.body["en"] = "Traffic goes by the ferry until noon.";
  const instant now = need(co_await redis::time(*redis_), "TIME");
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  const std::string run = notification_run_id(second, static_cast<std::uint64_t>(++day_));
  need(co_await desk.enter(app_name, run, second, order, {run, run}), "enter a notification");
  co_return run;
}

// Until it is done. What was marked when is what the sender counts, which costs Redis nothing; the book
// of the run is looked at seldom, because each look asks every shard and counts as the run's.
task<void> newsroom::watch(const std::string& run, instant due,
                           const std::function<double()>& count_marked, run_cost& cost) {
  redis::run_book_store book(*redis_, {shards, 3600s});
  double marked = count_marked();
  for (unsigned look = 1;; ++look) {
    co_await sleep_for(20ms);
    const std::chrono::duration<double> since = std::chrono::system_clock::now() - due;
    const double before = std::exchange(marked, count_marked());
    if (marked != before) {
      if (cost.first_push == 0) cost.first_push = since.count();
      cost.last_push = since.count();
    }
    cost.resident = std::max(cost.resident, resident_megabytes());
    if (look % 10 != 0) continue;
    const auto r = co_await book.find(app_name, run);
    if (r && r->state == run_state::done) {
      cost.accepted = r->count.accepted;
      cost.skipped = r->count.all_skipped();
      co_return;
    }
    if (since > 20min) give_up("not done after twenty minutes");
  }
}

task<double> newsroom::overtake(const std::string& digest) {
  redis::run_book_store book(*redis_, {shards, 3600s});
  const auto accepted_of = [&](const std::string& run) -> task<std::uint64_t> {
    const auto r = co_await book.find(app_name, run);
    co_return r ? r->count.accepted : 0;
  };
  while (co_await accepted_of(digest) < devices_ / 5) co_await sleep_for(20ms);
  const auto asked_at = now_steady();
  const std::string news = co_await enter("rare");
  while (co_await accepted_of(news) == 0) {
    if (now_steady() - asked_at > 1min) give_up("breaking news is stuck behind the digest");
    co_await sleep_for(5ms);
  }
  co_return std::chrono::duration<double>(now_steady() - asked_at).count();
}

run_cost newsroom::measure(gateway_kind to, std::size_t window,
                           const std::function<std::pair<std::string, instant>()>& begin,
                           bool overtaken) {
  settings_.delivery.window = static_cast<std::uint32_t>(window);
  ways_.configure(settings_.apps[0], to);
  const net::hmac_seal seal("0123456789abcdef0123456789abcdef");
  const templates words = templates::built_in();
  apns::provider_tokens tokens;
  totals numbers;
  careful_trials trials;
  command_line::sender_thread worker({settings_, server_->where(), guard_, seal, words, tokens,
                                      numbers, trials, 0, settings_.delivery.window});
  const auto [run, due] = begin();
  // Waiting is not part of the run.
  const auto ahead = due - std::chrono::system_clock::now() - 20ms;
  if (ahead > 0ms) wait(sleep_for(std::chrono::duration_cast<std::chrono::milliseconds>(ahead)));
  run_cost cost;
  const redis_use before = wait(redis_used());
  const double sent_before = numbers.of("paperboy_redis_commands_total");
  const double cpu_before = cpu_seconds();
  std::future<double> news;
  if (overtaken) news = boost::asio::co_spawn(loop_, overtake(run), boost::asio::use_future);
  wait(watch(run, due, [&] { return numbers.of("paperboy_slots_settled_total"); }, cost));
  if (overtaken) cost.overtaken = news.get();
  cost.sender_cpu = cpu_seconds() - cpu_before;
  const redis_use after = wait(redis_used());
  cost.redis = {after.cpu - before.cpu, after.commands - before.commands};
  worker.stop();
  cost.sent = numbers.of("paperboy_redis_commands_total") - sent_before;
  return cost;
}

run_cost newsroom::digest(gateway_kind to, std::size_t window) {
  return whole_digest(to, window, false);
}

run_cost newsroom::digest_overtaken(gateway_kind to, std::size_t window) {
  return whole_digest(to, window, true);
}

run_cost newsroom::whole_digest(gateway_kind to, std::size_t window, bool overtaken) {
  const auto begin = [this] {
    const instant at = wait(set_due());
    return std::pair{digest_run_id(app_name, at), at};
  };
  const run_cost cost = measure(to, window, begin, overtaken);
  if (cost.accepted != devices_) {
    give_up(std::to_string(cost.accepted) + " of " + std::to_string(devices_) + " were accepted");
  }
  return cost;
}

run_cost newsroom::breaking(gateway_kind to, std::size_t window, const std::string& topic) {
  return measure(to, window, [&] {
    const std::string run = wait(enter(topic));
    return std::pair{run, *instant_of_run(run)};
  });
}

}  // namespace paperboy::bench

// What a subscriber with one device, five topics and a mark costs in Redis's memory, over and above
// an installation without anybody: 200,000 of them over 60 cohorts and 16 shards, written through
// the roster into a private redis-server with the embedded settings.
//
//   bench_roster_bytes [devices]
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "adapters/redis/client.hpp"
#include "adapters/redis/embedded.hpp"
#include "adapters/redis/installation.hpp"
#include "adapters/redis/keys.hpp"
#include "adapters/redis/roster_store.hpp"

namespace paperboy::redis {
namespace {

constexpr std::uint32_t shards = 16;
constexpr std::size_t cohorts = 60;
constexpr std::size_t topics = 50;
constexpr std::size_t chosen_topics = 5;
constexpr std::size_t under_way = 128;
constexpr double target_apns = 160;
constexpr double target_fcm = 290;

struct figures {
  std::string kind;
  double bytes = 0;  // a device, over the empty installation
  double target = 0;
  double redis_cpu = 0;   // microseconds a registration, fsync included
  double per_second = 0;  // registrations on the wall
};

double field(std::string_view info, std::string_view name) {
  const auto at = info.find(std::string("\n") + std::string(name) + ':');
  if (at == std::string_view::npos) return 0;
  return std::strtod(info.data() + at + name.size() + 2, nullptr);
}

// Readers are spread as Zipf's law has it: a few hours of a few zones have most of them.
class population {
 public:
  explicit population(bool fcm) : fcm_(fcm) {
    std::vector<double> weights;
    for (std::size_t i = 0; i < cohorts; ++i) weights.push_back(1.0 / static_cast<double>(i + 1));
    cohort_ = std::discrete_distribution<std::size_t>(weights.begin(), weights.end());
  }

  enrolment next() {
    static constexpr std::array zones{
        "Asia/Baku",        "Europe/Istanbul", "Europe/Berlin", "Europe/London",
        "America/New_York", "Asia/Tbilisi",    "Europe/Moscow", "Asia/Dubai",
        "Europe/Paris",     "Asia/Almaty",     "Asia/Tashkent", "Europe/Kyiv",
        "Asia/Ashgabat",    "Asia/Yerevan",    "Asia/Tehran",   "America/Toronto",
        "Europe/Warsaw",    "Asia/Hong_Kong",  "Asia/Tokyo",    "Australia/Sydney"};
    static constexpr std::array locales{"az-AZ", "az", "en-GB", "ru-RU"};
    const std::size_t c = cohort_(chance_);
    enrolment e;
    e.app = "anewz";
    e.device.platform = fcm_ ? platform::android : platform::ios;
    e.device.token = fcm_ ? fcm_token() : apns_token();
    e.device.locale = locales[chance_() % locales.size()];
    e.device.time_zone = zones[c % zones.size()];
    e.device.app_version = "3.1.0";
    e.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    constexpr std::array hours{8, 7, 19};
    if (c >= zones.size()) e.wishes.digest_time = std::chrono::hours{hours[c / zones.size()]};
    while (e.wishes.topics.size() < chosen_topics) {
      choose_frequency(e.wishes.topics, static_cast<topic_number>(chance_() % topics + 1),
                       chance_() % 4 == 0 ? frequency::both : frequency::digest);
    }
    return e;
  }

 private:
  std::string apns_token() {
    std::string token;
    for (int i = 0; i < 32; ++i) token += static_cast<char>(chance_() & 0xFF);
    return token;
  }
  // 163 characters, as Firebase gives them: 22, a colon, "APA91b" and 134.
  std::string fcm_token() {
    static constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string token;
    for (int i = 0; i < 22; ++i) token += letters[chance_() % letters.size()];
    token += ":APA91b";
    for (int i = 0; i < 134; ++i) token += letters[chance_() % letters.size()];
    return token;
  }

  bool fcm_;
  std::mt19937_64 chance_{4711};
  std::discrete_distribution<std::size_t> cohort_;
};

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench_roster_bytes: %s\n", why.c_str());
  std::exit(1);
}

task<std::string> info(client& redis) {
  const answer a = co_await redis.call("INFO");
  if (!a) give_up(a.error_detail());
  co_return "\n" + std::string(a->as_string());
}

// Buffers of clients and of the log come and go.
double held(std::string_view i) {
  return field(i, "used_memory") - field(i, "mem_clients_normal") - field(i, "mem_aof_buffer");
}

task<void> enrol_some(roster_store& people, population& all, std::size_t& left) {
  while (left > 0) {
    --left;
    enrolment e = all.next();
    const auto done = co_await people.enrol(e);
    if (!done) give_up(done.error().message());
  }
}

// As after a digest that everybody got.
task<void> mark_everybody(client& redis) {
  for (std::uint32_t s = 0; s < shards; ++s) {
    const answer names = co_await redis.call("ZRANGE", shard_key(s, "due"), 0, -1);
    if (!names) give_up(names.error_detail());
    for (const auto name : *names) {
      const std::string home(name.as_string());
      const answer next = co_await redis.call("HGET", shard_key(s, "co:" + home), "next");
      for (std::int64_t from = 0; next && from < next->as_int(); from += block_slots) {
        const auto slots = std::min<std::int64_t>(next->as_int() - from, block_slots);
        std::string marks;
        for (std::int64_t i = 0; i < slots; ++i) marks += "\x2d\x51";
        const auto block = static_cast<std::uint32_t>(from / block_slots);
        (void)co_await redis.call("SETRANGE", marks_key(s, home, block), 0, marks);
      }
    }
  }
}

task<figures> measure(boost::asio::io_context& context, client& redis, bool fcm,
                      std::size_t devices) {
  (void)co_await redis.call("FLUSHALL");
  const auto opened = co_await open_installation(redis, {shards, {}});
  if (!opened) give_up(opened.problem);
  roster_store people(redis, {shards, {}});
  population all(fcm);
  // The scripts, and what a first registration leaves behind, belong to the empty installation.
  const auto first = co_await people.enrol(all.next());
  if (!first) give_up(first.error().message());
  (void)co_await people.erase(first->subscriber, {});

  const std::string before = co_await info(redis);
  const auto start = std::chrono::steady_clock::now();
  std::size_t left = devices;
  std::size_t running = under_way;
  signal ended;
  for (std::size_t i = 0; i < under_way; ++i) {
    boost::asio::co_spawn(context, enrol_some(people, all, left),
                          [&](const std::exception_ptr& failed) {
                            if (failed) give_up("a registration threw");
                            if (--running == 0) ended.notify();
                          });
  }
  while (running > 0) co_await ended.wait();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const std::string written = co_await info(redis);
  co_await mark_everybody(redis);
  const std::string after = co_await info(redis);

  const auto count = static_cast<double>(devices);
  figures f{fcm ? "FCM" : "APNs", (held(after) - held(before)) / count,
            fcm ? target_fcm : target_apns, 0, count / took.count()};
  for (const char* name : {"used_cpu_user", "used_cpu_sys"}) {
    f.redis_cpu += (field(written, name) - field(before, name)) * 1e6 / count;
  }
  co_return f;
}

task<void> run(boost::asio::io_context& context, std::size_t devices) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("paperboy-bench-" + std::to_string(::getpid()));
  embedded_settings settings;
  settings.folder = folder;
  embedded_server server(context, std::move(settings));
  if (!co_await server.start()) give_up(server.problem());
  client_settings patient;
  patient.where = server.where();
  patient.command_limit = std::chrono::seconds{30};
  client redis(context, patient);
  if (!co_await redis.wait_until_connected(std::chrono::seconds{10})) give_up("no connection");

  std::printf("%zu devices, %zu cohorts, %u shards, %zu topics each\n", devices, cohorts, shards,
              chosen_topics);
  std::printf("%-6s %14s %8s %24s %16s\n", "", "bytes/device", "target", "Redis CPU us/enrolment",
              "enrolments/s");
  for (const bool fcm : {false, true}) {
    const figures f = co_await measure(context, redis, fcm, devices);
    std::printf("%-6s %14.1f %8.0f %24.1f %16.0f\n", f.kind.c_str(), f.bytes, f.target, f.redis_cpu,
                f.per_second);
    std::printf(R"({"bench":"roster_bytes","kind":"%s","devices":%zu,"bytes_per_device":%.1f,)"
                R"("target_bytes_per_device":%.0f,"redis_cpu_us":%.2f,"enrolments_per_second":%.0f})"
                "\n",
                f.kind.c_str(), devices, f.bytes, f.target, f.redis_cpu, f.per_second);
  }
  co_await redis.close();
  co_await server.stop();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace paperboy::redis

int main(int argc, char** argv) {
  std::size_t devices = 200'000;
  if (argc > 1) devices = static_cast<std::size_t>(std::strtoull(argv[1], nullptr, 10));
  if (devices == 0) {
    std::fprintf(stderr, "usage: bench_roster_bytes [devices]\n");
    return 64;
  }
  boost::asio::io_context context{1};
  boost::asio::co_spawn(context, paperboy::redis::run(context, devices),
                        [](const std::exception_ptr& failed) {
                          if (failed) std::rethrow_exception(failed);
                        });
  context.run();
  return 0;
}

// What finding and walking an audience costs Redis and the sender, by how large it is: everybody's
// digest, breaking news to every second reader, and to one in a hundred.
//
//   bench_audiences [devices] [window]
#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "tests/bench/measuring.hpp"
#include "tests/bench/newsroom.hpp"

namespace paperboy::bench {
namespace {

// Everybody's digest and a topic of many readers; microseconds of Redis' CPU and commands given to it,
// a notified device.
constexpr double target_redis = 1.0;
constexpr double target_commands = 0.025;
// A topic of one in a hundred, of the whole digest's CPU of Redis, where there are so many readers:
// with fewer, what a shard costs whomever it holds weighs more.
constexpr double target_rare = 0.05;
constexpr std::size_t rare_from = 1'000'000;

void print(const char* audience, const run_cost& cost, double whole, const std::string& targets) {
  const auto count = static_cast<double>(cost.accepted);
  if (cost.accepted == 0) give_up("nobody was reached");
  std::printf("%-16s %9.0f %13.3f %13.4f %13.3f %16.3f\n", audience, count,
              cost.redis.cpu * 1e6 / count, cost.sent / count, cost.sender_cpu * 1e6 / count,
              cost.redis.cpu / whole);
  std::printf(R"({"bench":"audiences","audience":"%s","notified":%.0f,"redis_us":%.3f,)"
              R"("commands":%.4f,"sender_us":%.3f,"redis_of_digest":%.4f%s})"
              "\n",
              audience, count, cost.redis.cpu * 1e6 / count, cost.sent / count,
              cost.sender_cpu * 1e6 / count, cost.redis.cpu / whole, targets.c_str());
  std::fflush(stdout);
}

void compare(std::size_t devices, std::size_t window) {
  const gateways ways(devices / 2 + 1);
  newsroom all(devices, ways);
  std::printf("%-16s %9s %13s %13s %13s %16s\n", "audience", "notified", "Redis us/dev",
              "commands/dev", "sender us/dev", "Redis of digest");
  const std::string many = fmt::format(R"(,"target_redis_us":{},"target_commands":{})",
                                       target_redis, target_commands);
  const std::string rare =
      devices < rare_from ? "" : fmt::format(R"(,"target_redis_of_digest":{})", target_rare);
  const run_cost digest = all.digest(gateway_kind::nghttpd, window);
  print("digest", digest, digest.redis.cpu, many);
  print("every second", all.breaking(gateway_kind::nghttpd, window, "dense"), digest.redis.cpu,
        many);
  print("one in a hundred", all.breaking(gateway_kind::nghttpd, window, "rare"), digest.redis.cpu,
        rare);
}

}  // namespace
}  // namespace paperboy::bench

int main(int count, char** words) {
  using namespace paperboy::bench;
  compare(argument(count, words, 1, 200'000), argument(count, words, 2, 1024));
}

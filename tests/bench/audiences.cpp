// What finding and walking an audience costs Redis and the sender, by how large it is: everybody's
// digest, breaking news to every second reader, and to one in a hundred.
//
//   bench_audiences [devices] [window]
#include <cstdio>

#include "tests/bench/measuring.hpp"
#include "tests/bench/newsroom.hpp"

namespace paperboy::bench {
namespace {

constexpr double target_commands = 0.025;  // given to Redis, a notified device
constexpr double target_redis = 1.0;       // microseconds of its CPU, likewise
constexpr double target_rare = 0.05;       // of the digest's whole cost, for one in a hundred

void print(const char* audience, const run_cost& cost, double whole, bool rare = false) {
  const auto count = static_cast<double>(cost.accepted);
  if (cost.accepted == 0) give_up("nobody was reached");
  std::printf("%-16s %9.0f %13.3f %13.4f %13.3f %16.3f\n", audience, count,
              cost.redis.cpu * 1e6 / count, cost.sent / count, cost.sender_cpu * 1e6 / count,
              cost.redis.cpu / whole);
  std::printf(R"({"bench":"audiences","audience":"%s","notified":%.0f,"redis_us":%.3f,)"
              R"("target_redis_us":%.1f,"commands":%.4f,"target_commands":%.3f,"sender_us":%.3f,)"
              R"("redis_of_digest":%.4f)",
              audience, count, cost.redis.cpu * 1e6 / count, target_redis, cost.sent / count,
              target_commands, cost.sender_cpu * 1e6 / count, cost.redis.cpu / whole);
  if (rare) std::printf(R"(,"target_redis_of_digest":%.2f)", target_rare);
  std::printf("}\n");
  std::fflush(stdout);
}

void compare(std::size_t devices, std::size_t window) {
  const gateways ways(devices / 2 + 1);
  newsroom all(devices, ways);
  std::printf("%-16s %9s %13s %13s %13s %16s\n", "audience", "notified", "Redis us/dev",
              "commands/dev", "sender us/dev", "Redis of digest");
  const run_cost digest = all.digest(gateway_kind::nghttpd, window);
  print("digest", digest, digest.redis.cpu);
  print("every second", all.breaking(gateway_kind::nghttpd, window, "dense"), digest.redis.cpu);
  print("one in a hundred", all.breaking(gateway_kind::nghttpd, window, "rare"), digest.redis.cpu,
        true);
}

}  // namespace
}  // namespace paperboy::bench

int main(int count, char** words) {
  using namespace paperboy::bench;
  compare(argument(count, words, 1, 200'000), argument(count, words, 2, 1024));
}

// What a push costs from the roster to the mark: a real digest of a sending worker, half to APNs and
// half to FCM, on a real redis-server with the embedded settings; beside the bare nghttp2 loop, in
// one run.
//
//   bench_pipeline [devices] [rounds] [nghttpd|simulators] [window …]
//
// Windows of 64, the default, and of 1024, unless told otherwise. Waits for the next full minute before each run.
#include <cstdio>
#include <cstring>
#include <vector>

#include "adapters/apns/provider_token.hpp"
#include "tests/bench/measuring.hpp"
#include "tests/bench/newsroom.hpp"
#include "tests/bench/sender_floor.hpp"

namespace paperboy::bench {
namespace {

constexpr double target_ratio = 2.5;      // of the sender's CPU to the floor
constexpr double target_commands = 0.025;  // given to Redis, a device
constexpr double target_redis = 1.0;       // microseconds of Redis's CPU a device

double floor_of(floor_job job, std::size_t pushes) {
  job.pushes = pushes;
  const double before = cpu_seconds();
  if (send_bare(job) != pushes) give_up("the floor was not answered 200 throughout");
  return (cpu_seconds() - before) * 1e6 / static_cast<double>(pushes);
}

void compare(std::size_t devices, std::size_t rounds, gateway_kind to,
             const std::vector<std::size_t>& windows) {
  const gateways ways(devices / 2 + 1);
  newsroom all(devices, ways);
  const floor_job apns = apns_floor(ways, devices / 2), fcm = fcm_floor(ways);
  std::printf("%-8s %9s %9s %7s %13s %13s %13s %8s\n", "window", "floor us", "push us", "ratio",
              "Redis us/dev", "commands/dev", "in Redis/dev", "RSS MiB");
  for (const std::size_t window : windows) {
    std::vector<double> floors, pushes, redis, commands, inside, resident;
    const auto count = static_cast<double>(devices);
    const auto floor_of_both = [&] {
      return (floor_of(apns, devices / 2) + floor_of(fcm, devices / 2)) / 2;
    };
    for (std::size_t i = 0; i < rounds; ++i) {
      // Before and after: what a processor does in a second changes from one minute to the next.
      const double floor_before = floor_of_both();
      const run_cost cost = all.digest(to, window);
      floors.push_back((floor_before + floor_of_both()) / 2);
      pushes.push_back(cost.sender_cpu * 1e6 / count);
      redis.push_back(cost.redis.cpu * 1e6 / count);
      commands.push_back(cost.sent / count);
      inside.push_back(cost.redis.commands / count);
      resident.push_back(cost.resident);
    }
    const double floor = median(floors), push = median(pushes);
    std::printf("%-8zu %9.2f %9.2f %7.2f %13.3f %13.4f %13.4f %8.1f\n", window, floor, push,
                push / floor, median(redis), median(commands), median(inside), median(resident));
    std::printf(R"({"bench":"pipeline","gateway":"%s","devices":%zu,"window":%zu,"floor_us":%.3f,)"
                R"("push_us":%.3f,"ratio":%.3f,"target_ratio":%.1f,"redis_us":%.3f,)"
                R"("target_redis_us":%.1f,"commands":%.4f,"target_commands":%.3f,)"
                R"("commands_inside":%.4f,"resident_mib":%.1f})"
                "\n",
                to == gateway_kind::nghttpd ? "nghttpd" : "simulators", devices, window, floor,
                push, push / floor, target_ratio, median(redis), target_redis, median(commands),
                target_commands, median(inside), median(resident));
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace paperboy::bench

int main(int count, char** words) {
  using namespace paperboy::bench;
  const bool simulated = count > 3 && std::strcmp(words[3], "simulators") == 0;
  std::vector<std::size_t> windows;
  for (int i = 4; i < count; ++i) windows.push_back(argument(count, words, i, 64));
  if (windows.empty()) windows = {64, 1024};
  compare(argument(count, words, 1, 200'000), argument(count, words, 2, 3),
          simulated ? gateway_kind::simulators : gateway_kind::nghttpd, windows);
}

// How fast a digest leaves when each answer takes 50 ms, the round trip to a gateway on another
// continent: the part of window / latency that is reached. The window is shared by both gateways,
// and a part of it is kept for breaking news.
//
//   bench_latency [devices] [window …]
#include <cstdio>
#include <vector>

#include "tests/bench/measuring.hpp"
#include "tests/bench/newsroom.hpp"

namespace paperboy::bench {
namespace {

constexpr std::chrono::milliseconds round_trip{50};

void compare(std::size_t devices, const std::vector<std::size_t>& windows) {
  const gateways ways(1, round_trip);
  newsroom all(devices, ways);
  std::printf("%-8s %10s %12s %12s %8s\n", "window", "seconds", "pushes/s", "ceiling/s", "reached");
  for (const std::size_t window : windows) {
    const run_cost cost = all.digest(gateway_kind::simulators, window);
    const double rate = static_cast<double>(devices) / (cost.last_push - cost.first_push);
    const double ceiling =
        static_cast<double>(window) / std::chrono::duration<double>(round_trip).count();
    std::printf("%-8zu %10.2f %12.0f %12.0f %8.2f\n", window, cost.last_push, rate, ceiling,
                rate / ceiling);
    std::printf(R"({"bench":"latency","round_trip_ms":50,"devices":%zu,"window":%zu,"seconds":%.2f,)"
                R"("pushes_per_second":%.0f,"ceiling":%.0f,"reached":%.3f%s})"
                "\n",
                devices, window, cost.last_push, rate, ceiling, rate / ceiling,
                window == 1024 ? R"(,"target_reached":0.8)" : "");
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace paperboy::bench

int main(int count, char** words) {
  using namespace paperboy::bench;
  std::vector<std::size_t> windows;
  for (int i = 2; i < count; ++i) windows.push_back(argument(count, words, i, 64));
  if (windows.empty()) windows = {64, 1024};
  compare(argument(count, words, 1, 50'000), windows);
}

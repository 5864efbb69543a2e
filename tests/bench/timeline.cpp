// A whole morning at once: a digest of a million devices, half to APNs and half to FCM, from the instant
// it falls due; and once more, with breaking news in its midst.
//
//   bench_timeline [devices] [window]
#include <cstdio>

#include "tests/bench/measuring.hpp"
#include "tests/bench/newsroom.hpp"

namespace paperboy::bench {
namespace {

constexpr double target_resident = 64;  // MiB of a sender

void follow(std::size_t devices, std::size_t window) {
  const gateways ways(devices / 2 + 1);
  newsroom all(devices, ways);
  const double before = resident_megabytes();
  const run_cost cost = all.digest(gateway_kind::nghttpd, window);
  const auto count = static_cast<double>(devices);
  std::printf("%zu devices, window %zu\n", devices, window);
  std::printf("  first push marked   %8.2f s after it fell due\n", cost.first_push);
  std::printf("  last push marked    %8.2f s, %.0f pushes/s\n", cost.last_push,
              count / cost.last_push);
  std::printf("  sender              %8.1f s of CPU, %.1f MiB at most, %.1f before (target %.0f)\n",
              cost.sender_cpu, cost.resident, before, target_resident);
  std::printf("  Redis               %8.1f s of CPU\n", cost.redis.cpu);
  std::printf(R"({"bench":"timeline","devices":%zu,"window":%zu,"first_s":%.2f,"last_s":%.2f,)"
              R"("sender_cpu_s":%.2f,"redis_cpu_s":%.2f,"resident_mib":%.1f,)"
              R"("target_resident_mib":%.0f})"
              "\n",
              devices, window, cost.first_push, cost.last_push, cost.sender_cpu, cost.redis.cpu,
              cost.resident, target_resident);
  const run_cost again = all.digest_overtaken(gateway_kind::nghttpd, window);
  std::printf("  breaking news in the midst of another: first push marked %.3f s after it was asked "
              "for\n",
              again.overtaken);
  std::printf(R"({"bench":"timeline","kind":"overtaken","devices":%zu,"window":%zu,"first_s":%.3f,)"
              R"("target_first_s":1})"
              "\n",
              devices, window, again.overtaken);
}

}  // namespace
}  // namespace paperboy::bench

int main(int count, char** words) {
  using namespace paperboy::bench;
  follow(argument(count, words, 1, 1'000'000), argument(count, words, 2, 1024));
}

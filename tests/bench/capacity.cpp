// What an installation of 1, 10 and 100 million devices needs, computed from what the benchmarks
// measured on one machine: the tables of ops/capacity.md.
//
//   bench_capacity FIGURES.ndjson
//
// 60 % of the devices are due at one instant, half of all are Android phones, gateways answer in 50 ms.
#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/apns/settings.hpp"
#include "adapters/fcm/settings.hpp"
#include "tests/bench/measuring.hpp"

namespace json = boost::json;
using paperboy::bench::give_up;

namespace {

// What stands outside Paperboy.
constexpr double at_once = 0.6;           // of all devices, due at one instant
constexpr double android = 0.5;           // of them
constexpr double round_trip = 0.05;       // seconds
constexpr double quota = 600'000.0 / 60;  // FCM's default: messages a second and project
constexpr double busy = 0.6;  // of a core, that something is planned to use

// What a worker's connections to one gateway hold.
double streams_of(const paperboy::net::connection_settings& c) {
  return static_cast<double>(c.most_connections * c.session.most_streams);
}

struct measured {
  double apns_bytes = 0, fcm_bytes = 0;
  double redis_us = 0;      // a notified device
  double sender_us = 0;     // likewise
  double resident_mib = 0;  // of a sender
  double reached = 0;       // of window / round trip, with a window of 1024
};

double number(const json::object& row, std::string_view key) {
  const auto* const found = row.if_contains(key);
  if (found == nullptr) give_up("a row lacks " + std::string(key));
  return found->to_number<double>();
}

bool is(const json::object& row, std::string_view key, std::string_view value) {
  const auto* const found = row.if_contains(key);
  return found != nullptr && found->is_string() && found->as_string() == value;
}

// Of all runs the median. Gives up where there was none, and `none` says what is missing.
double median_of(const std::vector<double>& runs, const char* none) {
  if (runs.empty()) give_up(none);
  return paperboy::bench::median(runs);
}

measured read(const char* path) {
  std::ifstream file(path);
  if (!file) give_up(std::string("cannot read ") + path);
  std::vector<double> apns_bytes, fcm_bytes, redis_us, sender_us, resident_mib, reached;
  for (std::string line; std::getline(file, line);) {
    const auto row = json::parse(line).as_object();
    if (is(row, "bench", "roster_bytes")) {
      auto& bytes = is(row, "kind", "FCM") ? fcm_bytes : apns_bytes;
      bytes.push_back(number(row, "bytes_per_device"));
    } else if (is(row, "bench", "pipeline") && is(row, "gateway", "nghttpd") &&
               number(row, "window") == 1024) {
      redis_us.push_back(number(row, "redis_us"));
      sender_us.push_back(number(row, "push_us"));
    } else if (is(row, "bench", "latency") && number(row, "window") == 1024) {
      reached.push_back(number(row, "reached"));
    } else if (is(row, "bench", "timeline") && row.contains("resident_mib")) {
      resident_mib.push_back(number(row, "resident_mib"));
    }
  }
  return {median_of(apns_bytes, "no row of roster_bytes for APNs"),
          median_of(fcm_bytes, "no row of roster_bytes for FCM"),
          median_of(redis_us, "no row of the pipeline with a window of 1024"),
          median_of(sender_us, "no row of the pipeline with a window of 1024"),
          median_of(resident_mib, "no row of the timeline"),
          median_of(reached, "no row of the latency with a window of 1024")};
}

struct plan {
  double redis_bytes = 0;
  double quota_needed = 0;  // messages a minute
  double seconds = 0;       // from the instant to the last push
  double rate = 0;          // pushes a second
  double in_flight = 0;     // over all workers: the sum of their windows
  double workers = 0;
  double sender_cores = 0;
  double redis_core = 0;    // of one core, while it is delivered
};

// Delivered in `within` seconds, or, where Google's quota is the default, as fast as that lets it.
plan of(const measured& m, double devices, double within, bool default_quota) {
  plan p;
  const double due = devices * at_once;
  p.redis_bytes = devices * ((1 - android) * m.apns_bytes + android * m.fcm_bytes);
  p.seconds = default_quota ? std::max(within, due * android / quota) : within;
  p.rate = due / p.seconds;
  p.quota_needed = p.rate * android * 60;
  p.in_flight = p.rate * round_trip / m.reached;
  p.sender_cores = p.rate * m.sender_us / 1e6;
  const double fcm_streams = streams_of(paperboy::fcm::settings::default_connections());
  const double apns_streams = streams_of(paperboy::apns::settings::default_connections());
  p.workers = std::ceil(std::max({p.sender_cores / busy, p.rate * android * round_trip / fcm_streams,
                                  p.rate * (1 - android) * round_trip / apns_streams, 1.0}));
  p.redis_core = p.rate * m.redis_us / 1e6;
  return p;
}

std::string bytes(double n) {
  char text[32];
  if (n >= 1e9) {
    std::snprintf(text, sizeof text, "%.1f GB", n / 1e9);
  } else {
    std::snprintf(text, sizeof text, "%.0f MB", n / 1e6);
  }
  return text;
}

void table(const measured& m, double within, bool default_quota) {
  std::printf("| devices | Redis | FCM's quota, a minute | time to the last push | pushes a second | "
              "sum of windows | workers | their cores | Redis's core while it lasts |\n"
              "|---|---|---|---|---|---|---|---|---|\n");
  for (const double devices : {1e6, 1e7, 1e8}) {
    const plan p = of(m, devices, within, default_quota);
    std::printf("| %.0f million | %s | %.2f million | %.1f min | %.0f | %.0f | %.0f | %.2f | %.1f %% |\n",
                devices / 1e6, bytes(p.redis_bytes).c_str(), p.quota_needed / 1e6, p.seconds / 60,
                p.rate, p.in_flight, p.workers, p.sender_cores, p.redis_core * 100);
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::fprintf(stderr, "usage: bench_capacity FIGURES.ndjson\n");
    return 64;
  }
  const measured m = read(words[1]);
  std::printf("Measured: %.1f bytes a device with APNs, %.1f with FCM; %.2f us of Redis and %.2f us of "
              "the sender a push; %.0f MiB a sender; %.2f of window / round trip.\n\n",
              m.apns_bytes, m.fcm_bytes, m.redis_us, m.sender_us, m.resident_mib, m.reached);
  std::printf("Google's default quota, a spread of five minutes:\n\n");
  table(m, 300, true);
  std::printf("\nA quota that was raised, all within fifteen minutes:\n\n");
  table(m, 900, false);
}

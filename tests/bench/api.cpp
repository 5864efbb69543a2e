// What a request to the API costs: `paperboy serve --role api` with its embedded Redis, which syncs
// every write, beside Beast answering a constant (the floor) and nginx's `return 200`, in turn, in
// one run, under a load of 64 connections by wrk.
//
//   bench_api [seconds] [rounds] [row]   3 s a measurement, 3 rounds, all rows; "register" and the
//                                        other names of the JSON lines: the floor and that row
//   bench_api smoke                      1 s, 1 round: does all answer? The figures mean little
//
// Figures are medians of the server's CPU microseconds a request, Redis's beside it; ratios are to
// the floor. The server has a core for itself, Redis and the client the other. Any answer but 2xx
// makes the run fail. `ops/setup bench` installs wrk and nginx; without nginx its row is left out.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "core/domain/text_time.hpp"
#include "core/wall_time.hpp"
#include "tests/bench/api_floor.hpp"
#include "tests/bench/measuring.hpp"
#include "tests/bench/server_process.hpp"
#include "tests/bench/wrk.hpp"
#include "tests/service/phone.hpp"

namespace paperboy::bench {
namespace {

constexpr unsigned server_core = 0;
constexpr unsigned client_core = 1;
constexpr std::size_t readers = 1000;
// More than any load sends: each has numbers of its own.
constexpr std::uint64_t numbers_a_load = 10'000'000;

struct served {
  pid_t pid = 0;
  std::uint16_t port = 0;
  pid_t redis = 0;  // 0: none
};

// nginx with one process and everything off that costs.
void serve_nginx(const std::filesystem::path& folder, std::uint16_t port) {
  const auto file = folder / "nginx.conf";
  std::ofstream(file) << fmt::format(
      "daemon off; master_process off; error_log stderr crit; pid {}/nginx.pid;\n"
      "events {{ worker_connections 256; }}\n"
      "http {{ access_log off; default_type application/json; server {{ listen 127.0.0.1:{};\n"
      "  location / {{ return 200 '{{\"status\":\"ok\"}}'; }} }} }}\n",
      folder.native(), port);
  ::execlp("nginx", "nginx", "-p", folder.c_str(), "-c", file.c_str(), nullptr);
}

// The product with topics, and readers whose credentials lie in a file.
class product {
 public:
  product() : place_({.role = "api"}) {
    pin_to(server_core);
    place_.start();
    pin_to(client_core);
    pin_process(place_.redis(), client_core);
    place_.publish();
    std::vector<service::api_request> registrations;
    for (std::size_t i = 0; i < readers; ++i) {
      registrations.push_back(service::registration_of(
          service::new_phone(i % 2 == 0 ? platform::ios : platform::android, "Asia/Baku")));
    }
    std::ofstream file(credentials());
    for (const auto& answer : place_.api().send_all(registrations)) {
      service::phone p;
      service::take_registration(p, answer);
      file << p.credential << '\n';
    }
  }

  served where() { return {place_.child().pid(), place_.port(), place_.redis()}; }
  std::string credentials() const { return place_.data().parent_path() / "credentials"; }
  std::string said() const { return place_.said(); }

 private:
  service::newsroom place_;
};

struct measured {
  double cpu = 0;    // microseconds a request
  double redis = 0;  // likewise
  double rate = 0;   // requests a second by the clock on the wall
  double resident = 0;
};

struct row {
  std::string name;
  std::string text;
  served by;
  std::function<load(std::uint64_t round)> work;
  std::optional<double> target;
  std::vector<measured> rounds = {};
  double requests = 0;

  double median(double measured::* figure) const {
    std::vector<double> all;
    for (const auto& m : rounds) all.push_back(m.*figure);
    return bench::median(std::move(all));
  }
};

void measure(row& r, std::uint64_t round, unsigned seconds) {
  const auto cpu = [](pid_t pid) { return pid == 0 ? 0 : cpu_seconds_of(pid); };
  const double before = cpu(r.by.pid), redis_before = cpu(r.by.redis);
  const load_result done = run_load(r.work(round), r.by.port, seconds);
  if (done.errors > 0 || done.requests == 0) {
    give_up(fmt::format("{}: {} errors in {} requests\n{}", r.text, done.errors, done.requests,
                        done.said));
  }
  r.requests += done.requests;
  r.rounds.push_back({(cpu(r.by.pid) - before) * 1e6 / done.requests,
                      (cpu(r.by.redis) - redis_before) * 1e6 / done.requests,
                      done.requests / done.seconds, resident_megabytes_of(r.by.pid)});
}

void print(const std::vector<row>& rows) {
  const double floor = rows.front().median(&measured::cpu);
  fmt::print("{:<34} {:>8} {:>6} {:>7} {:>9} {:>8} {:>8}\n", "request", "CPU us", "ratio",
             "target", "Redis us", "RSS MB", "a second");
  for (const row& r : rows) {
    const double cpu = r.median(&measured::cpu);
    fmt::print("{:<34} {:>8.2f} {:>6.2f} {:>7} {:>9.2f} {:>8.1f} {:>8.0f}\n", r.text, cpu,
               cpu / floor, r.target ? fmt::format("{:.2f}", *r.target) : "",
               r.median(&measured::redis), r.median(&measured::resident),
               r.median(&measured::rate));
  }
  for (const row& r : rows) {
    const double cpu = r.median(&measured::cpu);
    fmt::print(R"({{"bench":"api","name":"{}","cpu_us":{:.3f},"ratio":{:.3f},"redis_us":{:.3f},)"
               R"("rss_mb":{:.1f},"requests":{:.0f},"errors":0{}}})"
               "\n",
               r.name, cpu, cpu / floor, r.median(&measured::redis),
               r.median(&measured::resident), r.requests,
               r.target ? fmt::format(R"(,"target_ratio":{:.2f})", *r.target) : "");
  }
}

std::vector<row> rows_of(const served& floor, const std::optional<served>& nginx,
                         const served& api, const std::string& credentials) {
  const auto number = [](std::uint64_t round, std::uint64_t of) {
    return std::to_string((round * 8 + of) * numbers_a_load);
  };
  const auto registering = [number](std::uint64_t of) {
    return [number, of](std::uint64_t round) {
      return load{"register.lua", {std::string(service::client_key), number(round, of)}};
    };
  };
  const auto published = format_instant(now_wall() - std::chrono::hours{1});
  std::vector<row> rows;
  rows.push_back({"floor", "floor: Beast, constant answer", floor, registering(0), {}});
  if (nginx) rows.push_back({"nginx", "nginx, return 200", *nginx, registering(1), {}});
  rows.push_back({"register", "POST /v1/devices", api, registering(2), 3.0});
  rows.push_back({"preferences_get", "GET /v1/preferences", api,
                  [credentials](std::uint64_t) {
                    return load{"preferences_get.lua", {credentials}};
                  },
                  2.0});
  rows.push_back({"preferences_patch", "PATCH /v1/preferences", api,
                  [credentials](std::uint64_t round) {
                    return load{"preferences_patch.lua", {credentials, std::to_string(round)}};
                  },
                  {}});
  rows.push_back({"item_put", "PUT /v1/apps/{app}/items/{id}", api,
                  [number, published](std::uint64_t round) {
                    return load{"item_put.lua",
                                {std::string(service::api_key), number(round, 3), published}};
                  },
                  {}});
  return rows;
}

void run(unsigned seconds, unsigned rounds, std::string_view only) {
  if (!installed("wrk")) give_up("there is no wrk; run: ops/setup bench");
  const command_line::newsroom_folder folder;
  const served floor_at{0, free_port(), 0}, nginx_at{0, free_port(), 0};
  const server_process floor([&] { serve_constant(floor_at.port); });
  std::optional<server_process> nginx;
  if (installed("nginx")) {
    nginx.emplace([&] { serve_nginx(folder.path(), nginx_at.port); });
    if (!listens(nginx_at.port)) give_up("nginx does not listen");
  } else {
    std::cout << "nginx is not installed (ops/setup bench): its row is left out\n";
  }
  if (!listens(floor_at.port)) give_up("the floor does not listen");
  product api;
  auto rows = rows_of({floor.pid(), floor_at.port, 0},
                      nginx ? std::optional(served{nginx->pid(), nginx_at.port, 0}) : std::nullopt,
                      api.where(), api.credentials());
  if (!only.empty()) {
    std::erase_if(rows, [&](const row& r) { return r.name != "floor" && r.name != only; });
  }
  for (unsigned round = 1; round <= rounds; ++round) {
    for (row& r : rows) measure(r, round, seconds);
  }
  print(rows);
  if (const auto said = api.said(); !said.empty()) std::cerr << said;
}

}  // namespace
}  // namespace paperboy::bench

int main(int count, char** words) {
  const bool smoke = count > 1 && std::string_view(words[1]) == "smoke";
  const auto word = [&](int position, std::size_t otherwise) {
    return smoke ? 1U : static_cast<unsigned>(paperboy::bench::argument(count, words, position,
                                                                        otherwise));
  };
  const unsigned seconds = word(1, 3), rounds = word(2, 3);
  try {
    paperboy::bench::run(seconds, rounds, count > 3 ? words[3] : "");
  } catch (const std::exception& e) {
    paperboy::bench::give_up(e.what());
  }
}

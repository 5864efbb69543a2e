// The sender stage: the clients of both gateways with prepared messages, against the bare nghttp2 loop
// and h2load, in turn to one nghttpd; and if asked for, against what others' libraries cost there, as
// built by ops/peers in FOLDER.
//
//   bench_sender [pushes] [rounds] [peers FOLDER]
#include <spdlog/spdlog.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/apns/client.hpp"
#include "adapters/apns/wire.hpp"
#include "adapters/fcm/client.hpp"
#include "adapters/fcm/wire.hpp"
#include "tests/bench/children.hpp"
#include "tests/bench/gateways.hpp"
#include "tests/bench/measuring.hpp"
#include "tests/bench/peers.hpp"
#include "tests/bench/sender_floor.hpp"

namespace paperboy::bench {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t devices = 1000;
constexpr std::size_t in_flight = 500;
constexpr double target = 1.4;

// A notification whose loud payload for APNs has apns_body bytes.
notification sample() {
  notification n;
  n.title = "Parliament adopts the budget after a night of votes";
  n.body = "x";
  n.url = "https://news.example/politics/budget";
  n.edition = "ed_0123456789abcdef";
  n.scope = "2026-11-24";
  const apns::prepared one(n);
  n.body.append(apns_body - one.head(false).size() - sizeof(message_id::text) - one.tail().size(),
                'x');
  return n;
}

// Keeps `in_flight` pushes under way until all are answered.
class product_run final : answer_sink {
 public:
  product_run(gateway& way, platform system, std::size_t pushes)
      : way_(way), message_(way.prepare(sample())), left_(pushes), unanswered_(pushes) {
    for (std::size_t i = 0; i < devices; ++i) {
      tokens_.push_back(system == platform::ios ? apns_token(i) : fcm_token(i));
    }
    id_.text.fill('0');
  }

  std::size_t run(boost::asio::io_context& context) {
    for (std::size_t i = 0; i < in_flight && left_ > 0; ++i) send();
    while (unanswered_ > 0) context.run_one();
    return good_;
  }

 private:
  void send() {
    --left_;
    std::snprintf(id_.text.data() + 24, 13, "%011zu", left_);
    id_.text[35] = '0';
    push p;
    p.message = message_.get();
    p.token = tokens_[left_ % devices];
    p.id = id_;
    p.expires_at = instant(1'800'000'000s);
    way_.send(p, *this);
  }

  void answered(std::uint64_t, const gateway_answer& answer) noexcept override {
    --unanswered_;
    if (answer.status == 200) ++good_;
    if (left_ > 0) send();
  }

  gateway& way_;
  std::shared_ptr<const prepared_message> message_;
  std::vector<std::string> tokens_;
  message_id id_{};
  std::size_t left_;
  std::size_t unanswered_;
  std::size_t good_ = 0;
};

template <class Function>
void measure(std::vector<double>& into, std::size_t pushes, Function run) {
  const double before = cpu_seconds();
  const std::size_t good = run();
  into.push_back((cpu_seconds() - before) * 1e6 / static_cast<double>(pushes));
  if (good != pushes) give_up("only " + std::to_string(good) + " pushes were answered 200");
}

// What a program of others took, round by round, until one failed.
struct others_cost {
  std::vector<double> us, resident;
  std::string failure;

  template <class Function>
  void add(std::size_t pushes, Function run) {
    if (!failure.empty()) return;
    const child_cost cost = run();
    failure = cost.failure;
    us.push_back(cost.cpu_seconds * 1e6 / static_cast<double>(pushes));
    resident.push_back(cost.most_resident);
  }
};

peer_job for_peers(std::size_t pushes) {
  const apns::prepared to_apns(sample());
  const fcm::prepared to_fcm(sample());
  const std::string id(sizeof(message_id::text), '0');
  peer_job job;
  job.apns_body.append(to_apns.head(false)).append(id).append(to_apns.tail());
  job.fcm_body.append(fcm::prepared::before_token).append(to_fcm.before_id()).append(id);
  job.fcm_body.append(to_fcm.before_ttl()).append("86400").append(to_fcm.after_ttl(false));
  job.devices = devices;
  job.in_flight = in_flight;
  job.pushes = pushes;
  return job;
}

struct measured {
  std::vector<double> floor_apns, apns, floor_fcm, fcm;
  others_cost h2load;
  std::array<others_cost, peers.size()> others;  // of each of `peers`
};

void line(const char* sender, double us, double floor) {
  std::printf("%-28s %8.2f %8.2f\n", sender, us, us / floor);
}

void row(const char* sender, double us, double floor, const std::string& more = {}) {
  std::printf(R"({"bench":"sender","sender":"%s","us":%.3f,"ratio":%.3f%s})"
              "\n",
              sender, us, us / floor, more.c_str());
}

void print_table(const measured& m, double low, double low_fcm) {
  std::printf("%-28s %8s %8s\n", "sender, to nghttpd", "us/push", "ratio");
  line("floor, APNs' fields", low, low);
  line("adapters/apns", median(m.apns), low);
  constexpr const char* loaded = "h2load 1x500, APNs' fields";
  if (m.h2load.failure.empty()) {
    line(loaded, median(m.h2load.us), low);
  } else {
    std::printf("%-28s %s\n", loaded, m.h2load.failure.c_str());
  }
  line("floor, FCM's fields", low_fcm, low_fcm);
  line("adapters/fcm", median(m.fcm), low_fcm);
}

void print_others(const measured& m, double low, double low_fcm) {
  std::printf("%-28s %8s %8s %8s\n", "libraries of others", "us/push", "ratio", "RSS MiB");
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const others_cost& cost = m.others[i];
    if (!cost.failure.empty()) {
      std::printf("%-28s %s\n", peers[i].name, cost.failure.c_str());
      continue;
    }
    const double us = median(cost.us), floor = peers[i].system == platform::ios ? low : low_fcm;
    std::printf("%-28s %8.2f %8.2f %8.1f\n", peers[i].name, us, us / floor, median(cost.resident));
  }
}

void print_rows(const measured& m, double low, double low_fcm) {
  char goal[32];
  std::snprintf(goal, sizeof goal, R"(,"target_ratio":%.2f)", target);
  row("floor apns", low, low);
  row("apns", median(m.apns), low, goal);
  if (m.h2load.failure.empty()) row("h2load", median(m.h2load.us), low);
  row("floor fcm", low_fcm, low_fcm);
  row("fcm", median(m.fcm), low_fcm, goal);
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const others_cost& cost = m.others[i];
    if (cost.us.empty() || !cost.failure.empty()) continue;
    char memory[32];
    std::snprintf(memory, sizeof memory, R"(,"resident_mib":%.1f)", median(cost.resident));
    row(peers[i].name, median(cost.us), peers[i].system == platform::ios ? low : low_fcm, memory);
  }
}

// `built`: where ops/peers left the programs of others; empty: without them.
void compare(std::size_t pushes, std::size_t rounds, const std::filesystem::path& built) {
  spdlog::set_level(spdlog::level::warn);
  const gateways ways(devices);
  const auto& key = ways.apns_key();
  const auto minter =
      std::make_shared<apns::provider_token_minter>(key.team_id, key.key_id, key.private_key);
  floor_job apns_job = apns_floor(ways, devices), fcm_job = fcm_floor(ways);
  apns_job.pushes = fcm_job.pushes = pushes;

  boost::asio::io_context context(1);
  apns::settings a;
  a.topic = apns_job.topic;
  a.endpoint = a.sandbox_endpoint = ways.endpoint(gateway_kind::nghttpd, platform::ios);
  a.ca_file = ways.ca_file();
  a.connections.most_connections = 1;
  apns::client to_apns(context, a, minter);
  fcm::settings f;
  f.account = fcm::read_service_account(ways.service_account());
  f.endpoint = ways.endpoint(gateway_kind::nghttpd, platform::android);
  f.ca_file = ways.ca_file();
  fcm::client to_fcm(context, f);

  product_run(to_apns, platform::ios, 2000).run(context);  // connects
  product_run(to_fcm, platform::android, 2000).run(context);
  const peer_job job = for_peers(pushes);
  measured m;
  for (std::size_t i = 0; i < rounds; ++i) {
    measure(m.floor_apns, pushes, [&] { return send_bare(apns_job); });
    measure(m.apns, pushes,
            [&] { return product_run(to_apns, platform::ios, pushes).run(context); });
    measure(m.floor_fcm, pushes, [&] { return send_bare(fcm_job); });
    measure(m.fcm, pushes,
            [&] { return product_run(to_fcm, platform::android, pushes).run(context); });
    m.h2load.add(pushes, [&] { return run_h2load(apns_job); });
    for (std::size_t n = 0; n < peers.size() && !built.empty(); ++n) {
      m.others[n].add(pushes, [&] { return run_peer(peers[n], built, ways, job); });
    }
  }
  const double low = median(m.floor_apns), low_fcm = median(m.floor_fcm);
  print_table(m, low, low_fcm);
  std::printf("target %.2f, %zu pushes, median of %zu rounds, RSS %.1f MiB\n", target, pushes, rounds,
              resident_megabytes());
  if (!built.empty()) print_others(m, low, low_fcm);
  print_rows(m, low, low_fcm);
}

}  // namespace
}  // namespace paperboy::bench

int main(int count, char** words) {
  using namespace paperboy::bench;
  const bool with_peers = count == 5 && std::string_view(words[3]) == "peers";
  if (count > 3 && !with_peers) give_up("write bench_sender [pushes] [rounds] [peers FOLDER]");
  compare(argument(count, words, 1, 200'000), argument(count, words, 2, 3),
          with_peers ? words[4] : "");
}

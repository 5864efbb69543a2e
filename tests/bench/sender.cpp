// The sender stage: the clients of both gateways with prepared messages, against the bare nghttp2 loop
// and h2load, in turn to one nghttpd.
//
//   bench_sender [pushes] [rounds]
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <vector>

#include "adapters/apns/client.hpp"
#include "adapters/apns/wire.hpp"
#include "adapters/fcm/client.hpp"
#include "tests/bench/gateways.hpp"
#include "tests/bench/measuring.hpp"
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

// The CPU of h2load, which comes from nghttp2's authors, a push. 0: it is not installed.
double h2load(const floor_job& job, std::size_t pushes) {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("paperboy-bench-h2load-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "body") << job.body;
  std::ofstream list(folder / "urls");
  for (const auto& path : job.paths) list << "https://localhost:" << job.port << path << '\n';
  list.close();
  const std::string body = (folder / "body").string(), urls = (folder / "urls").string();
  const std::string count = std::to_string(pushes), streams = std::to_string(in_flight);
  const std::string authorization = "authorization: " + job.authorization;
  const pid_t child = ::fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stdout) == nullptr) std::_Exit(1);
    ::execlp("h2load", "h2load", "-n", count.c_str(), "-c1", "-m", streams.c_str(), "-d",
             body.c_str(), "-i", urls.c_str(), "-H", authorization.c_str(), "-H",
             "apns-topic: com.example.news", "-H", "apns-push-type: alert", nullptr);
    std::_Exit(127);
  }
  int status = 0;
  rusage used{};
  ::wait4(child, &status, 0, &used);
  std::filesystem::remove_all(folder);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return 0;
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return (seconds(used.ru_utime) + seconds(used.ru_stime)) * 1e6 / static_cast<double>(pushes);
}

void line(const char* sender, double us, double floor) {
  std::printf("%-28s %8.2f %8.2f\n", sender, us, us / floor);
}

void compare(std::size_t pushes, std::size_t rounds) {
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
  std::vector<double> floor_apns, floor_fcm, apns, fcm, loaded;
  for (std::size_t i = 0; i < rounds; ++i) {
    measure(floor_apns, pushes, [&] { return send_bare(apns_job); });
    measure(apns, pushes, [&] { return product_run(to_apns, platform::ios, pushes).run(context); });
    measure(floor_fcm, pushes, [&] { return send_bare(fcm_job); });
    measure(fcm, pushes,
            [&] { return product_run(to_fcm, platform::android, pushes).run(context); });
    loaded.push_back(h2load(apns_job, pushes));
  }
  const double low = median(floor_apns), low_fcm = median(floor_fcm);
  std::printf("%-28s %8s %8s\n", "sender, to nghttpd", "us/push", "ratio");
  line("floor, APNs' fields", low, low);
  line("adapters/apns", median(apns), low);
  line("h2load 1x500, APNs' fields", median(loaded), low);
  line("floor, FCM's fields", low_fcm, low_fcm);
  line("adapters/fcm", median(fcm), low_fcm);
  std::printf("target %.2f, %zu pushes, median of %zu rounds, RSS %.1f MiB\n", target, pushes, rounds,
              resident_megabytes());
  const auto row = [&](const char* sender, double us, double against, bool ours) {
    std::printf(R"({"bench":"sender","sender":"%s","us":%.3f,"ratio":%.3f)", sender, us,
                us / against);
    if (ours) std::printf(R"(,"target_ratio":%.2f)", target);
    std::printf("}\n");
  };
  row("floor apns", low, low, false);
  row("apns", median(apns), low, true);
  row("h2load", median(loaded), low, false);
  row("floor fcm", low_fcm, low_fcm, false);
  row("fcm", median(fcm), low_fcm, true);
}

}  // namespace
}  // namespace paperboy::bench

int main(int count, char** words) {
  using namespace paperboy::bench;
  compare(argument(count, words, 1, 200'000), argument(count, words, 2, 3));
}

// What a push costs in CPU: the floor (tests/bench/sender_floor.hpp) and adapters/apns, in turn, in
// one run, against one nghttpd. The target is a ratio of at most 1.4.
//
//   bench_sender [pushes] [rounds]
//
// nghttpd takes 393-byte bodies for 1,000 devices, as the other measurements of this house.

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "adapters/apns/client.hpp"
#include "adapters/apns/wire.hpp"
#include "adapters/simulators/credentials.hpp"
#include "tests/bench/gateway_process.hpp"
#include "tests/bench/sender_floor.hpp"

namespace paperboy::bench {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t devices = 1000;
constexpr std::size_t body_size = 393;
constexpr std::size_t in_flight = 500;
constexpr std::uint16_t port = gateway_process::port;

// A notification whose loud payload has body_size bytes.
notification sample() {
  notification n;
  n.title = "Parliament adopts the budget after a night of votes";
  n.body = "x";
  n.url = "https://news.example/politics/budget";
  n.edition = "ed_0123456789abcdef";
  n.scope = "2026-11-24";
  const apns::prepared one(n);
  n.body.append(body_size - one.head(false).size() - sizeof(message_id::text) - one.tail().size(),
                'x');
  return n;
}

// Keeps `in_flight` pushes under way until all are answered.
class product_run final : answer_sink {
 public:
  product_run(apns::client& way, const prepared_message& message, std::size_t pushes)
      : way_(way), message_(message), left_(pushes), unanswered_(pushes) {
    for (std::size_t i = 0; i < devices; ++i) tokens_.push_back(gateway_process::token(i));
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
    p.message = &message_;
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

  apns::client& way_;
  const prepared_message& message_;
  std::vector<std::string> tokens_;
  message_id id_{};
  std::size_t left_;
  std::size_t unanswered_;
  std::size_t good_ = 0;
};

struct round_costs {
  std::vector<double> microseconds;

  double median() {
    std::ranges::sort(microseconds);
    return microseconds[microseconds.size() / 2];
  }
};

template <class Function>
void measure(round_costs& into, std::size_t pushes, Function run) {
  const double before = cpu_seconds();
  const std::size_t good = run();
  into.microseconds.push_back((cpu_seconds() - before) * 1e6 / static_cast<double>(pushes));
  if (good != pushes) {
    std::fprintf(stderr, "%zu of %zu pushes were answered 200\n", good, pushes);
    std::exit(1);
  }
}

void compare(std::size_t pushes, std::size_t rounds) {
  spdlog::set_level(spdlog::level::warn);
  const gateway_process gateway(devices);
  const auto key = simulators::make_apns_credential();
  const auto minter =
      std::make_shared<apns::provider_token_minter>(key.team_id, key.key_id, key.private_key);
  const notification n = sample();

  floor_job job;
  job.port = port;
  job.topic = "com.example.news";
  job.authorization = minter->current(apns::moment::now())->authorization;
  for (std::size_t i = 0; i < devices; ++i) job.paths.push_back(gateway_process::path(i));
  job.body.assign(body_size, 'x');
  job.streams = in_flight;
  job.pushes = pushes;

  boost::asio::io_context context(1);
  apns::settings s;
  s.topic = job.topic;
  s.endpoint = "https://localhost:" + std::to_string(port);
  s.sandbox_endpoint = s.endpoint;
  s.ca_file = gateway.ca_file();
  s.connections.most_connections = 1;
  apns::client way(context, s, minter);
  const auto message = way.prepare(n);

  product_run(way, *message, 2000).run(context);  // connects
  round_costs floor;
  round_costs product;
  for (std::size_t i = 0; i < rounds; ++i) {
    measure(floor, pushes, [&] { return send_bare(job); });
    measure(product, pushes, [&] { return product_run(way, *message, pushes).run(context); });
  }
  const double low = floor.median();
  const double high = product.median();
  std::printf("%-28s %8s\n", "sender", "us/push");
  std::printf("%-28s %8.2f\n", "floor: nghttp2+OpenSSL+epoll", low);
  std::printf("%-28s %8.2f\n", "adapters/apns", high);
  std::printf("ratio %.2f (target 1.40), %zu pushes, median of %zu rounds, RSS %.1f MB\n",
              high / low, pushes, rounds, resident_megabytes());
  std::printf(R"({"bench":"sender","floor_us":%.3f,"apns_us":%.3f,"ratio":%.3f,"rss_mb":%.1f})"
              "\n",
              low, high, high / low, resident_megabytes());
}

}  // namespace
}  // namespace paperboy::bench

int main(int count, char** words) {
  const std::size_t pushes = count > 1 ? std::stoul(words[1]) : 200'000;
  const std::size_t rounds = count > 2 ? std::stoul(words[2]) : 5;
  paperboy::bench::compare(pushes, rounds);
}

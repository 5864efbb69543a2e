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
#include "tests/bench/sender_floor.hpp"

namespace paperboy::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::size_t devices = 1000;
constexpr std::size_t body_size = 393;
constexpr std::size_t in_flight = 500;
constexpr std::uint16_t port = 28443;

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double resident_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

// nghttpd with an empty file for each device, so that it answers 200.
class gateway_process {
 public:
  gateway_process() : directory_(fs::temp_directory_path() / "paperboy-bench-sender") {
    fs::remove_all(directory_);
    fs::create_directories(directory_ / "root/3/device");
    for (std::size_t i = 0; i < devices; ++i) {
      std::ofstream(directory_ / "root" / path(i).substr(1)).put('\n');
    }
    const auto identity = simulators::make_server_identity();
    write("ca.pem", identity.ca);
    const std::string certificate = write("certificate.pem", identity.certificate);
    const std::string key = write("key.pem", identity.private_key);
    const std::string root = (directory_ / "root").string();
    const std::string number = std::to_string(port);
    child_ = ::fork();
    if (child_ == 0) {
      ::execlp("nghttpd", "nghttpd", "-n1", "-w20", "-W24", "-m1000", "-d", root.c_str(),
               number.c_str(), key.c_str(), certificate.c_str(), nullptr);
      std::perror("nghttpd");
      std::_Exit(1);
    }
    wait_until_it_listens();
  }
  ~gateway_process() {
    ::kill(child_, SIGTERM);
    ::waitpid(child_, nullptr, 0);
    fs::remove_all(directory_);
  }
  gateway_process(const gateway_process&) = delete;
  gateway_process& operator=(const gateway_process&) = delete;

  static std::string token(std::size_t device) {
    std::string raw(32, '\x5a');
    raw[0] = static_cast<char>(device >> 8);
    raw[1] = static_cast<char>(device);
    return raw;
  }
  static std::string path(std::size_t device) {
    const std::string raw = token(device);
    std::string text(apns::path_size(raw), '\0');
    apns::write_path(raw, text.data());
    return text;
  }
  std::string ca_file() const { return (directory_ / "ca.pem").string(); }

 private:
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(directory_ / name) << content;
    return (directory_ / name).string();
  }

  static void wait_until_it_listens() {
    for (int attempt = 0; attempt < 200; ++attempt) {
      boost::asio::io_context context;
      boost::asio::ip::tcp::socket socket(context);
      boost::system::error_code failed;
      socket.connect({boost::asio::ip::address_v4::loopback(), port}, failed);
      if (!failed) return;
      std::this_thread::sleep_for(20ms);
    }
    std::fprintf(stderr, "nghttpd does not listen on port %u\n", port);
    std::exit(1);
  }

  fs::path directory_;
  pid_t child_ = 0;
};

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
  const gateway_process gateway;
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

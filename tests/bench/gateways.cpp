#include "tests/bench/gateways.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fstream>
#include <sstream>
#include <thread>

#include "adapters/apns/wire.hpp"
#include "adapters/simulators/simulate_gateways.hpp"
#include "tests/bench/children.hpp"
#include "tests/bench/measuring.hpp"

namespace paperboy::bench {
namespace {

namespace tcp_of = boost::asio::ip;

constexpr std::string_view topic = "com.example.news";

std::uint16_t free_port() {
  boost::asio::io_context io;
  return tcp_of::tcp::acceptor(io, {tcp_of::address_v4::loopback(), 0}).local_endpoint().port();
}

void wait_until_it_listens(std::uint16_t port) {
  for (int attempt = 0; attempt < 500; ++attempt) {
    boost::asio::io_context io;
    tcp_of::tcp::socket socket(io);
    boost::system::error_code failed;
    socket.connect({tcp_of::address_v4::loopback(), port}, failed);
    if (!failed) return;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  give_up("nghttpd does not listen");
}

// A file for each device: on a disk that takes minutes.
std::filesystem::path folder_in_memory() {
  const std::filesystem::path memory = "/dev/shm";
  const bool there = ::access(memory.c_str(), W_OK) == 0;
  return (there ? memory : std::filesystem::temp_directory_path()) /
         ("paperboy-bench-gateways-" + std::to_string(::getpid()));
}

std::string word_of(const std::string& line, std::string_view name) {
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    if (word.starts_with(name)) return word.substr(name.size());
  }
  give_up("the simulators did not say where they listen");
}

std::string letters(std::size_t device, std::size_t count) {
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  // Tokens have no pattern that something could make use of: a generator by the device's number.
  std::uint64_t state = device * 0x9E3779B97F4A7C15U + 1;
  std::string text;
  while (text.size() < count) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    text += alphabet[state >> 58];
  }
  return text;
}

}  // namespace

std::string apns_token(std::size_t device) {
  std::string raw(32, '\x5a');
  for (std::size_t i = 0; i < 4; ++i) raw[i] = static_cast<char>(device >> (8 * i));
  return raw;
}

std::string fcm_token(std::size_t device) {
  return letters(device, 22) + ":APA91b" + letters(~device, 134);
}

gateways::gateways(std::size_t apns_devices, std::chrono::milliseconds latency)
    : folder_(folder_in_memory()) {
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_ / "root/3/device");
  keys_ = std::make_unique<simulators::simulator_directory>((folder_ / "keys").string());
  for (std::size_t i = 0; i < apns_devices; ++i) {
    std::ofstream(folder_ / "root" / apns_path(i).substr(1));  // empty, as Apple's answers are
  }
  const auto page = folder_ / "root" / fcm_path().substr(1);
  std::filesystem::create_directories(page.parent_path());
  std::ofstream(page) << "{}";
  start_simulators(latency);
  start_nghttpd();
}

gateways::~gateways() {
  for (const pid_t child : children_) ::kill(child, SIGTERM);
  for (const pid_t child : children_) ::waitpid(child, nullptr, 0);
  std::filesystem::remove_all(folder_);
}

void gateways::start_simulators(std::chrono::milliseconds latency) {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) give_up("no pipe");
  std::fflush(stdout);
  const pid_t child = fork_child();
  if (child == 0) {
    ::dup2(pipe[1], STDOUT_FILENO);
    ::close(pipe[0]);
    ::close(pipe[1]);
    simulators::simulate_options options;
    options.directory = keys_->path();
    options.topic = topic;
    options.latency = latency;
    std::_Exit(simulators::run_simulate_gateways(options));
  }
  children_.push_back(child);
  ::close(pipe[1]);
  std::string line;
  for (char c = 0; ::read(pipe[0], &c, 1) == 1 && c != '\n';) line += c;
  ::close(pipe[0]);
  apns_url_ = word_of(line, "apns=");
  fcm_url_ = word_of(line, "fcm=");
}

void gateways::start_nghttpd() {
  port_ = free_port();
  const std::string root = (folder_ / "root").string(), number = std::to_string(port_);
  const std::string key = keys_->path() + "/server-key.pem";
  const std::string certificate = keys_->path() + "/server.pem";
  const pid_t child = fork_child();
  if (child == 0) {
    ::execlp("nghttpd", "nghttpd", "-n1", "-w20", "-W24", "-m1000", "-d", root.c_str(),
             number.c_str(), key.c_str(), certificate.c_str(), nullptr);
    std::perror("nghttpd");
    std::_Exit(1);
  }
  children_.push_back(child);
  wait_until_it_listens(port_);
}

std::string gateways::endpoint(gateway_kind kind, platform system) const {
  if (kind == gateway_kind::nghttpd) return "https://localhost:" + std::to_string(port_);
  return system == platform::ios ? apns_url_ : fcm_url_;
}

std::string gateways::ca_file() const { return keys_->path() + "/ca.pem"; }

std::string gateways::apns_path(std::size_t device) {
  const std::string raw = apns_token(device);
  std::string text(apns::path_size(raw), '\0');
  apns::write_path(raw, text.data());
  return text;
}

std::string gateways::fcm_path() const {
  return "/v1/projects/" + keys_->fcm().project_id + "/messages:send";
}

std::string gateways::service_account() const {
  std::ifstream file(keys_->path() + "/service-account.json");
  return {std::istreambuf_iterator<char>(file), {}};
}

void gateways::configure(command_line::app_settings& app, gateway_kind kind) const {
  app.apns.emplace();
  app.apns->topic = topic;
  app.apns->team_id = apns_key().team_id;
  app.apns->key_id = apns_key().key_id;
  app.apns->key_pem = apns_key().private_key;
  app.apns->endpoint = endpoint(kind, platform::ios);
  app.apns->sandbox_endpoint = app.apns->endpoint;
  app.apns->ca_file = ca_file();
  app.fcm.emplace();
  app.fcm->service_account_json = service_account();
  app.fcm->project_id = keys_->fcm().project_id;
  app.fcm->token_uri = fcm_url_ + "/token";
  app.fcm->endpoint = endpoint(kind, platform::android);
  app.fcm->ca_file = ca_file();
  app.fcm->quota_per_minute = 0;
}

}  // namespace paperboy::bench

#include "tests/service/newsroom.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <signal.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "core/domain/identifiers.hpp"
#include "core/domain/text_time.hpp"

namespace paperboy::service {
namespace {

namespace fs = std::filesystem;
using simulators::gateway_name;

std::string content_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream{file, std::ios::binary}.rdbuf();
  return text.str();
}

std::string sha256_hex(std::string_view text) {
  std::array<char, 32> hash{};
  std::size_t size = hash.size();
  EVP_Q_digest(nullptr, "SHA256", nullptr, text.data(), text.size(),
               reinterpret_cast<unsigned char*>(hash.data()), &size);
  return to_hex({hash.data(), hash.size()});
}

simulators::gateway_options options_of(const simulators::simulator_directory& keys,
                                       std::chrono::milliseconds latency) {
  auto options = keys.options();
  options.latency = latency;
  return options;
}

std::uint16_t port_in(const std::string& ready, std::string_view name) {
  const auto at = ready.find(name);
  if (at == std::string::npos) throw std::runtime_error("no address in: " + ready);
  const auto colon = ready.rfind(':', ready.find(' ', at));
  std::uint16_t port = 0;
  std::from_chars(ready.data() + colon + 1, ready.data() + ready.size(), port);
  return port;
}

}  // namespace

std::string_view app_path() noexcept {
  return "/v1/apps/anewz";
}

newsroom::newsroom(const newsroom_settings& settings)
    : settings_(settings),
      keys_((folder_.path() / "gateways").native()),
      gateways_(options_of(keys_, settings.gateway_latency)) {
  if (settings_.apns_through_proxy) {
    way_to_apns_ = faults::fault_proxy::to_port(
        gateways_.call([](auto& g) { return g.port(gateway_name::apns); }));
  }
  write_configuration(api_key);
}

newsroom::~newsroom() {
  program_.reset();
  // A program that was killed and not started again left its Redis behind.
  if (const pid_t left = redis(); left > 0) ::kill(left, SIGKILL);
}

void newsroom::write_configuration(std::string_view key) const {
  auto addresses = const_cast<simulators::simulator_thread&>(gateways_).call(
      [](auto& g) { return g.addresses(); });
  if (way_to_apns_) addresses.apns = fmt::format("https://localhost:{}", way_to_apns_->port());
  folder_.write("paperboy.toml",
                fmt::format(R"([http]
listen = "127.0.0.1:0"
operator_listen = "127.0.0.1:0"
[redis]
url = "{}"
shards = {}
[delivery]
{}[limits]
registrations_per_minute_per_address = 1000000
failed_credentials_per_minute_per_address = 1000
[[api_key]]
name = "newsroom"
sha256 = "{}"
scopes = ["items", "notifications", "topics", "subscribers", "reports"]
apps = ["anewz"]
[[app]]
id = "anewz"
client_key = "{}"
link_hosts = ["anewz.tv"]
default_locale = "en"
default_time_zone = "UTC"
[app.digest]
time = "{}"
{})",
                            settings_.redis, settings_.shards, settings_.delivery, sha256_hex(key), client_key,
                            settings_.digest_time, keys_.write(addresses, "tv.anewz.app")));
}

void newsroom::start_with_errors_in(const std::string& file, const variables& changed) {
  api_.reset();
  program_.reset();
  std::vector<std::string> words{"serve", "--config", configuration(), "--role", settings_.role};
  if (settings_.workers > 1) {
    words.insert(words.end(), {"--workers", std::to_string(settings_.workers)});
  }
  program_.emplace(words, file, changed);
  ready_line_ = program_->first_line(start_limit);
  if (ready_line_.empty()) throw std::runtime_error("the program is not ready: " + said());
  port_ = port_in(ready_line_, "http=");
  api_.emplace(port_);
}

api_client newsroom::operators() const {
  return api_client{port_in(ready_line_, "operator=")};
}

void newsroom::kill() {
  program_->signal(SIGKILL);
  if (!program_->wait(std::chrono::seconds{30})) throw std::runtime_error("SIGKILL did nothing");
}

int newsroom::stop() {
  program_->signal(SIGTERM);
  return program_->wait(std::chrono::seconds{30}).value_or(-1);
}

std::string newsroom::said() const {
  return content_of(errors());
}

std::string newsroom::state() {
  const auto ended = program_->wait(std::chrono::seconds{0});
  return (ended ? fmt::format("the program ended with {}: ", *ended) : "the program runs: ") +
         said();
}

pid_t newsroom::redis() const {
  std::error_code failed;
  const fs::path data = fs::canonical(folder_.path() / "data", failed);
  if (failed) return 0;
  for (const auto& entry : fs::directory_iterator("/proc", failed)) {
    const std::string name = entry.path().filename().native();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (fs::read_symlink(entry.path() / "cwd", failed) != data || failed) continue;
    if (content_of(entry.path() / "comm").starts_with("redis-server")) return std::stoi(name);
  }
  return 0;
}

void newsroom::publish() {
  const std::string key{api_key};
  for (const char* topic : {"politics", "sport", "culture"}) {
    api_->ask({"PUT", fmt::format("{}/topics/{}", app_path(), topic), key,
               fmt::format(R"({{"names":{{"en":"{}"}},"default":"off"}})", topic)},
              201);
  }
  const auto at = format_instant(std::chrono::floor<std::chrono::seconds>(
      std::chrono::system_clock::now() - std::chrono::hours{1}));
  int number = 0;
  for (const auto& [topic, title] : std::vector<std::pair<const char*, const char*>>{
           {"politics", "Parliament passes the budget after a night of talks"},
           {"sport", "Qarabağ win 3–2 with a header in the last minute"},
           {"politics", "\\\"No deal\\\", says the mayor; a back\\\\slash stays"},
           {"culture", "ოპერა opens with a première 🎻"},
           {"sport", "Marathon route moves to the harbour"}}) {
    ++number;
    api_->ask({"PUT", fmt::format("{}/items/item-{}", app_path(), number), key,
               fmt::format(R"({{"title":"{}","teaser":"Teaser {}.","url":"https://anewz.tv/{}",)"
                           R"("topics":["{}"],"language":"en","published_at":"{}",)"
                           R"("priority":{}{}}})",
                           title, number, number, topic, at, 90 - 7 * number,
                           number == 1 ? R"(,"image_url":"https://anewz.tv/1.jpg")" : "")},
              201);
  }
}

void newsroom::add_fault(const std::string& text) {
  const auto fault = simulators::parse_fault(text);
  gateways_.call([&](auto& g) { g.add_fault(std::get<simulators::fault>(fault)); });
}

std::vector<simulators::received_push> newsroom::pushes() {
  return gateways_.call([](auto& g) { return g.all_received(); });
}

std::uint64_t newsroom::taken() {
  return gateways_.call([](auto& g) {
    return g.counts(gateway_name::apns).taken + g.counts(gateway_name::fcm).taken;
  });
}

}  // namespace paperboy::service

#include "adapters/command_line/demo/installation.hpp"

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <optional>

#include "adapters/command_line/configuration.hpp"
#include "adapters/command_line/demo/http_client.hpp"
#include "adapters/command_line/key_new.hpp"
#include "adapters/command_line/log.hpp"
#include "adapters/command_line/running_service.hpp"
#include "adapters/simulators/simulator_directory.hpp"
#include "adapters/simulators/simulator_thread.hpp"

namespace paperboy::command_line::demo {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view bundle_id = "org.example.daily";

// A folder that only its owner can look into.
class private_folder {
 public:
  explicit private_folder(const fs::path& keep) : keep_(!keep.empty()) {
    std::error_code failed;
    if (!keep_) {
      std::string name = (fs::temp_directory_path(failed) / "paperboy-demo-XXXXXX").native();
      if (failed || ::mkdtemp(name.data()) == nullptr) {
        throw demo_error("cannot make a folder in " + fs::temp_directory_path(failed).native());
      }
      path_ = name;
      return;
    }
    fs::create_directory(keep, failed);
    if (!fs::is_directory(keep, failed) || !fs::is_empty(keep, failed) ||
        ::chmod(keep.c_str(), 0700) != 0) {
      throw demo_error("--keep " + keep.native() + " is not a new or empty folder of yours");
    }
    path_ = fs::canonical(keep, failed);
  }
  private_folder(const private_folder&) = delete;
  private_folder& operator=(const private_folder&) = delete;
  ~private_folder() {
    std::error_code ignored;
    if (!keep_) fs::remove_all(path_, ignored);
  }

  const fs::path& path() const noexcept { return path_; }

 private:
  bool keep_;
  fs::path path_;
};

std::string configuration_text(const std::string& key_section, const std::string& client_key,
                               const std::string& gateways, bool readers_language) {
  return fmt::format(R"(# The installation of `paperboy demo`. Port 0 takes a free port.
[http]
listen = "127.0.0.1:0"
operator_listen = "127.0.0.1:0"

[redis]
url = "embedded:./redis"

# A real installation spreads a slot's digests over five minutes; here nobody wants to wait.
[delivery]
spread = "0s"

[log]
level = "warning"

{}
[[app]]
id = "{}"
name = "{}"
client_key = "{}"
default_locale = "en"
default_time_zone = "UTC"

[app.digest]
language = "{}"

{})",
                     key_section, app_id, app_name, client_key, readers_language ? "reader" : "any",
                     gateways);
}

void write_private(const fs::path& file, const std::string& text) {
  std::ofstream out{file, std::ios::binary};
  const bool closed = ::chmod(file.c_str(), 0600) == 0;
  out << text;
  out.close();
  if (!out || !closed) throw demo_error("cannot write " + file.native());
}

configuration loaded(const fs::path& file, const std::string& text) {
  write_private(file, text);
  // The user's own environment is about the user's own installation.
  auto read = load_configuration(file, {});
  if (const auto* wrong = std::get_if<configuration_error>(&read)) throw demo_error(wrong->text());
  return std::get<configuration>(std::move(read));
}

}  // namespace

// In the order in which they need each other: the service goes first, the folder last.
struct installation::parts {
  explicit parts(const installation_options& options)
      : folder(options.keep),
        keys((folder.path() / "gateways").native()),
        gateways(keys.options()),
        addresses(gateways.call([](auto& g) { return g.addresses(); })),
        api_key(make_api_key()),
        client_key("ck_demo_" + make_api_key().substr(8, 16)) {
    const auto section = api_key_section(
        api_key, "demo", {"items", "notifications", "topics", "subscribers", "reports"},
        {std::string{app_id}});
    auto settings = loaded(folder.path() / "paperboy.toml",
                           configuration_text(section, client_key, keys.write(addresses, bundle_id),
                                              options.readers_language));
    write_private(folder.path() / "api-key", api_key + "\n");
    set_up_log(settings.level);
    service.emplace(std::move(settings), templates::built_in(), service_roles{});
  }

  private_folder folder;
  simulators::simulator_directory keys;
  mutable simulators::simulator_thread gateways;
  simulators::simulator_addresses addresses;
  std::string api_key;
  std::string client_key;
  std::optional<running_service> service;
};

installation::installation(const installation_options& options)
    : parts_(std::make_unique<parts>(options)) {}
installation::~installation() = default;

const std::filesystem::path& installation::folder() const noexcept {
  return parts_->folder.path();
}
const std::string& installation::public_url() const noexcept {
  return parts_->service->public_url();
}
const std::string& installation::operator_url() const noexcept {
  return parts_->service->operator_url();
}
const simulators::simulator_addresses& installation::gateways() const noexcept {
  return parts_->addresses;
}
const std::string& installation::api_key() const noexcept {
  return parts_->api_key;
}
const std::string& installation::client_key() const noexcept {
  return parts_->client_key;
}

std::string installation::how_to_go_on() const {
  const auto port = [](std::string_view url) { return url.substr(url.rfind(':') + 1); };
  const auto& at = parts_->addresses;
  const auto dir = parts_->folder.path().native();
  return fmt::format(
      "\nEverything is kept in {0}. To go on from there:\n"
      "  paperboy simulate-gateways --directory {0}/gateways \\\n"
      "    --apns-port {1} --sandbox-port {2} --fcm-port {3}\n"
      "  paperboy serve --config {0}/paperboy.toml\n"
      "The newsroom's key is in {0}/api-key.\n",
      dir, port(at.apns), port(at.sandbox), port(at.fcm));
}

std::vector<simulators::received_push> installation::pushes() const {
  return parts_->gateways.call([](auto& g) { return g.all_received(); });
}

void installation::uninstall(std::string_view token) {
  parts_->gateways.call(
      [token](auto& g) { g.unregister(token, std::chrono::system_clock::now()); });
}

}  // namespace paperboy::command_line::demo

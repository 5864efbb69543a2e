#include "adapters/simulators/simulate_gateways.hpp"

#include <sys/stat.h>
#include <sysexits.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>
#include <boost/system/system_error.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "adapters/simulators/gateway_simulator.hpp"

namespace paperboy::simulators {
namespace {

namespace fs = std::filesystem;

struct cannot_write : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Whole or not at all: a client may read it at any moment.
void write_file(const fs::path& path, const std::string& text, mode_t mode) {
  const fs::path fresh = path.string() + ".new";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  const bool private_now = ::chmod(fresh.c_str(), mode) == 0;
  out << text;
  out.close();
  std::error_code error;
  fs::rename(fresh, path, error);
  if (!out || !private_now || error) throw cannot_write("cannot write " + path.string());
}

server_identity identity_in(const fs::path& directory) {
  server_identity identity{read_file(directory / "ca.pem"), read_file(directory / "server.pem"),
                           read_file(directory / "server-key.pem")};
  if (!identity.ca.empty() && !identity.certificate.empty() && !identity.private_key.empty())
    return identity;
  identity = make_server_identity();
  write_file(directory / "server-key.pem", identity.private_key, 0600);
  write_file(directory / "server.pem", identity.certificate, 0644);
  write_file(directory / "ca.pem", identity.ca, 0644);
  return identity;
}

apns_credential apns_credential_in(const fs::path& directory) {
  const fs::path file = directory / "AuthKey.p8";
  apns_credential credential = make_apns_credential();
  const std::string before = read_file(file);
  if (before.empty()) {
    write_file(file, credential.private_key, 0600);
  } else {
    credential.private_key = before;
    credential.public_key = public_key_of(before);
  }
  return credential;
}

fcm_credential fcm_credential_in(const fs::path& directory) {
  boost::system::error_code error;
  const auto before = boost::json::parse(read_file(directory / "service-account.json"), error);
  const auto* object = error ? nullptr : before.if_object();
  const auto text = [object](const char* name) {
    const auto* value = object == nullptr ? nullptr : object->if_contains(name);
    return value == nullptr || !value->is_string() ? std::string()
                                                   : std::string(value->get_string());
  };
  fcm_credential out{
      text("project_id"), text("client_email"), text("private_key_id"), text("private_key"), {}};
  if (out.project_id.empty() || out.client_email.empty() || out.private_key.empty())
    return make_fcm_credential();
  out.public_key = public_key_of(out.private_key);
  return out;
}

std::string configuration(const simulate_options& options, const gateway_simulator& simulator,
                          const apns_credential& apns, const fs::path& directory) {
  const std::string folder = directory.string() + "/";
  return "# For one [[app]] of paperboy.toml: the gateways that `paperboy simulate-gateways` "
         "runs.\n"
         "[app.apns]\ntopic = \"" +
         options.topic + "\"\nteam_id = \"" + apns.team_id + "\"\nkey_id = \"" + apns.key_id +
         "\"\nkey_file = \"" + folder + "AuthKey.p8\"\nendpoint = \"" +
         simulator.url(gateway_name::apns) + "\"\nsandbox_endpoint = \"" +
         simulator.url(gateway_name::sandbox) + "\"\nca_file = \"" + folder +
         "ca.pem\"\n\n[app.fcm]\nservice_account_file = \"" + folder +
         "service-account.json\"\nendpoint = \"" + simulator.url(gateway_name::fcm) +
         "\"\nca_file = \"" + folder + "ca.pem\"\n";
}

void run(const simulate_options& options) {
  std::error_code error;
  fs::create_directory(options.directory, error);
  const fs::path directory = fs::canonical(options.directory, error);
  if (error) throw cannot_write("cannot make the directory " + options.directory);

  const apns_credential apns = apns_credential_in(directory);
  const fcm_credential fcm = fcm_credential_in(directory);
  gateway_options o;
  o.apns_port = options.apns_port;
  o.sandbox_port = options.sandbox_port;
  o.fcm_port = options.fcm_port;
  o.identity = identity_in(directory);
  o.apns_keys = {{apns.team_id, apns.key_id, apns.public_key, {}, true, true, {}}};
  o.fcm_projects = {{fcm.project_id, fcm.client_email, fcm.public_key, true, true}};
  o.latency = options.latency;
  o.latency_jitter = options.latency_jitter;
  o.faults = options.faults;
  o.log_file = options.log_file;
  o.received_limit = 0;

  boost::asio::io_context io(1);
  gateway_simulator simulator(io, std::move(o));
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&simulator](const boost::system::error_code&, int) { simulator.stop(); });
  write_file(directory / "service-account.json", service_account_json(fcm, simulator.token_uri()),
             0600);
  write_file(directory / "gateways.toml", configuration(options, simulator, apns, directory), 0644);
  std::printf("ready apns=%s sandbox=%s fcm=%s directory=%s\n",
              simulator.url(gateway_name::apns).c_str(),
              simulator.url(gateway_name::sandbox).c_str(),
              simulator.url(gateway_name::fcm).c_str(), directory.c_str());
  std::fflush(stdout);
  io.run();
}

}  // namespace

int run_simulate_gateways(const simulate_options& options) {
  try {
    run(options);
    return EX_OK;
  } catch (const cannot_write& error) {
    std::fprintf(stderr, "paperboy: %s\n", error.what());
    return EX_CANTCREAT;
  } catch (const boost::system::system_error& error) {
    std::fprintf(stderr, "paperboy: cannot listen: %s\n", error.code().message().c_str());
    return EX_UNAVAILABLE;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "paperboy: %s\n", error.what());
    return EX_CANTCREAT;
  }
}

}  // namespace paperboy::simulators

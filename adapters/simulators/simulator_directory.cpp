#include "adapters/simulators/simulator_directory.hpp"

#include <sys/stat.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace paperboy::simulators {
namespace {

namespace fs = std::filesystem;

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
  if (!out || !private_now || error) throw std::runtime_error("cannot write " + path.string());
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

std::string made(const std::string& path) {
  std::error_code error;
  fs::create_directory(path, error);
  const fs::path out = fs::canonical(path, error);
  if (error || !fs::is_directory(out, error))
    throw std::runtime_error("cannot make the directory " + path);
  return out.string();
}

}  // namespace

simulator_directory::simulator_directory(const std::string& path)
    : path_(made(path)),
      identity_(identity_in(path_)),
      apns_(apns_credential_in(path_)),
      fcm_(fcm_credential_in(path_)) {}

gateway_options simulator_directory::options() const {
  gateway_options out;
  out.identity = identity_;
  out.apns_keys = {{apns_.team_id, apns_.key_id, apns_.public_key, {}, true, true, {}}};
  out.fcm_projects = {{fcm_.project_id, fcm_.client_email, fcm_.public_key, true, true}};
  return out;
}

std::string simulator_directory::write(const simulator_addresses& addresses,
                                       std::string_view topic) const {
  const auto line = [](std::string_view key, std::string_view value) {
    return std::string(key) + " = \"" + std::string(value) + "\"\n";
  };
  const fs::path folder = path_;
  const std::string ca_file = line("ca_file", (folder / "ca.pem").string());
  const std::string account = (folder / "service-account.json").string();
  const std::string text =
      "[app.apns]\n" + line("topic", topic) + line("team_id", apns_.team_id) +
      line("key_id", apns_.key_id) + line("key_file", (folder / "AuthKey.p8").string()) +
      line("endpoint", addresses.apns) + line("sandbox_endpoint", addresses.sandbox) + ca_file +
      "\n[app.fcm]\n" + line("service_account_file", account) + line("endpoint", addresses.fcm) +
      ca_file;
  write_file(account, service_account_json(fcm_, addresses.fcm + "/token"), 0600);
  write_file(folder / "gateways.toml", text, 0644);
  return text;
}

}  // namespace paperboy::simulators

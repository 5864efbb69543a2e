#pragma once

#include <string>
#include <string_view>

#include "adapters/simulators/options.hpp"

namespace paperboy::simulators {

// Where a simulator listens, as URLs.
struct simulator_addresses {
  std::string apns, sandbox, fcm;
};

// A folder with what Paperboy needs to speak to one: ca.pem, AuthKey.p8, service-account.json
// and gateways.toml; and with the simulator's own server.pem and server-key.pem. Private keys have
// mode 0600. What is there already is used again, so that a restart is one for its clients too.
class simulator_directory {
 public:
  // Makes the folder, but not its parent, and the keys. Throws std::runtime_error with a sentence
  // when a file cannot be written or an existing key not be read.
  explicit simulator_directory(const std::string& path);

  const std::string& path() const noexcept { return path_; }  // absolute
  const apns_credential& apns() const noexcept { return apns_; }
  const fcm_credential& fcm() const noexcept { return fcm_; }

  // Options with this identity, key and project; the rest as by default.
  gateway_options options() const;

  // Writes service-account.json and gateways.toml for these addresses. Returns the text of the
  // latter: the tables [app.apns] and [app.fcm] for an [[app]], with absolute paths.
  std::string write(const simulator_addresses& addresses, std::string_view topic) const;

 private:
  std::string path_;
  server_identity identity_;
  apns_credential apns_;
  fcm_credential fcm_;
};

}  // namespace paperboy::simulators

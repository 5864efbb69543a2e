#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "adapters/net/gateway_connections.hpp"

namespace paperboy::fcm {

// What is needed of the JSON file that Google hands out for a service account.
struct service_account {
  std::string project_id;
  std::string client_email;
  std::string private_key;     // PKCS#8 RSA in PEM
  std::string private_key_id;  // may be empty
  std::string token_uri;       // https
};

// net::credential_error says which member is missing or wrong, without its value.
service_account read_service_account(std::string_view json);

struct settings {
  service_account account;
  std::string endpoint = "https://fcm.googleapis.com";
  std::string ca_file;  // for token_uri too; empty: the system's roots

  std::size_t most_under_way = 65536;  // pushes that have no answer yet
  net::connection_settings connections = default_connections();

  // A hundred streams, for FCM ends a connection at the next ("exceeded_max_concurrent_streams");
  // no PING, for it ends those too ("too_many_pings"); below an hour of age ("max_age"). Its own
  // limit for a request is about five seconds, so twelve seconds of silence are a dead link.
  static net::connection_settings default_connections() {
    net::connection_settings c;
    c.session.assumed_streams = 100;
    c.session.most_streams = 100;
    c.session.ping_after = std::chrono::milliseconds{0};
    c.session.silence_limit = std::chrono::milliseconds{12000};
    c.most_connections = 8;
    c.pace.max_age = std::chrono::minutes{55};
    return c;
  }
};

}  // namespace paperboy::fcm

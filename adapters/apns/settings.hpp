#pragma once

#include <cstddef>
#include <string>

#include "adapters/net/gateway_connections.hpp"

namespace paperboy::apns {

struct settings {
  std::string topic;        // the app's bundle id
  std::string team_id;      // ten characters, the token's `iss`
  std::string key_id;       // ten characters, the token's `kid`
  std::string private_key;  // the .p8 file's content: P-256 in PEM
  std::string endpoint = "https://api.push.apple.com";
  std::string sandbox_endpoint = "https://api.sandbox.push.apple.com";
  std::string ca_file;  // empty: the system's roots

  std::size_t most_under_way = 65536;  // pushes that have no answer yet
  net::connection_settings connections = default_connections();

  // One stream until Apple says more, which it does after the first accepted token; a PING after
  // ten seconds of silence; connections live for hours ("Sending notification requests to APNs").
  static net::connection_settings default_connections() {
    net::connection_settings c;
    c.session.assumed_streams = 1;
    c.session.most_streams = 1000;
    return c;
  }
};

}  // namespace paperboy::apns

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/redis/url.hpp"
#include "core/domain/preferences.hpp"

namespace paperboy::command_line {

// Numeric host without brackets, port 0 for "any free one".
struct listen_address {
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const listen_address&, const listen_address&) = default;
};
std::string to_text(const listen_address& a);

using sha256_digest = std::array<std::uint8_t, 32>;

struct http_settings {
  listen_address listen{"127.0.0.1", 8080};
  listen_address operator_listen{"127.0.0.1", 8081};
  std::optional<sha256_digest> operator_token_sha256;
  std::filesystem::path tls_certificate;  // both or neither; the pair belongs together
  std::filesystem::path tls_private_key;
  std::vector<std::string> trusted_proxies;  // addresses and CIDR ranges, checked
  std::uint32_t max_connections = 10'000;    // of all clients together, on the public listener
};

struct redis_settings {
  // With absolute paths; embedded in the folder `data` beside the file unless told otherwise. Holds
  // a password: only its to_text() may be shown.
  redis::url url;
  std::uint32_t shards = 16;
};

struct delivery_settings {
  std::chrono::seconds spread{std::chrono::minutes{5}};
  std::chrono::seconds deadline{std::chrono::hours{4}};
  std::uint32_t window = 64;
  std::chrono::seconds lease{30};
  std::chrono::seconds apns_server_error_retry{std::chrono::minutes{15}};
};

struct limit_settings {
  std::uint32_t registrations_per_minute_per_address = 60;
  std::uint32_t failed_credentials_per_minute_per_address = 10;
};

struct retention_settings {
  std::chrono::seconds items{std::chrono::days{14}};     // after an item was published or changed
  std::chrono::seconds editions{std::chrono::days{30}};  // how long a phone can open a digest
  std::chrono::seconds runs{std::chrono::days{30}};      // the list of runs and their numbers
  std::chrono::seconds reasons{std::chrono::days{30}};   // why a subscriber got no digest
};

struct template_settings {
  std::filesystem::path directory;  // of *.properties over the built-in words; empty: none
};

enum class log_level : std::uint8_t { debug, info, warning, error };

struct api_key_settings {
  std::string name;
  sha256_digest sha256{};
  std::set<std::string, std::less<>> scopes;  // items, notifications, topics, subscribers, reports
  std::set<std::string, std::less<>> apps;
};

struct apns_settings {
  std::string topic;
  std::string team_id;
  std::string key_id;
  std::filesystem::path key_file;
  std::string key_pem;  // what the file held when it was checked: a P-256 private key; secret
  std::string endpoint = "https://api.push.apple.com";
  std::string sandbox_endpoint = "https://api.sandbox.push.apple.com";
  std::filesystem::path ca_file;  // empty: the system's roots
};

struct fcm_settings {
  std::filesystem::path service_account_file;
  std::string service_account_json;  // what the file held when it was checked; secret
  std::string project_id;
  std::string token_uri;
  std::string endpoint = "https://fcm.googleapis.com";
  std::uint32_t quota_per_minute = 600'000;  // of the project, in messages; 0: no limit
  std::filesystem::path ca_file;  // also for token_uri; empty: the system's roots
};

struct feed_settings {
  std::string url;
  std::vector<std::string> topics;
  std::chrono::seconds every{std::chrono::minutes{5}};
};

struct identity_settings {
  std::string issuer;
  std::string audience;
  std::string jwks_url;  // exactly one of the two
  std::filesystem::path jwks_file;
};

struct app_settings {
  std::string id;
  std::string name;  // the id where none is given
  std::string client_key;
  std::vector<std::string> link_hosts;  // lower case; empty: any https host
  digest_defaults digest;               // with default_locale and default_time_zone
  std::optional<apns_settings> apns;
  std::optional<fcm_settings> fcm;
  std::optional<identity_settings> identity;
  std::vector<feed_settings> feeds;
};

// paperboy.toml, checked: every value is in its range, every file named exists and holds what it
// should. Paths are absolute.
struct configuration {
  std::filesystem::path file;  // as it was named
  http_settings http;
  redis_settings redis;
  delivery_settings delivery;
  limit_settings limits;
  retention_settings retention;
  template_settings templates;
  log_level level = log_level::info;
  std::vector<api_key_settings> api_keys;
  std::vector<app_settings> apps;  // at least one

  const app_settings* app(std::string_view id) const noexcept;
};

// The first thing wrong. No part of it ever repeats a credential.
struct configuration_error {
  std::string file;
  int line = 0;          // 0: no line of the file is to blame
  std::string variable;  // the environment variable that gave the value, else empty
  std::string key;       // "[http] listen"; empty: the file as a whole
  std::string wrong;     // "\"80800\" is not an address and port"
  std::string remedy;    // "write for example \"127.0.0.1:8080\""

  // One line: `paperboy.toml:12: [http] listen: … is not …; write …`. A variable takes the place of
  // file and line.
  std::string text() const;
};

// Name and value of each variable that begins with PAPERBOY_.
using environment_variables = std::vector<std::pair<std::string, std::string>>;
environment_variables paperboy_variables(const char* const* environ_block);

// At most 1 MiB of TOML 1.0 with the keys of ops/paperboy.toml. Every value can be overridden by a
// variable: PAPERBOY_HTTP__LISTEN, with an index for the n-th [[table]]
// (PAPERBOY_APP__0__CLIENT_KEY) and commas between the members of a list. An unknown key or
// variable is refused.
std::variant<configuration, configuration_error> load_configuration(
    const std::filesystem::path& file, const environment_variables& variables);

}  // namespace paperboy::command_line

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "adapters/simulators/credentials.hpp"
#include "adapters/simulators/fault.hpp"

namespace paperboy::simulators {

struct received_push;

// A signing key that Apple would know.
struct apns_key {
  std::string team_id;
  std::string key_id;
  std::string public_key;           // PEM; a private key does as well
  std::vector<std::string> topics;  // bundle ids; empty: every topic of the team
  bool production = true;
  bool sandbox = true;
  std::string relation;  // keys of one team with the same text may share a connection; see A26
};

struct fcm_project {
  std::string project_id;
  std::string client_email;
  std::string public_key;     // PEM; a private key does as well
  bool may_send = true;       // has cloudmessaging.messages.create
  bool apns_key_good = true;  // false: pushes to Apple devices are THIRD_PARTY_AUTH_ERROR
};

// Defaults are what the real gateways do, as far as that is known; every number that is not
// documented is here so that it can be another.
struct gateway_options {
  // Where to listen: loopback only, 0 takes a free port.
  std::uint16_t apns_port = 0;
  std::uint16_t sandbox_port = 0;
  std::uint16_t fcm_port = 0;

  server_identity identity;  // empty: made at start
  std::vector<apns_key> apns_keys;
  std::vector<fcm_project> fcm_projects;

  bool accept_any_authorization = false;  // benches: no JWT and no access token is looked at
  bool accept_any_device = true;          // well-formed tokens are phones; false: only those added
  bool strict_jwt = false;                // base64url without padding and r||s only
  std::size_t shortest_fcm_token = 20;    // characters

  std::chrono::milliseconds latency{0};
  std::chrono::milliseconds latency_jitter{0};  // added to it, evenly from nothing to this
  std::uint64_t seed = 1;                       // of everything that happens by chance
  std::vector<fault> faults;

  // APNs.
  std::uint32_t apns_first_stream_limit = 1;
  std::uint32_t apns_stream_limit = 1000;
  over_limit apns_when_over_limit = over_limit::refuse;
  bool apns_reset_twice = false;              // A34
  std::string apns_goaway_at_start;           // A36: its debug data; empty: none
  std::uint32_t header_table_size = 4096;     // A40, FCM too
  std::uint32_t initial_window_size = 65535;  // A39, FCM too
  std::chrono::seconds jwt_lifetime{3600};
  std::chrono::seconds jwt_future_tolerance{300};
  std::chrono::seconds jwt_update_interval{20 * 60};  // of one connection
  bool freeze_after_expired_jwt = false;              // A23's wedged connection
  bool suffix_must_match_push_type = true;            // A13
  std::uint32_t rejections_before_throttle =
      0;                                       // A33: then one stream until the next 200; 0: never
  std::uint32_t bad_tokens_before_goaway = 0;  // A33; 0: never
  std::uint32_t device_limit = 0;              // pushes to one token in device_window; 0: any
  std::chrono::milliseconds device_window{1000};

  // FCM and OAuth.
  std::uint32_t fcm_stream_limit = 100;
  std::uint32_t fcm_pings_allowed = 2;
  bool fcm_ping_after_answer = true;
  std::uint64_t fcm_project_quota = 0;  // messages a project and minute; 0: any number
  std::string fcm_quota_retry_after;    // the 429's Retry-After; empty: none
  std::chrono::seconds access_token_lifetime{3599};

  // Both; 0: none. The real ones: hours and an hour, unknown and four minutes.
  std::chrono::milliseconds connection_maximum_age{0};
  std::chrono::milliseconds connection_idle_limit{0};

  // What is kept of the pushes.
  std::size_t received_limit = 100'000;  // pushes kept in memory; beyond, only counted; 0: none
  std::string log_file;                  // NDJSON, appended; empty: none
  // Called for each push on the simulator's thread, before its answer; may not throw.
  std::function<void(const received_push&)> on_push;
  // Android channels that make no sound; a phone's owner and app decide this, not the gateway.
  std::vector<std::string> silent_channels{"paperboy_quiet"};

  std::function<std::chrono::system_clock::time_point()> now;  // empty: the system's clock
};

}  // namespace paperboy::simulators

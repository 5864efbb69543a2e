#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "adapters/net/bearer_token.hpp"
#include "adapters/net/json_web_token.hpp"

namespace paperboy::apns {

// A moment on both clocks: Apple checks the wall's, intervals are measured on the other.
struct moment {
  std::chrono::system_clock::time_point wall;
  std::chrono::steady_clock::time_point steady;

  static moment now() {
    return {std::chrono::system_clock::now(), std::chrono::steady_clock::now()};
  }
};

// Signs Apple's provider tokens for one team and key: one at a time, shared by every thread and
// connection. Apple refuses tokens older than an hour, and treats more than one token in twenty
// minutes as an attack on itself ("Establishing a token-based connection to APNs").
class provider_token_minter {
 public:
  static constexpr std::chrono::minutes renewal_age{50};
  static constexpr std::chrono::minutes least_interval{20};

  // net::credential_error when `private_key` is no P-256 key.
  provider_token_minter(std::string_view team_id, std::string_view key_id,
                        std::string_view private_key);

  // The token to send. Another than before when that one is fifty minutes old by either clock, or
  // from the future because the clock was set back; but never within twenty minutes of the last.
  std::shared_ptr<const net::bearer_token> current(const moment& now);

  // Apple said that the token of this generation is expired. Mints another unless the last one is
  // younger than twenty minutes, or was minted since. Whether there is a newer one now.
  bool expired(std::uint64_t generation, const moment& now);

  // Another key of the team: a token of it is minted at once. The same key again changes nothing.
  void replace_key(std::string_view key_id, std::string_view private_key, const moment& now);

 private:
  bool stale(const moment& now) const;
  void mint(const moment& now);

  std::mutex mutex_;
  std::string team_id_;
  std::string key_id_;
  std::string private_key_;
  net::token_signer signer_;
  std::shared_ptr<const net::bearer_token> token_;
  moment minted_;
};

// The minters of a process: apps that share a team and key share one.
class provider_tokens {
 public:
  std::shared_ptr<provider_token_minter> of(std::string_view team_id, std::string_view key_id,
                                            std::string_view private_key);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<provider_token_minter>> minters_;
};

}  // namespace paperboy::apns

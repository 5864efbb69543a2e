#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "adapters/fcm/settings.hpp"
#include "adapters/net/bearer_token.hpp"
#include "adapters/net/tls.hpp"

namespace boost::asio {
class io_context;
}

namespace paperboy::fcm {

struct access_token_limits {
  std::chrono::seconds renew_before{5 * 60};  // of the end; but never before half of the life
  std::chrono::milliseconds request_limit{10000};
  std::chrono::milliseconds first_back_off{1000};
  std::chrono::milliseconds longest_back_off{60000};
};

// Google's OAuth 2.0 access token for a service account (RFC 7523: a signed assertion for a token).
// Fetched when first asked for, and again before it ends; the old one serves until the new one is
// there; never more than one fetch at a time. Belongs to the thread of its io_context.
class access_token {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // `changed` is called from the loop when a token has come, or none will: see refused().
  // net::credential_error for a token_uri that is no https URL or a key that is none.
  access_token(boost::asio::io_context& context, const service_account& account,
               net::tls_context tls, access_token_limits limits, std::function<void()> changed);
  ~access_token();  // a fetch under way ends unheard
  access_token(const access_token&) = delete;
  access_token& operator=(const access_token&) = delete;

  // The token to send now, or nullptr when there is none; begins to fetch one when it is time.
  std::shared_ptr<const net::bearer_token> current(time_point now);

  // FCM refused the token of this generation: it is not used again. Later generations stay.
  void refused_by_gateway(std::uint64_t generation);

  // Google refused the assertion (invalid_grant and its like): the key or account is wrong, or the
  // clock is. There are no more attempts until replace().
  bool refused() const noexcept;

  void replace(const service_account& account);

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace paperboy::fcm

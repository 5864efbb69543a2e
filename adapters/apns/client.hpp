#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/apns/provider_token.hpp"
#include "adapters/apns/settings.hpp"
#include "adapters/net/gateway_connections.hpp"
#include "core/ports/gateway.hpp"

namespace boost::asio {
class io_context;
}

namespace paperboy::apns {

// Apple Push Notification service for one app, production and sandbox, over its HTTP/2 provider API
// with token authentication ("Sending notification requests to APNs"). Belongs to the thread of its
// io_context; only the minter is shared.
class client final : public gateway {
 public:
  // Throws net::tls_error or net::credential_error for settings that cannot work.
  client(boost::asio::io_context& context, settings s,
         std::shared_ptr<provider_token_minter> tokens);
  // Closes the connections. Pushes without an answer get none.
  ~client() override;
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  std::shared_ptr<const prepared_message> prepare(const notification& n) override;
  void send(const push& p, answer_sink& sink) override;
  std::string payload(const notification& n, std::string_view token, const message_id& id,
                      std::chrono::seconds time_to_live) const override;

  // Three refusals of the credential in a row, by answers that no new token could have bettered.
  bool credential_stopped() const noexcept override;

  // The operator has put another key in place, which `tokens` signs with: opens new connections and
  // tries again.
  void credentials_replaced(std::shared_ptr<provider_token_minter> tokens);

  std::size_t under_way() const noexcept;
  const net::connection_counts& counts(environment where) const noexcept;
  std::size_t connections(environment where) const noexcept;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace paperboy::apns

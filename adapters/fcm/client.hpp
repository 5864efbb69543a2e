#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/fcm/access_token.hpp"
#include "adapters/fcm/settings.hpp"
#include "adapters/net/gateway_connections.hpp"
#include "core/ports/gateway.hpp"

namespace boost::asio {
class io_context;
}

namespace paperboy::fcm {

// Firebase Cloud Messaging for one project, HTTP v1 over HTTP/2. Belongs to the thread of its
// io_context, access token included.
//
// While there is no access token pushes wait, and end as not_processed when none comes. A 401 that
// means the token drops it; the answer is handed over all the same, and the caller's next attempt
// waits for the new one.
class client final : public gateway {
 public:
  // Throws net::tls_error or net::credential_error for settings that cannot work.
  client(boost::asio::io_context& context, settings s, access_token_limits limits = {});
  // Closes the connections. Pushes without an answer get none.
  ~client() override;
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  std::shared_ptr<const prepared_message> prepare(const notification& n) override;
  void send(const push& p, answer_sink& sink) override;
  std::string payload(const notification& n, std::string_view token, const message_id& id,
                      std::chrono::seconds time_to_live) const override;

  // Google refuses the service account, or FCM three of its tokens or its permission in a row.
  bool credential_stopped() const noexcept override;

  // The operator has put another account in place, of the same project.
  void credentials_replaced(const service_account& account);

  std::size_t under_way() const noexcept;
  const net::connection_counts& counts() const noexcept;
  std::size_t connections() const noexcept;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace paperboy::fcm

#pragma once

#include <map>
#include <memory>
#include <string>

#include "adapters/apns/provider_token.hpp"
#include "adapters/command_line/configuration.hpp"
#include "core/flows/outbox.hpp"
#include "core/ports/metrics.hpp"

namespace boost::asio {
class io_context;
}
namespace paperboy::apns {
class client;
}
namespace paperboy::fcm {
class client;
}

namespace paperboy::command_line {

// The gateways of every app, on one thread's loop. Provider tokens are shared by all threads.
class app_gateway_set {
 public:
  // Throws net::tls_error or net::credential_error, which say what is wrong with a file.
  app_gateway_set(boost::asio::io_context& loop, const configuration& c,
                  apns::provider_tokens& tokens);
  ~app_gateway_set();

  // What the flows know of each app. Stays where it is.
  const std::map<std::string, app_context>& apps() const noexcept { return apps_; }

  // SIGHUP: signs with what the files hold now.
  void reload(const configuration& c, apns::provider_tokens& tokens);

  // From now on brings what the connections do into the numbers, once a second.
  void show_connections(boost::asio::io_context& loop, metrics& numbers);

 private:
  struct shown_connections;

  std::map<std::string, std::unique_ptr<apns::client>> apns_;
  std::map<std::string, std::unique_ptr<fcm::client>> fcm_;
  std::map<std::string, app_context> apps_;
  std::unique_ptr<shown_connections> shown_;
};

}  // namespace paperboy::command_line

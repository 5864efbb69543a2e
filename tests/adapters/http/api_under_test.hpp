#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/http/exchange.hpp"
#include "adapters/http/handlers/api.hpp"
#include "adapters/http/metrics_registry.hpp"
#include "tests/core/fakes/fake_newsroom.hpp"
#include "tests/core/fakes/fake_notification_desk.hpp"
#include "tests/core/fakes/fake_roster.hpp"
#include "tests/core/fakes/fake_run_book.hpp"
#include "tests/core/fakes/plain_fakes.hpp"

namespace paperboy::http::testing {

// What was answered, and the means to look into it.
struct spoken {
  unsigned status = 0;
  std::string content_type;
  std::string body;
  std::map<std::string, std::string> headers;

  boost::json::value json() const;  // throws if the body is none
  // The value at a JSON pointer, as JSON text; "-" where there is none.
  std::string at(std::string_view pointer) const;
  std::string slug() const;  // of a problem's type
  // "pointer code, pointer code, …" of a problem's errors.
  std::string errors() const;
};

struct asked {
  std::string method;
  std::string target;
  std::string credential;
  std::string body = {};
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// The public interface on ports in memory: everything of the server but its sockets. Two apps,
// "anewz" and "other"; keys with every scope for each.
class api_under_test {
 public:
  api_under_test();

  // Fails the test where the exchange is not what the OpenAPI document says.
  spoken ask(const asked& a);
  // Asks all of them before any is answered; `when_idle` runs once none goes on by itself.
  std::vector<spoken> ask_together(const std::vector<asked>& all,
                                   const std::function<void()>& when_idle);
  spoken get(const std::string& target, const std::string& credential) {
    return ask({"GET", target, credential});
  }
  // Registers an ios device with that token at "anewz" and keeps its answer.
  spoken register_ios(const std::string& token, const std::string& more = {});
  // The credential of a newly registered device.
  std::string device(const std::string& token = std::string(64, 'a'), const std::string& more = {});

  static constexpr std::string_view client_key = "ck_anewz_0123456789abcdef";
  static constexpr std::string_view other_client_key = "ck_other_0123456789abcdef";
  static constexpr std::string_view api_key = "pk_live_all_scopes_0123456789";
  static constexpr std::string_view other_api_key = "pk_live_other_app_0123456789";

  paperboy::testing::fake_roster people;
  paperboy::testing::fake_newsroom news;
  paperboy::testing::fake_run_book runs;
  paperboy::testing::fake_notification_desk desk;
  paperboy::testing::fake_history history;
  paperboy::testing::fake_audience audience;
  paperboy::testing::fake_gateway apns;
  paperboy::testing::fake_gateway fcm;
  paperboy::testing::fake_seal installation;
  device_credentials credentials{installation};
  templates words = templates::built_in();
  app_directory apps;
  instant now;

  // Every answer so far, for what must stand in none of them.
  std::string heard;

 private:
  // A request on its way, and what came of it.
  struct conversation;

  api_parts parts();
  void begin(const asked& a, conversation& c);
  spoken end(conversation& c);

  boost::asio::io_context loop_{1};
  metrics_registry numbers_;
  handlers handlers_;
  minute_limit failures_{"credentials", 1'000'000};
  minute_limit registrations_{"registrations", 1'000'000};
  std::optional<authentication> authentication_;
  std::optional<dispatcher> dispatcher_;
};

}  // namespace paperboy::http::testing

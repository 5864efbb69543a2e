#include "adapters/command_line/gateways.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <vector>

#include "adapters/apns/client.hpp"
#include "adapters/command_line/connection_numbers.hpp"
#include "adapters/fcm/client.hpp"

namespace paperboy::command_line {
namespace {

constexpr std::chrono::seconds show_every{1};

}  // namespace

struct app_gateway_set::shown_connections {
  explicit shown_connections(boost::asio::io_context& loop) : timer(loop) {}

  void show() {
    for (const auto& report : reports) report();
    timer.expires_after(show_every);
    timer.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled) show();
    });
  }

  boost::asio::steady_timer timer;
  std::vector<std::function<void()>> reports;
};

app_gateway_set::app_gateway_set(boost::asio::io_context& loop, const configuration& c,
                                 apns::provider_tokens& tokens) {
  for (const app_settings& app : c.apps) {
    app_context& context = apps_[app.id];
    context.id = app.id;
    context.defaults = app.digest;
    if (app.apns) {
      apns::settings s;
      s.topic = app.apns->topic;
      s.team_id = app.apns->team_id;
      s.key_id = app.apns->key_id;
      s.private_key = app.apns->key_pem;
      s.endpoint = app.apns->endpoint;
      s.sandbox_endpoint = app.apns->sandbox_endpoint;
      s.ca_file = app.apns->ca_file.string();
      auto minter = tokens.of(s.team_id, s.key_id, s.private_key);
      auto& made = apns_[app.id];
      made = std::make_unique<apns::client>(loop, std::move(s), std::move(minter));
      context.gateways.apns = made.get();
    }
    if (app.fcm) {
      fcm::settings s;
      s.account = fcm::read_service_account(app.fcm->service_account_json);
      s.endpoint = app.fcm->endpoint;
      s.ca_file = app.fcm->ca_file.string();
      auto& made = fcm_[app.id];
      made = std::make_unique<fcm::client>(loop, std::move(s));
      context.gateways.fcm = made.get();
      context.fcm_project = app.fcm->project_id;
      context.fcm_quota_per_minute = app.fcm->quota_per_minute;
    }
  }
}

app_gateway_set::~app_gateway_set() = default;

void app_gateway_set::show_connections(boost::asio::io_context& loop, metrics& numbers) {
  shown_ = std::make_unique<shown_connections>(loop);
  auto& reports = shown_->reports;
  for (const auto& [app, client] : apns_) {
    for (const environment where : {environment::production, environment::sandbox}) {
      const char* const gateway = where == environment::sandbox ? "apns_sandbox" : "apns";
      reports.emplace_back([way = client.get(), where,
                            shown = connection_numbers(numbers, app, gateway)]() mutable {
        shown.report(way->counts(where), way->connections(where));
      });
    }
  }
  for (const auto& [app, client] : fcm_) {
    reports.emplace_back(
        [way = client.get(), shown = connection_numbers(numbers, app, "fcm")]() mutable {
          shown.report(way->counts(), way->connections());
        });
  }
  shown_->show();
}

void app_gateway_set::reload(const configuration& c, apns::provider_tokens& tokens) {
  for (const app_settings& app : c.apps) {
    if (const auto known = apns_.find(app.id); known != apns_.end() && app.apns) {
      known->second->credentials_replaced(
          tokens.of(app.apns->team_id, app.apns->key_id, app.apns->key_pem));
    }
    if (const auto known = fcm_.find(app.id); known != fcm_.end() && app.fcm) {
      known->second->credentials_replaced(
          fcm::read_service_account(app.fcm->service_account_json));
    }
  }
}

}  // namespace paperboy::command_line

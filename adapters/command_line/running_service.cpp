#include "adapters/command_line/running_service.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "adapters/apns/provider_token.hpp"
#include "adapters/command_line/exit_status.hpp"
#include "adapters/command_line/gateways.hpp"
#include "adapters/command_line/last_words.hpp"
#include "adapters/command_line/sender_thread.hpp"
#include "adapters/command_line/storage.hpp"
#include "adapters/command_line/watchdog.hpp"
#include "adapters/http/handlers/api.hpp"
#include "adapters/http/listener.hpp"
#include "adapters/http/operator_handlers.hpp"
#include "adapters/net/json_web_token.hpp"
#include "adapters/net/seal.hpp"
#include "adapters/redis/audience.hpp"
#include "adapters/redis/client.hpp"
#include "adapters/redis/installation.hpp"
#include "adapters/redis/newsroom_store.hpp"
#include "adapters/redis/notification_store.hpp"
#include "adapters/redis/roster_store.hpp"
#include "adapters/redis/run_book_store.hpp"
#include "core/domain/credential.hpp"
#include "core/flows/careful_trials.hpp"
#include "core/wall_time.hpp"

namespace paperboy::command_line {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds drain_limit{10};

http::scope scope_of(std::string_view word) {
  for (const auto s : {http::scope::items, http::scope::notifications, http::scope::topics,
                       http::scope::subscribers, http::scope::reports}) {
    if (http::to_text(s) == word) return s;
  }
  return http::scope::none;
}

http::known_credentials credentials_of(const configuration& c, const device_credentials& devices) {
  http::known_credentials known;
  for (const auto& key : c.api_keys) {
    http::known_api_key k{key.name, key.sha256, {}, {key.apps.begin(), key.apps.end()}};
    for (const auto& word : key.scopes) k.scopes.push_back(scope_of(word));
    known.api_keys.push_back(std::move(k));
  }
  for (const auto& app : c.apps) known.client_keys.push_back({app.id, app.client_key});
  known.operator_token = c.http.operator_token_sha256;
  known.devices = &devices;
  return known;
}

app_directory directory_of(const configuration& c, const app_gateway_set& gateways) {
  app_directory apps;
  for (const auto& app : c.apps) {
    apps[app.id] = {gateways.apps().at(app.id), app.link_hosts};
  }
  return apps;
}

asio::ip::tcp::endpoint endpoint_of(const listen_address& a) {
  return {asio::ip::make_address(a.host), a.port};
}

net::tls_context tls_of(const configuration& c) {
  if (c.http.tls_certificate.empty()) return {};
  const net::application_protocol http1[] = {net::application_protocol::http1};
  return net::tls_server(c.http.tls_certificate.string(), c.http.tls_private_key.string(), http1);
}

// A new key under the name of an old one. A minter that signs with the same key already mints no
// other token, so that a reload that changes nothing costs nothing.
void renew_keys(const configuration& fresh, apns::provider_tokens& tokens) {
  for (const auto& app : fresh.apps) {
    if (!app.apns) continue;
    tokens.of(app.apns->team_id, app.apns->key_id, app.apns->key_pem)
        ->replace_key(app.apns->key_id, app.apns->key_pem, apns::moment::now());
  }
}

// What is in doubt after a kill is bounded for the process, however many workers it has.
std::uint32_t share_of(std::uint32_t window, std::uint32_t worker, std::uint32_t workers) noexcept {
  return window / workers + (worker < window % workers ? 1 : 0);
}

std::string url_of(const char* scheme, const asio::ip::tcp::endpoint& at) {
  std::string host = at.address().to_string();
  if (at.address().is_v6()) host = '[' + host + ']';
  return std::string(scheme) + "://" + host + ':' + std::to_string(at.port());
}

}  // namespace

// The API on one thread, with everything its handlers work with.
struct api_side {
  api_side(asio::io_context& loop, const configuration& c, storage& store, const seal& s,
           const templates& w, apns::provider_tokens& tokens, http::metrics_registry& numbers)
      : people(store.client(), {c.redis.shards, now_wall}),
        news(store.client(), {c.retention.items, c.retention.editions}),
        runs(store.client(), {c.redis.shards, c.retention.runs}),
        notes(store.client(), {c.redis.shards, c.retention.runs}),
        survey(store.client(), {c.redis.shards}),
        gateways(loop, c, tokens),
        apps(directory_of(c, gateways)),
        devices(s),
        words(w),
        registrations("registrations", c.limits.registrations_per_minute_per_address),
        failures("failures", c.limits.failed_credentials_per_minute_per_address),
        credentials(credentials_of(c, devices), failures),
        connections(c.http.max_connections, 64),
        operator_connections(256, 256),
        open_service{http::audience::open, bound, credentials, registrations, numbers},
        operator_service{http::audience::operators, bound, credentials, registrations, numbers} {
    http::bind_handlers(
        bound, {people, news, runs, notes, notes, survey, devices, s, words, apps, now_wall});
    http::bind_openapi(bound);
    http::bind_operator_handlers(bound, numbers, [&store] { return ready(store); });
    for (const auto& range : c.http.trusted_proxies) {
      if (const auto parsed = http::parse_range(range)) {
        open_service.trusted_proxies.push_back(*parsed);
      }
    }
  }

  static task<std::optional<std::string>> ready(storage& store) {
    std::string problem = co_await store.problem();
    if (problem.empty()) co_return std::nullopt;
    co_return problem;
  }

  redis::roster_store people;
  redis::newsroom_store news;
  redis::run_book_store runs;
  redis::notification_store notes;
  redis::audience_store survey;
  app_gateway_set gateways;  // write previews; nothing is sent
  app_directory apps;
  device_credentials devices;
  templates words;
  http::minute_limit registrations;
  http::minute_limit failures;
  http::authentication credentials;
  http::connection_limit connections;
  http::connection_limit operator_connections;
  http::handlers bound;
  http::service open_service;
  http::service operator_service;
  std::optional<http::listener> open_listener;
  std::optional<http::listener> operator_listener;
};

struct running_service::parts {
  parts(configuration c, templates w, service_roles r)
      : settings(std::move(c)), words(std::move(w)), roles(r), store(loop, settings.redis) {}

  // Runs `work` on the loop's thread and hands over what it throws.
  void on_loop(task<void> work) {
    asio::co_spawn(loop, std::move(work), asio::use_future).get();
  }

  task<void> open() {
    co_await store.open(numbers);
    installation.emplace(store.installation().secret);
    if (!roles.api) co_return;
    try {
      api.emplace(loop, settings, store, *installation, words, tokens, numbers);
      http::listener_settings open_settings{endpoint_of(settings.http.listen)};
      open_settings.tls = tls_of(settings);
      api->open_listener.emplace(loop.get_executor(), open_settings, api->open_service,
                                 api->connections);
      api->operator_listener.emplace(
          loop.get_executor(), http::listener_settings{endpoint_of(settings.http.operator_listen)},
          api->operator_service, api->operator_connections);
    } catch (const net::tls_error& e) {
      throw start_error(exit_configuration, e.what());
    } catch (const net::credential_error& e) {
      throw start_error(exit_configuration, e.what());
    } catch (const boost::system::system_error& e) {
      throw start_error(exit_unavailable, std::string("cannot listen: ") + e.what());
    }
    api->open_listener->start();
    api->operator_listener->start();
    public_url = url_of(open_tls() ? "https" : "http", api->open_listener->address());
    operator_url = url_of("http", api->operator_listener->address());
  }

  bool open_tls() const { return !settings.http.tls_certificate.empty(); }

  task<void> close() {
    if (api && api->open_listener) co_await api->open_listener->stop(drain_limit);
    if (api && api->operator_listener) co_await api->operator_listener->stop(drain_limit);
    co_await store.close();
  }

  configuration settings;
  templates words;
  service_roles roles;
  asio::io_context loop{1};
  http::metrics_registry numbers;
  storage store;
  apns::provider_tokens tokens;
  std::optional<net::hmac_seal> installation;
  std::optional<api_side> api;
  careful_trials trials;
  std::optional<last_words> words_at_the_end;
  std::vector<std::unique_ptr<sender_thread>> senders;
  watchdog guardian{"the thread of the API", store.pulse()};
  std::string public_url;
  std::string operator_url;
  std::thread thread;
  bool stopped = false;
};

running_service::running_service(configuration settings, templates words, service_roles roles)
    : parts_(std::make_unique<parts>(std::move(settings), std::move(words), roles)) {
  parts& p = *parts_;
  p.thread = std::thread([&p] {
    const auto guard = asio::make_work_guard(p.loop);
    p.loop.run();
  });
  try {
    p.on_loop(p.open());
    if (roles.sender) {
      p.words_at_the_end.emplace(p.store.where(), p.settings.retention.reasons);
      for (std::uint32_t i = 0; i < roles.workers; ++i) {
        p.senders.push_back(std::make_unique<sender_thread>(sender_thread::shared{
            p.settings, p.store.where(), p.store.guard(), *p.installation, p.words,
            p.tokens, p.numbers, p.trials, i, share_of(p.settings.delivery.window, i, roles.workers)}));
      }
    }
    for (std::size_t i = 0; i < p.senders.size(); ++i) {
      p.guardian.watch("sender " + std::to_string(i), p.senders[i]->pulse());
    }
  } catch (const start_error&) {
    stop();
    throw;
  } catch (const std::exception& e) {
    const std::string why = e.what();
    stop();
    throw start_error(exit_unavailable, why);
  }
}

running_service::~running_service() { stop(); }

const std::string& running_service::public_url() const noexcept { return parts_->public_url; }
const std::string& running_service::operator_url() const noexcept { return parts_->operator_url; }

std::string running_service::stalled() { return parts_->guardian.look(); }

void running_service::reload(configuration fresh) {
  const auto shared = std::make_shared<const configuration>(std::move(fresh));
  renew_keys(*shared, parts_->tokens);
  for (auto& s : parts_->senders) s->reload(shared);
  asio::post(parts_->loop, [p = parts_.get(), shared] {
    if (!p->api) return;
    p->api->credentials.replace(credentials_of(*shared, p->api->devices));
    p->api->gateways.reload(*shared, p->tokens);
    if (!p->open_tls()) return;
    try {
      p->api->open_listener->replace_tls(tls_of(*shared));
    } catch (const net::tls_error& e) {
      spdlog::error("the certificate stays as it was: {}", e.what());
    }
  });
}

void running_service::stop() {
  parts& p = *parts_;
  if (p.stopped) return;
  p.stopped = true;
  // All of them drain at once.
  for (auto& s : p.senders) s->begin_stop();
  for (auto& s : p.senders) s->stop();
  p.words_at_the_end.reset();
  try {
    p.on_loop(p.close());
  } catch (const std::exception& e) {
    spdlog::error("while stopping: {}", e.what());
  }
  p.loop.stop();
  p.thread.join();
}

}  // namespace paperboy::command_line

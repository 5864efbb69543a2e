#include "tests/adapters/http/running_server.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <map>

namespace paperboy::http::testing {
namespace {

namespace asio = boost::asio;

struct plain_seal final : seal {
  mac sign(std::string_view purpose, std::string_view bytes) const override {
    const auto hash = sha256(std::string(purpose).append(bytes));
    mac m{};
    std::copy_n(hash.begin(), m.size(), m.begin());
    return m;
  }
};

const device_credentials& genuine() {
  static const plain_seal installation;
  static const device_credentials issuer(installation);
  return issuer;
}

known_credentials credentials(bool asks_operator_token) {
  known_credentials known;
  known.api_keys = {
      {"items", sha256(api_key), {scope::items}, {"anewz"}},
      {"all",
       sha256(all_scopes_key),
       {scope::items, scope::notifications, scope::topics, scope::subscribers, scope::reports},
       {"anewz"}}};
  known.client_keys = {{"anewz", std::string(client_key)}};
  if (asks_operator_token) known.operator_token = sha256(operator_token);
  known.devices = &genuine();
  return known;
}

task<answer> echo(context&, const request& r) {
  std::string body = "{\"route\":\"" + std::string(r.matched().name) +
                     "\",\"body\":" + std::to_string(r.body().size()) + "}";
  co_return answer::json(200, std::move(body));
}

}  // namespace

const std::string& device_credential() {
  static const std::string text = genuine().issue({{}, 1}, 1);
  return text;
}

running_server::running_server(server_options options)
    : failures_("credentials", options.failures_per_minute),
      registrations_("registrations", options.registrations_per_minute),
      connections_(options.connections, options.connections_per_address),
      credentials_(credentials(options.asks_operator_token), failures_) {
  for (auto& [name, h] : options.handlers) handlers_.bind(name, h);
  for (const route& r : all_routes()) {
    if (handlers_.find(r.name) == nullptr) handlers_.bind(r.name, echo);
  }
  const service shared{.served = options.served,
                       .bound = handlers_,
                       .credentials = credentials_,
                       .registrations = registrations_,
                       .numbers = numbers_,
                       .trusted_proxies = options.trusted_proxies,
                       .limits = options.limits,
                       .requests_per_connection = options.requests_per_connection};
  const listener_settings settings{.address = {asio::ip::address_v4::loopback(), 0},
                                   .tls = options.tls,
                                   .loopback_exempt = options.loopback_exempt};
  listener_ = std::make_unique<listener>(context_.get_executor(), settings, shared, connections_);
  port_ = listener_->address().port();
  listener_->start();
  thread_ = std::thread([this] {
    const auto work = asio::make_work_guard(context_);
    context_.run();
  });
}

running_server::~running_server() {
  stop(std::chrono::seconds(0));
  context_.stop();
  thread_.join();
}

void running_server::on_loop(std::function<void(listener&)> what) {
  std::promise<void> done;
  asio::post(context_, [&] {
    what(*listener_);
    done.set_value();
  });
  done.get_future().get();
}

void running_server::stop(std::chrono::milliseconds limit) {
  std::promise<void> done;
  asio::co_spawn(context_, listener_->stop(limit),
                 [&done](const std::exception_ptr&) { done.set_value(); });
  done.get_future().get();
}

std::string request_text(std::string_view method, std::string_view target,
                         std::string_view credential, std::string_view body,
                         std::string_view content_type) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
  if (!credential.empty()) {
    text.append("Authorization: Bearer ").append(credential).append("\r\n");
  }
  if (!body.empty()) {
    text.append("Content-Type: ").append(content_type).append("\r\n");
    text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  }
  return text.append("\r\n").append(body);
}

std::optional<raw_answer> ask(const running_server& server, std::string_view request) {
  raw_client client(server.port());
  client.send(request);
  return client.receive(request.starts_with("HEAD"));
}

}  // namespace paperboy::http::testing

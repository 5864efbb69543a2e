#include "adapters/command_line/check_online.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <optional>

#include "adapters/command_line/gateways.hpp"
#include "adapters/redis/client.hpp"
#include "adapters/redis/server_check.hpp"
#include "core/wall_time.hpp"

namespace paperboy::command_line {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds connect_limit{5};

// Waits for the one answer.
class question final : public answer_sink {
 public:
  task<gateway_answer> ask(gateway& way, std::string_view token) {
    notification n;
    n.title = "paperboy check";
    n.scope = "check";
    const auto message = way.prepare(n);
    push p;
    p.message = message.get();
    p.token = token;
    p.id.text.fill('0');
    for (const std::size_t dash : {8U, 13U, 18U, 23U}) p.id.text[dash] = '-';
    p.expires_at = now_wall();
    way.send(p, *this);
    co_await answered_.wait_for(gateway::answer_limit);
    co_return answer_.value_or(gateway_answer{.end = attempt_end::ambiguous});
  }

 private:
  void answered(std::uint64_t, const gateway_answer& answer) noexcept override {
    answer_ = answer;
    answered_.notify();
  }

  std::optional<gateway_answer> answer_;
  signal answered_;
};

online_finding judge(std::string what, const gateway& way, const gateway_answer& a) {
  if (a.end != attempt_end::answered) {
    if (way.credential_stopped()) {
      return {std::move(what), false, "the credential was refused; check the key file"};
    }
    return {std::move(what), false,
            "no answer; check the network, the endpoint and ca_file (the log says more)"};
  }
  if (a.status == 401 || a.status == 403) {
    return {std::move(what), false,
            fmt::format("the credential was refused ({} {}); check key, team, topic and project",
                        a.status, a.reason)};
  }
  if (a.status >= 500) {
    return {std::move(what), false, fmt::format("answers {} {}; try later", a.status, a.reason)};
  }
  return {std::move(what), true, "answers, and accepts the credential"};
}

task<online_finding> ask_redis(asio::io_context& loop, const redis::url& where) {
  if (where.kind == redis::transport_kind::embedded) {
    co_return online_finding{"Redis", true, "is started by serve in " + where.path};
  }
  redis::client_settings s;
  s.where = where;
  redis::client client(loop, std::move(s));
  online_finding found{"Redis", false, {}};
  if (const auto connected = co_await client.wait_until_connected(connect_limit); !connected) {
    found.text = client.last_failure();
  } else {
    const auto checked = co_await redis::check_server(client);
    found.good = checked.ok();
    found.text = checked.ok() ? "answers, version " + checked.version : checked.problem;
    for (const auto& line : checked.recommendations) found.text += "; " + line;
  }
  co_await client.close();
  co_return found;
}

task<std::vector<online_finding>> ask_all(asio::io_context& loop, const configuration& c,
                                          app_gateway_set& gateways) {
  // A device token of zeros, and a registration that Firebase never gave out.
  const std::string nobody(32, '\0');
  std::vector<online_finding> found{co_await ask_redis(loop, c.redis.url)};
  for (const auto& [id, app] : gateways.apps()) {
    if (gateway* way = app.gateways.apns) {
      question q;
      const auto answer = co_await q.ask(*way, nobody);
      found.push_back(judge(fmt::format("app {}: APNs", id), *way, answer));
    }
    if (gateway* way = app.gateways.fcm) {
      question q;
      const auto answer = co_await q.ask(*way, "paperboy-check-nobody-has-this-token");
      found.push_back(judge(fmt::format("app {}: FCM", id), *way, answer));
    }
  }
  co_return found;
}

}  // namespace

std::vector<online_finding> check_online(const configuration& c) {
  asio::io_context loop{1};
  apns::provider_tokens tokens;
  app_gateway_set gateways(loop, c, tokens);
  auto found = asio::co_spawn(loop, ask_all(loop, c, gateways), asio::use_future);
  while (found.wait_for(std::chrono::seconds{0}) != std::future_status::ready) loop.run_one();
  return found.get();
}

}  // namespace paperboy::command_line

#include "adapters/fcm/client.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <charconv>
#include <chrono>
#include <utility>

#include "adapters/fcm/errors.hpp"
#include "adapters/fcm/wire.hpp"
#include "adapters/net/json_string.hpp"
#include "adapters/net/json_web_token.hpp"
#include "adapters/net/pushes_under_way.hpp"
#include "adapters/net/tls.hpp"
#include "core/wall_time.hpp"

namespace paperboy::fcm {
namespace {

using net::http2_exchange;
using net::push_exchange;
using clock = std::chrono::steady_clock;

constexpr unsigned refusals_to_stop = 3;
constexpr std::size_t longest_token = 4096;

net::connection_settings connections_of(const settings& s) {
  const auto where = net::parse_https_endpoint(s.endpoint);
  if (!where) throw net::credential_error(s.endpoint + ": not an https endpoint");
  net::connection_settings c = s.connections;
  c.endpoint = *where;
  return c;
}

const prepared& prepared_of(const push& p) noexcept {
  return static_cast<const prepared&>(*p.message);
}

bool about_apples_key(std::string_view reason) noexcept {
  return reason == "THIRD_PARTY_AUTH_ERROR" || reason == "APNS_AUTH_ERROR";
}

}  // namespace

struct client::parts final : net::gateway_connections::user {
  parts(boost::asio::io_context& io, settings s, access_token_limits limits)
      : own(std::move(s)),
        path("/v1/projects/" + own.account.project_id + "/messages:send"),
        pushes(io, own.most_under_way),
        connections(io, net::tls_client(own.ca_file, net::application_protocol::http2),
                    connections_of(own), *this),
        authority(net::parse_https_endpoint(own.endpoint)->text()),
        access(io, own.account, net::tls_client(own.ca_file, net::application_protocol::http1),
               limits, [this] { token_changed(); }) {}

  void write(http2_exchange& x) noexcept override;
  void answered(http2_exchange& x) noexcept override;
  bool have_token();
  void token_changed();
  void look_after_credential(const push_exchange& p, const gateway_answer& answer);
  void stop(std::string_view why);

  settings own;
  std::string path;
  net::pushes_under_way pushes;
  net::gateway_connections connections;
  std::string authority;
  std::shared_ptr<const net::bearer_token> token;
  clock::time_point checked_at;
  access_token access;
  unsigned refusals = 0;           // in a row
  std::uint64_t last_refused = 0;  // generation
  bool stopped = false;
};

// Looks at the token at most once a second: that is what a push costs here.
bool client::parts::have_token() {
  const auto now = clock::now();
  if (!token || now - checked_at >= std::chrono::seconds{1}) {
    checked_at = now;
    token = access.current(now);
    if (!token) connections.hold();
  }
  return token != nullptr;
}

void client::parts::token_changed() {
  if (access.refused()) return stop("the service account was refused");
  token = access.current(clock::now());
  if (token) connections.resume();
}

void client::parts::write(http2_exchange& x) noexcept {
  auto& p = static_cast<push_exchange&>(x);
  const prepared& message = prepared_of(p.what);
  p.show(token);
  constexpr std::size_t most_digits = 20;
  char* const digits = x.scratch(most_digits);
  const auto now = now_wall();
  const auto left = time_to_live(p.what.expires_at, now);
  const auto* const end = std::to_chars(digits, digits + most_digits, left.count()).ptr;

  x.field(":method", "POST");
  x.field(":scheme", "https");
  x.field(":path", path);
  x.field(":authority", authority);
  x.field("authorization", token->authorization);
  x.field("content-type", "application/json");
  x.body(prepared::before_token);
  x.body(p.what.token);
  x.body(message.before_id());
  x.body(p.what.id.view());
  x.body(message.before_ttl());
  x.body({digits, static_cast<std::size_t>(end - digits)});
  x.body(message.after_ttl(p.what.quiet));
}

void client::parts::answered(http2_exchange& x) noexcept {
  auto& p = static_cast<push_exchange&>(x);
  if (x.end() != attempt_end::answered) return pushes.answer(p, {.end = x.end()});
  const gateway_answer answer = read_answer(x.status(), x.answer_body(), x.retry_after());
  look_after_credential(p, answer);
  pushes.answer(p, answer);
}

void client::parts::look_after_credential(const push_exchange& p, const gateway_answer& answer) {
  const bool token_refused = answer.status == 401 && !about_apples_key(answer.reason);
  const bool permission_refused = answer.status == 403 && answer.reason != "SENDER_ID_MISMATCH";
  if (!token_refused && !permission_refused) {
    if (answer.status == 200 || answer.status == 404) refusals = 0;
    return;
  }
  if (token_refused) {
    // Many answers tell of one token.
    if (std::exchange(last_refused, p.token->generation) == p.token->generation) return;
    access.refused_by_gateway(p.token->generation);
    token.reset();
    have_token();
  }
  if (++refusals >= refusals_to_stop) stop(answer.reason);
}

void client::parts::stop(std::string_view why) {
  if (std::exchange(stopped, true)) return;
  spdlog::error("FCM is stopped for project {}: {}", own.account.project_id, why);
  connections.fail_waiting();
}

client::client(boost::asio::io_context& context, settings s, access_token_limits limits)
    : parts_(std::make_unique<parts>(context, std::move(s), limits)) {}

client::~client() = default;

std::shared_ptr<const prepared_message> client::prepare(const notification& n) {
  return std::make_shared<const prepared>(n);
}

void client::send(const push& p, answer_sink& sink) {
  // Registration lets no such token in; it would break out of the JSON.
  if (p.token.empty() || p.token.size() > longest_token || net::needs_json_escapes(p.token)) {
    return parts_->pushes.answer_later(p, sink, {.status = 400, .reason = "INVALID_ARGUMENT"});
  }
  push_exchange* const x = parts_->stopped ? nullptr : parts_->pushes.take(p, sink);
  if (x == nullptr) {
    return parts_->pushes.answer_later(p, sink, {.end = attempt_end::not_processed});
  }
  parts_->have_token();
  parts_->connections.send(*x, p.urgent ? net::urgency::urgent : net::urgency::ordinary);
}

std::string client::payload(const notification& n, std::string_view token, const message_id& id,
                            std::chrono::seconds time_to_live) const {
  const prepared message(n);
  std::string text(prepared::before_token);
  net::append_json_text(text, token);
  text += message.before_id();
  text += id.view();
  text += message.before_ttl();
  text += std::to_string(time_to_live.count());
  text += message.after_ttl(false);
  return text;
}

bool client::credential_stopped() const noexcept {
  return parts_->stopped;
}

void client::credentials_replaced(const service_account& account) {
  parts_->own.account = account;
  parts_->refusals = 0;
  parts_->stopped = false;
  parts_->token.reset();
  parts_->connections.hold();
  parts_->access.replace(account);
}

std::size_t client::under_way() const noexcept {
  return parts_->pushes.count();
}
const net::connection_counts& client::counts() const noexcept {
  return parts_->connections.counts();
}
std::size_t client::connections() const noexcept {
  return parts_->connections.connections();
}

}  // namespace paperboy::fcm

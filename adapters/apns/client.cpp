#include "adapters/apns/client.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <utility>

#include "adapters/apns/errors.hpp"
#include "adapters/apns/wire.hpp"
#include "adapters/net/pushes_under_way.hpp"
#include "adapters/net/tls.hpp"

namespace paperboy::apns {
namespace {

using net::http2_exchange;
using net::push_exchange;

constexpr unsigned refusals_to_stop = 3;
// How often a push asks the minter, which locks a mutex, whether there is another token.
constexpr std::chrono::seconds token_check{1};
// Apple names no length; registration refuses more than this.
constexpr std::size_t longest_token = 200;

net::connection_settings to(const settings& s, const std::string& endpoint) {
  const auto where = net::parse_https_endpoint(endpoint);
  if (!where) throw net::credential_error(endpoint + ": not an https endpoint");
  net::connection_settings c = s.connections;
  c.endpoint = *where;
  return c;
}

const prepared& prepared_of(const push& p) noexcept {
  return static_cast<const prepared&>(*p.message);
}

}  // namespace

struct client::parts final : net::gateway_connections::user {
  parts(boost::asio::io_context& io, settings s, std::shared_ptr<provider_token_minter> minter)
      : own(std::move(s)),
        tokens(std::move(minter)),
        pushes(io, own.most_under_way),
        tls(net::tls_client(own.ca_file, net::application_protocol::http2)),
        production(io, tls, to(own, own.endpoint), *this),
        sandbox(io, tls, to(own, own.sandbox_endpoint), *this),
        production_authority(net::parse_https_endpoint(own.endpoint)->text()),
        sandbox_authority(net::parse_https_endpoint(own.sandbox_endpoint)->text()) {}

  net::gateway_connections& way(environment where) noexcept {
    return where == environment::sandbox ? sandbox : production;
  }

  void write(http2_exchange& x) noexcept override;
  void answered(http2_exchange& x) noexcept override;
  void check_token();
  void look_after_connection(const push_exchange& p, const gateway_answer& answer);
  void credential_refused(const gateway_answer& answer);
  bool first_refusal_of(std::uint32_t connection) noexcept;

  settings own;
  std::shared_ptr<provider_token_minter> tokens;
  std::shared_ptr<const net::bearer_token> token;
  std::chrono::steady_clock::time_point next_token_check;
  net::pushes_under_way pushes;
  net::tls_context tls;
  net::gateway_connections production;
  net::gateway_connections sandbox;
  std::string production_authority;
  std::string sandbox_authority;
  unsigned refusals = 0;  // in a row
  std::uint32_t last_refusing = 0;
  bool stopped = false;
};

void client::parts::check_token() {
  const auto now = std::chrono::steady_clock::now();
  if (token && now < next_token_check) return;
  next_token_check = now + token_check;
  token = tokens->current(moment::now());
}

void client::parts::write(http2_exchange& x) noexcept {
  auto& p = static_cast<push_exchange&>(x);
  const prepared& message = prepared_of(p.what);
  check_token();
  p.show(token);

  constexpr std::size_t most_digits = 20;
  const std::size_t path_length = path_size(p.what.token);
  char* const path = x.scratch(path_length);
  char* const collapse = x.scratch(collapse_id_size);
  char* const digits = x.scratch(most_digits);
  if (x.overfull()) return;
  write_path(p.what.token, path);
  std::ranges::copy(collapse_id(message, p.what.token), collapse);
  const auto expiration = std::chrono::floor<std::chrono::seconds>(p.what.expires_at);
  const auto* const digits_end =
      std::to_chars(digits, digits + most_digits, expiration.time_since_epoch().count()).ptr;

  const auto once = http2_exchange::repeats::no;
  x.field(":method", "POST");
  x.field(":scheme", "https");
  x.field(":path", {path, path_length}, once);
  x.field(":authority", p.what.gateway_environment == environment::sandbox ? sandbox_authority
                                                                           : production_authority);
  x.field("authorization", token->authorization);
  x.field("apns-topic", own.topic);
  x.field("apns-push-type", "alert");
  x.field("apns-priority", "10");
  x.field("apns-expiration", {digits, static_cast<std::size_t>(digits_end - digits)}, once);
  x.field("apns-collapse-id", {collapse, collapse_id_size}, once);
  x.field("apns-id", p.what.id.view(), once);
  x.body(message.head(p.what.quiet));
  x.body(p.what.id.view());
  x.body(message.tail());
}

void client::parts::answered(http2_exchange& x) noexcept {
  auto& p = static_cast<push_exchange&>(x);
  if (x.end() != attempt_end::answered) return pushes.answer(p, {.end = x.end()});
  const gateway_answer answer = read_answer(x.status(), x.answer_body(), x.retry_after());
  look_after_connection(p, answer);
  pushes.answer(p, answer);
}

// What an answer says about the connection and the credential; what it says about the push is not
// decided here.
void client::parts::look_after_connection(const push_exchange& p, const gateway_answer& answer) {
  auto& connections = way(p.what.gateway_environment);
  const std::string_view why = answer.reason;
  if (answer.status == 403) {
    // With Apple a connection on which a token was refused tends to stay stuck.
    connections.replace(p.connection());
    const bool is_expired = why == "ExpiredProviderToken";
    // Many answers tell of one token; those that tell of an old one say nothing new.
    if (is_expired && tokens->expired(p.token->generation, moment::now())) {
      next_token_check = {};
      return;
    }
    if (why == "UnrelatedKeyIdInToken" && !first_refusal_of(p.connection())) return;
    if (is_expired && !first_refusal_of(p.connection())) return;
    return credential_refused(answer);
  }
  if (why == "TooManyProviderTokenUpdates" || why == "IdleTimeout" || why == "Shutdown") {
    connections.replace(p.connection());
    return;
  }
  // Apple looks at the token before it looks at anything else of the push.
  if (answer.status == 200 || answer.status == 410) refusals = 0;
}

bool client::parts::first_refusal_of(std::uint32_t connection) noexcept {
  return std::exchange(last_refusing, connection) != connection;
}

void client::parts::credential_refused(const gateway_answer& answer) {
  if (stopped || ++refusals < refusals_to_stop) return;
  stopped = true;
  spdlog::error("APNs refuses the credential of team {} for {}: {} {}", own.team_id, own.topic,
                answer.status, answer.reason);
  production.fail_waiting();
  sandbox.fail_waiting();
}

client::client(boost::asio::io_context& context, settings s,
               std::shared_ptr<provider_token_minter> tokens)
    : parts_(std::make_unique<parts>(context, std::move(s), std::move(tokens))) {}

client::~client() = default;

std::shared_ptr<const prepared_message> client::prepare(const notification& n) {
  return std::make_shared<const prepared>(n);
}

void client::send(const push& p, answer_sink& sink) {
  if (p.token.empty() || p.token.size() > longest_token) {
    return parts_->pushes.answer_later(p, sink, {.status = 400, .reason = "MissingDeviceToken"});
  }
  push_exchange* const x = parts_->stopped ? nullptr : parts_->pushes.take(p, sink);
  if (x == nullptr) {
    return parts_->pushes.answer_later(p, sink, {.end = attempt_end::not_processed});
  }
  parts_->way(p.gateway_environment)
      .send(*x, p.urgent ? net::urgency::urgent : net::urgency::ordinary);
}

std::string client::payload(const notification& n, std::string_view, const message_id& id,
                            std::chrono::seconds) const {
  const prepared message(n);
  std::string text(message.head(false));
  text += id.view();
  text += message.tail();
  return text;
}

bool client::credential_stopped() const noexcept {
  return parts_->stopped;
}

void client::credentials_replaced(std::shared_ptr<provider_token_minter> tokens) {
  parts_->tokens = std::move(tokens);
  parts_->token.reset();
  parts_->refusals = 0;
  parts_->stopped = false;
  // A connection is bound to the team and key of its first push.
  parts_->production.replace_all();
  parts_->sandbox.replace_all();
}

std::size_t client::under_way() const noexcept {
  return parts_->pushes.count();
}

const net::connection_counts& client::counts(environment where) const noexcept {
  return parts_->way(where).counts();
}

std::size_t client::connections(environment where) const noexcept {
  return parts_->way(where).connections();
}

}  // namespace paperboy::apns

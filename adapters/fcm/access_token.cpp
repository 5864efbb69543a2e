#include "adapters/fcm/access_token.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>
#include <exception>
#include <optional>
#include <random>
#include <string_view>
#include <utility>

#include "adapters/net/https_post.hpp"
#include "adapters/net/json_string.hpp"
#include "adapters/net/json_web_token.hpp"
#include "adapters/net/retry_after.hpp"
#include "adapters/net/task_group.hpp"

namespace paperboy::fcm {
namespace {

namespace json = boost::json;
using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view scope = "https://www.googleapis.com/auth/firebase.messaging";
constexpr seconds assertion_life{3600};  // Google's limit
constexpr seconds longest_life{24 * 3600};
constexpr unsigned most_doublings = 10;

struct where_to_ask {
  net::authority authority;
  std::string target;
};

where_to_ask parse_token_uri(const std::string& uri) {
  constexpr std::string_view scheme = "https://";
  const auto path = uri.find('/', scheme.size());
  const auto authority = net::parse_https_endpoint(std::string_view(uri).substr(0, path));
  const std::string target = path == std::string::npos ? "/" : uri.substr(path);
  if (!authority || target.find_first_of(" #\r\n") != std::string::npos) {
    throw net::credential_error("the service account's \"token_uri\" is not an https URL");
  }
  return {*authority, target};
}

struct granted {
  std::string token;
  seconds life;
};

std::optional<granted> read_grant(std::string_view body) {
  error_code failed;
  const json::value document = json::parse(body, failed, {}, {.max_depth = 8});
  const json::object* object = failed ? nullptr : document.if_object();
  if (object == nullptr) return std::nullopt;
  const json::value* token = object->if_contains("access_token");
  const json::value* life = object->if_contains("expires_in");
  if (token == nullptr || !token->is_string() || token->get_string().empty()) return std::nullopt;
  if (life == nullptr || !life->is_int64() || life->get_int64() <= 0) return std::nullopt;
  const std::string text(token->get_string().data(), token->get_string().size());
  // It becomes a header's value.
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; })) return std::nullopt;
  return granted{text, std::min(seconds(life->get_int64()), longest_life)};
}

// OAuth's word for what is wrong (RFC 6749 section 5.2), for the log.
std::string error_word(std::string_view body) {
  error_code failed;
  const json::value document = json::parse(body, failed, {}, {.max_depth = 8});
  const json::object* object = failed ? nullptr : document.if_object();
  const json::value* word = object != nullptr ? object->if_contains("error") : nullptr;
  if (word == nullptr || !word->is_string() || word->get_string().size() > 64) return {};
  const std::string_view text(word->get_string().data(), word->get_string().size());
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz_";
  return text.find_first_not_of(letters) == text.npos ? std::string(text) : std::string();
}

}  // namespace

struct access_token::state : std::enable_shared_from_this<state> {
  state(boost::asio::io_context& io, const service_account& a, net::tls_context t,
        access_token_limits l, std::function<void()> hear)
      : context(io),
        account(a),
        signer(net::signature_algorithm::rs256, a.private_key),
        where(parse_token_uri(a.token_uri)),
        tls(std::move(t)),
        limits(l),
        changed(std::move(hear)),
        again(io),
        tasks(io, 2) {}

  std::string assertion() const;
  void begin();
  static task<void> fetch(std::shared_ptr<state> self, std::uint64_t account_number);
  void judge(const result<net::https_answer>& answer);
  void accept(granted grant);
  void try_later(std::string_view why, std::optional<seconds> asked);

  boost::asio::io_context& context;
  service_account account;
  net::token_signer signer;
  where_to_ask where;
  net::tls_context tls;
  access_token_limits limits;
  std::function<void()> changed;
  boost::asio::steady_timer again;
  net::task_group tasks;
  std::shared_ptr<const net::bearer_token> token;
  time_point ends_at;
  time_point renew_at;
  time_point next_attempt;
  std::uint64_t generation = 0;
  std::uint64_t accounts = 0;  // a fetch for an account that was replaced is not heard
  unsigned failures = 0;
  bool fetching = false;
  bool refused = false;
  bool gone = false;
  std::minstd_rand chance{std::random_device{}()};
};

std::string access_token::state::assertion() const {
  std::string header = R"({"alg":"RS256","typ":"JWT")";
  if (!account.private_key_id.empty()) {
    header += ',';
    net::append_json_member(header, "kid", account.private_key_id);
  }
  header += '}';
  const auto now = std::chrono::floor<seconds>(std::chrono::system_clock::now());
  const auto issued = now.time_since_epoch().count();
  std::string claims = "{";
  net::append_json_member(claims, "iss", account.client_email);
  claims += ',';
  net::append_json_member(claims, "scope", scope);
  claims += ',';
  net::append_json_member(claims, "aud", account.token_uri);
  claims += R"(,"iat":)" + std::to_string(issued);
  claims += R"(,"exp":)" + std::to_string(issued + assertion_life.count()) + "}";
  return signer.sign(header, claims);
}

void access_token::state::begin() {
  if (fetching || refused || gone || clock::now() < next_attempt) return;
  fetching = tasks.spawn("fcm access token", fetch(shared_from_this(), accounts)).has_value();
}

// Holds the state: a fetch may outlive its access_token.
task<void> access_token::state::fetch(std::shared_ptr<state> self, std::uint64_t account_number) {
  net::https_request request;
  request.where = self->where.authority;
  request.target = self->where.target;
  request.content_type = "application/x-www-form-urlencoded";
  request.limit = self->limits.request_limit;
  request.body = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
  result<net::https_answer> answer = errc::unavailable;
  try {
    request.body += self->assertion();
    answer = co_await net::https_post(self->context, self->tls, std::move(request));
  } catch (const std::runtime_error& error) {
    // A token that cannot be signed now; or our cancellation, which the next line ends.
    if (!self->gone) {
      spdlog::error("no access token for project {}: {}", self->account.project_id, error.what());
    }
  }
  if (self->gone || account_number != self->accounts) co_return;
  self->fetching = false;
  self->judge(answer);
}

void access_token::state::judge(const result<net::https_answer>& answer) {
  if (!answer) return try_later(answer.error().message(), std::nullopt);
  if (answer->status == 200) {
    if (auto grant = read_grant(answer->body)) return accept(std::move(*grant));
    return try_later("an answer without a usable token", std::nullopt);
  }
  if (answer->status == 429 || answer->status >= 500 || answer->status < 400) {
    return try_later("status " + std::to_string(answer->status),
                     net::read_retry_after(answer->retry_after, std::chrono::system_clock::now()));
  }
  refused = true;
  spdlog::error("Google refuses the service account of project {}: {} {}", account.project_id,
                answer->status, error_word(answer->body));
  changed();
}

void access_token::state::accept(granted grant) {
  failures = 0;
  auto next = std::make_shared<net::bearer_token>();
  next->authorization = "Bearer " + grant.token;
  next->generation = ++generation;
  token = std::move(next);
  const auto now = clock::now();
  ends_at = now + grant.life;
  renew_at = std::max(ends_at - limits.renew_before, now + grant.life / 2);
  changed();
}

void access_token::state::try_later(std::string_view why, std::optional<seconds> asked) {
  failures = std::min(failures + 1, most_doublings);
  const auto ceiling =
      std::min(limits.longest_back_off, limits.first_back_off * (1 << (failures - 1)));
  std::uniform_int_distribution<milliseconds::rep> lot(ceiling.count() / 2, ceiling.count());
  milliseconds wait(lot(chance));
  if (asked) wait = std::max(wait, std::min<milliseconds>(*asked, limits.longest_back_off));
  next_attempt = clock::now() + wait;
  spdlog::warn("no access token for project {}: {}; again in {} ms", account.project_id, why,
               wait.count());
  again.expires_at(next_attempt);
  again.async_wait([weak = weak_from_this()](error_code cancelled) {
    const auto self = weak.lock();
    if (!cancelled && self && !self->token) self->begin();
  });
}

access_token::access_token(boost::asio::io_context& context, const service_account& account,
                           net::tls_context tls, access_token_limits limits,
                           std::function<void()> changed)
    : state_(
          std::make_shared<state>(context, account, std::move(tls), limits, std::move(changed))) {}

access_token::~access_token() {
  state_->gone = true;
  state_->again.cancel();
  state_->tasks.cancel();
}

std::shared_ptr<const net::bearer_token> access_token::current(time_point now) {
  state& s = *state_;
  if (s.token && now >= s.ends_at) s.token.reset();
  if (!s.token || now >= s.renew_at) s.begin();
  return s.token;
}

void access_token::refused_by_gateway(std::uint64_t generation) {
  state& s = *state_;
  if (!s.token || s.token->generation != generation) return;
  s.token.reset();
  s.begin();
}

bool access_token::refused() const noexcept {
  return state_->refused;
}

void access_token::replace(const service_account& account) {
  state& s = *state_;
  net::token_signer signer(net::signature_algorithm::rs256, account.private_key);
  where_to_ask where = parse_token_uri(account.token_uri);
  s.account = account;
  s.signer = std::move(signer);
  s.where = std::move(where);
  ++s.accounts;
  s.fetching = false;
  s.refused = false;
  s.failures = 0;
  s.next_attempt = {};
  s.token.reset();
  s.begin();
}

}  // namespace paperboy::fcm

#include "adapters/simulators/fcm_site.hpp"

#include <algorithm>
#include <unordered_map>

#include "adapters/simulators/fcm_rules.hpp"
#include "adapters/simulators/token_endpoint.hpp"

namespace paperboy::simulators {
namespace {

constexpr std::string_view json_type = "application/json; charset=UTF-8";
constexpr std::string_view html_type = "text/html; charset=UTF-8";

// Messages of one project in the running minute, which starts when the first one comes.
struct quota_minute {
  std::chrono::system_clock::time_point since{};
  std::uint64_t count = 0;
};

struct fcm_state {
  explicit fcm_state(world& w) : all(w) {}
  world& all;
  std::string token_uri;
  std::unordered_map<std::string, quota_minute> quotas;
  std::uint64_t messages = 0;
};

class fcm_conversation final : public conversation {
 public:
  explicit fcm_conversation(fcm_state& state) : state_(state) {}
  void handle(const request& r, answer& out) override;

 private:
  void send(const request& r, std::string_view project_id, answer& out);
  fcm_refusal refuse(const request& r, std::string_view project_id, fcm_message& message,
                     const fcm_project*& project);
  fcm_refusal check_authorization(const request& r, std::string_view project_id);
  fcm_refusal take_quota(const fcm_project& project);
  void write_down(const request& r, std::string_view project_id, const fcm_message& message,
                  const answer& out, std::string_view reason, bool taken);

  fcm_state& state_;
  std::string name_;
};

void refuse_with(const fcm_refusal& refusal, answer& out) {
  out.status = refusal.http;
  out.content_type = refusal.status.empty() ? html_type : json_type;
  out.body = body_of(refusal);
  if (!refusal.retry_after.empty()) out.headers.emplace_back("retry-after", refusal.retry_after);
}

fcm_refusal not_found() {
  fcm_refusal out;
  out.http = 404;
  return out;
}

void fcm_conversation::handle(const request& r, answer& out) {
  constexpr std::string_view before = "/v1/projects/";
  constexpr std::string_view after = "/messages:send";
  out.delay = state_.all.latency();
  if (r.header(":authority").empty()) {
    out.status = 400;
    out.content_type = html_type;
    out.body = "<!DOCTYPE html>\n<title>Error 400 (Bad Request)</title>\n";
    return;
  }
  const std::string_view path = r.path();
  if (path == "/token") return answer_token_request(state_.all, state_.token_uri, r, out);
  const bool good = path.size() > before.size() + after.size() && path.starts_with(before) &&
                    path.ends_with(after) && r.method() == "POST";
  const std::string_view project =
      good ? path.substr(before.size(), path.size() - before.size() - after.size()) : "";
  if (!good || project.find('/') != project.npos) return refuse_with(not_found(), out);
  out.empty_data_last = true;
  send(r, project, out);
}

fcm_refusal fcm_conversation::check_authorization(const request& r, std::string_view project_id) {
  const std::string_view text = r.header("authorization");
  const bool bearer = text.starts_with("Bearer ") || text.starts_with("bearer ");
  if (!bearer) {
    fcm_refusal out = refusal_named("ACCESS_TOKEN_EXPIRED");
    out.message =
        "Request is missing required authentication credential. Expected OAuth 2 access "
        "token, login cookie or other valid authentication credential.";
    out.extra = R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":)"
                R"("CREDENTIALS_MISSING","domain":"googleapis.com"})";
    return out;
  }
  const access_token* token = state_.all.tokens.find(text.substr(7));
  if (token == nullptr || token->expires_at <= state_.all.now())
    return refusal_named("ACCESS_TOKEN_EXPIRED");
  if (!token->may_send || token->project_id != project_id)
    return refusal_named("PERMISSION_DENIED");
  return {};
}

// Refilled each minute; refused messages count too, but those over the quota do not.
fcm_refusal fcm_conversation::take_quota(const fcm_project& project) {
  const gateway_options& o = state_.all.options;
  if (o.fcm_project_quota == 0) return {};
  quota_minute& minute = state_.quotas[project.project_id];
  const auto now = state_.all.now();
  if (now - minute.since >= std::chrono::minutes(1)) minute = {now, 0};
  if (minute.count < o.fcm_project_quota) {
    ++minute.count;
    return {};
  }
  fcm_refusal out = refusal_named("RATE_LIMIT_EXCEEDED");
  out.retry_after = o.fcm_quota_retry_after;
  return out;
}

fcm_refusal fcm_conversation::refuse(const request& r, std::string_view project_id,
                                     fcm_message& message, const fcm_project*& project) {
  static const fcm_project anybody{};
  const gateway_options& o = state_.all.options;
  const auto found =
      std::find_if(o.fcm_projects.begin(), o.fcm_projects.end(),
                   [project_id](const fcm_project& p) { return p.project_id == project_id; });
  project = found == o.fcm_projects.end() ? &anybody : &*found;
  if (!o.accept_any_authorization)
    if (fcm_refusal refusal = check_authorization(r, project_id)) return refusal;
  if (fcm_refusal refusal = take_quota(*project)) return refusal;
  if (r.body_size() > request::body_limit) {
    fcm_refusal refusal = refusal_named("INVALID_ARGUMENT");
    refusal.error_code = {};
    refusal.message = "Request payload size exceeds the limit: 65536 bytes.";
    return refusal;
  }
  if (fcm_refusal refusal = check_message(r.body(), o, message)) return refusal;
  return check_target(state_.all, *project, message);
}

void fcm_conversation::send(const request& r, std::string_view project_id, answer& out) {
  world& w = state_.all;
  fcm_message message;
  const fcm_project* project = nullptr;
  fcm_refusal refusal = refuse(r, project_id, message, project);
  const fault* f = w.faults.strike(gateway_name::fcm, message.target);
  bool taken = !refusal && !message.validate_only;
  if (f != nullptr) {
    taken = taken && (f->delivered || !(f->answers() || f->silences()));
    apply_ending(*f, out);
    if (f->answers() && !f->reason.empty()) refusal = refusal_named(f->reason);
    if (f->answers() && f->status != 0) refusal.http = f->status;
    if (!f->retry_after.empty()) refusal.retry_after = f->retry_after;
  }
  name_ =
      "projects/" + std::string(project_id) + "/messages/" +
      (message.validate_only ? "fake_message_id"
                             : "0:" + std::to_string(1'700'000'000'000'000 + ++state_.messages));
  std::string_view reason;
  if (f != nullptr && f->answers() && f->reason.empty()) {
    out.status = f->status;
    out.content_type = html_type;
    out.body = f->body;
    if (!f->retry_after.empty()) out.headers.emplace_back("retry-after", f->retry_after);
    reason = "injected";
  } else if (refusal) {
    refuse_with(refusal, out);
    reason = refusal.error_code.empty() ? refusal.status : refusal.error_code;
  } else {
    out.content_type = json_type;
    out.body = "{\n  \"name\": \"" + name_ + "\"\n}\n";
  }
  const bool silent = f != nullptr && f->silences();
  if (!message.validate_only)
    write_down(r, project_id, message, out, silent ? name_of(out.end) : reason, taken);
}

void fcm_conversation::write_down(const request& r, std::string_view project_id,
                                  const fcm_message& message, const answer& out,
                                  std::string_view reason, bool taken) {
  world& w = state_.all;
  if (!w.watches()) return w.phones.count(gateway_name::fcm, reason, taken);
  received_push push;
  push.at = w.now();
  push.gateway = gateway_name::fcm;
  push.token = message.target;
  push.topic = project_id;
  push.priority = message.priority;
  push.expiration = message.ttl;
  push.collapse_id = message.collapse_key;
  push.tag = message.tag;
  push.channel = message.channel;
  push.id = name_;
  push.payload = r.body();
  const bool answered = out.end == ending::answer ||
                        (out.end == ending::go_away && out.last == goaway_last::this_one);
  push.status = answered ? out.status : std::uint16_t{0};
  push.reason = reason;
  push.taken = taken;
  push.shown = taken && message.notification;
  const auto& silent = w.options.silent_channels;
  push.sounds =
      push.shown && std::find(silent.begin(), silent.end(), message.channel) == silent.end();
  w.record(push);
}

class fcm_site_here final : public fcm_site {
 public:
  explicit fcm_site_here(world& w) : state_(w) {}

  std::unique_ptr<conversation> open() override {
    return std::make_unique<fcm_conversation>(state_);
  }
  http2_manners manners() const override {
    const gateway_options& o = state_.all.options;
    http2_manners out;
    out.first_stream_limit = o.fcm_stream_limit;
    out.when_over = over_limit::go_away;
    out.over_limit_debug = "exceeded_max_concurrent_streams";
    out.pings_allowed = o.fcm_pings_allowed;
    out.ping_after_answer = o.fcm_ping_after_answer;
    out.header_table_size = o.header_table_size;
    out.window_size = o.initial_window_size;
    out.idle_limit = o.connection_idle_limit;
    out.maximum_age = o.connection_maximum_age;
    return out;
  }
  bool speaks_http1() const noexcept override { return true; }
  void token_uri(std::string uri) override { state_.token_uri = std::move(uri); }

 private:
  fcm_state state_;
};

}  // namespace

std::unique_ptr<fcm_site> make_fcm_site(world& w) {
  return std::make_unique<fcm_site_here>(w);
}

}  // namespace paperboy::simulators

#include "adapters/simulators/token_endpoint.hpp"

#include <algorithm>
#include <string>

#include "adapters/simulators/json_text.hpp"
#include "adapters/simulators/json_web_token.hpp"

namespace paperboy::simulators {
namespace {

constexpr std::string_view json_type = "application/json; charset=utf-8";
constexpr std::string_view jwt_bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::string_view messaging = "https://www.googleapis.com/auth/firebase.messaging";
constexpr std::string_view everything = "https://www.googleapis.com/auth/cloud-platform";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// One field of application/x-www-form-urlencoded, decoded; empty when absent.
std::string form_field(std::string_view form, std::string_view name) {
  while (!form.empty()) {
    const std::string_view pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == pair.npos || pair.substr(0, equals) != name) continue;
    const std::string_view raw = pair.substr(equals + 1);
    std::string out;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      const bool escape = raw[i] == '%' && i + 2 < raw.size() && hex_value(raw[i + 1]) >= 0 &&
                          hex_value(raw[i + 2]) >= 0;
      if (escape) {
        out += static_cast<char>(hex_value(raw[i + 1]) * 16 + hex_value(raw[i + 2]));
        i += 2;
      } else {
        out += raw[i] == '+' ? ' ' : raw[i];
      }
    }
    return out;
  }
  return {};
}

void refuse(std::string_view error, std::string_view description, answer& out) {
  out.status = 400;
  out.body = "{\n  \"error\": ";
  append_json_string(out.body, error);
  out.body += ",\n  \"error_description\": ";
  append_json_string(out.body, description);
  out.body += "\n}\n";
}

// What is wrong with an assertion, in Google's words where they are known; empty when nothing is.
std::string_view fault_of(const json_web_token& token, const fcm_project& project,
                          std::string_view token_uri, std::int64_t now) {
  constexpr std::int64_t skew = 300;  // seconds that clocks may differ
  constexpr std::int64_t longest = 3600 + skew;
  if (token.algorithm != "RS256" || !verify_rs256(token, project.public_key))
    return "Invalid JWT Signature.";
  if (token.audience != token_uri) return "Invalid JWT: Failed audience check.";
  if (!token.issued_at || !token.expires_at || *token.expires_at - *token.issued_at > longest ||
      *token.issued_at > now + skew || *token.expires_at < now - skew)
    return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
           "timeframe. Check your iat and exp values in the JWT claim.";
  return {};
}

void exchange(world& w, std::string_view token_uri, const request& r, answer& out) {
  if (const fault* f = w.faults.strike(gateway_name::oauth, {})) {
    apply_ending(*f, out);
    if (!f->retry_after.empty()) out.headers.emplace_back("retry-after", f->retry_after);
    if (f->answers() && f->reason.empty()) {
      out.status = f->status;
      out.body = f->body;
      return;
    }
    if (f->answers()) {
      refuse(f->reason, "Injected.", out);
      if (f->status != 0) out.status = f->status;
      return;
    }
  }
  if (r.method() != "POST") return refuse("invalid_request", "Not a POST.", out);
  if (form_field(r.body(), "grant_type") != jwt_bearer)
    return refuse("unsupported_grant_type", "Invalid grant_type.", out);
  const auto token = read_json_web_token(form_field(r.body(), "assertion"), true);
  if (!token) return refuse("invalid_grant", "Bad assertion.", out);
  const auto& projects = w.options.fcm_projects;
  const auto project =
      std::find_if(projects.begin(), projects.end(),
                   [&token](const fcm_project& p) { return p.client_email == token->issuer; });
  if (project == projects.end())
    return refuse("invalid_grant", "Invalid grant: account not found", out);
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(w.now().time_since_epoch()).count();
  if (const auto why = fault_of(*token, *project, token_uri, now); !why.empty())
    return refuse("invalid_grant", why, out);
  if (token->scope.empty())
    return refuse("invalid_scope", "Empty or missing scope not allowed.", out);
  const bool scope_allows = token->scope.find(messaging) != std::string::npos ||
                            token->scope.find(everything) != std::string::npos;
  const auto lifetime = w.options.access_token_lifetime;
  out.body = "{\"access_token\":\"" + w.tokens.issue(*project, scope_allows, w.now(), lifetime) +
             "\",\"expires_in\":" + std::to_string(lifetime.count()) +
             ",\"token_type\":\"Bearer\"}";
}

}  // namespace

void answer_token_request(world& w, std::string_view token_uri, const request& r, answer& out) {
  out.content_type = json_type;
  exchange(w, token_uri, r, out);
  const bool handed_out = out.end == ending::answer && out.status == 200;
  w.phones.count(gateway_name::oauth, handed_out ? "" : "refused", handed_out);
}

}  // namespace paperboy::simulators

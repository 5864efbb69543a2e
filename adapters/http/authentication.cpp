#include "adapters/http/authentication.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

#include "adapters/http/field.hpp"
#include "adapters/http/problem.hpp"

namespace paperboy::http {
namespace {

bool same(const sha256_hash& a, const sha256_hash& b) noexcept {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// What follows "Bearer ": visible ASCII, bounded. Empty if it is not that.
std::string_view bearer_token(std::string_view authorization) noexcept {
  constexpr std::string_view scheme = "Bearer ";
  if (!equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) return {};
  const auto token = trimmed(authorization.substr(scheme.size()));
  const bool plain =
      std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  return plain && token.size() <= authentication::credential_limit ? token : std::string_view{};
}

answer unauthorized(std::string_view detail) {
  return to_answer({401, "unauthorized", std::string(detail), {}});
}

answer forbidden(std::string_view detail) {
  return to_answer({403, "forbidden", std::string(detail), {}});
}

std::string_view kind_refusal(role wanted) noexcept {
  switch (wanted) {
    case role::client_key:
      return "This is for the app's client key.";
    case role::client_key_or_device:
      return "This is for a client key or a device credential.";
    case role::device:
      return "This is for a device credential.";
    case role::api_key:
      return "This is for an API key.";
    default:
      return "This is for the operator.";
  }
}

bool fits(role wanted, caller_kind kind) noexcept {
  switch (wanted) {
    case role::nobody:
      return true;
    case role::client_key:
      return kind == caller_kind::client_key;
    case role::client_key_or_device:
      return kind == caller_kind::client_key || kind == caller_kind::device;
    case role::device:
      return kind == caller_kind::device;
    case role::api_key:
      return kind == caller_kind::api_key;
    case role::operator_token:
      return kind == caller_kind::operator_token;
  }
  return false;
}

}  // namespace

sha256_hash sha256(std::string_view bytes) {
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
      EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  sha256_hash hash{};
  if (EVP_DigestInit_ex2(context.get(), algorithm, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), hash.data(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  }
  return hash;
}

std::string_view to_text(scope s) noexcept {
  switch (s) {
    case scope::none:
      return "";
    case scope::items:
      return "items";
    case scope::notifications:
      return "notifications";
    case scope::topics:
      return "topics";
    case scope::subscribers:
      return "subscribers";
    case scope::reports:
      return "reports";
  }
  return "";
}

bool caller::may(scope s) const noexcept {
  return std::find(scopes.begin(), scopes.end(), s) != scopes.end();
}

bool caller::may_use(std::string_view app_id) const noexcept {
  return std::find(apps.begin(), apps.end(), app_id) != apps.end();
}

struct authentication::prepared {
  struct hashed_client_key {
    std::string app;
    sha256_hash sha256;
  };
  std::vector<known_api_key> api_keys;
  std::vector<hashed_client_key> client_keys;
  std::optional<sha256_hash> operator_token;
  const device_credentials* devices;

  explicit prepared(known_credentials known)
      : api_keys(std::move(known.api_keys)),
        operator_token(known.operator_token),
        devices(known.devices) {
    for (auto& [app, key] : known.client_keys) {
      client_keys.push_back({std::move(app), sha256(key)});
    }
  }

  // Compares with every key, whichever fits: how long it takes says nothing about which.
  caller identify(std::string_view token) const {
    caller who;
    if (token.starts_with("pd_")) {
      if (const auto opened = devices == nullptr ? std::nullopt : devices->open(token)) {
        who.kind = caller_kind::device;
        who.device = *opened;
      }
      return who;
    }
    const sha256_hash hash = sha256(token);
    for (const auto& known : client_keys) {
      if (!same(known.sha256, hash)) continue;
      who.kind = caller_kind::client_key;
      who.app = known.app;
    }
    for (const auto& known : api_keys) {
      if (!same(known.sha256, hash)) continue;
      who.kind = caller_kind::api_key;
      who.key_name = known.name;
      who.scopes = known.scopes;
      who.apps = known.apps;
    }
    if (operator_token && same(*operator_token, hash)) who.kind = caller_kind::operator_token;
    return who;
  }
};

authentication::authentication(known_credentials known, minute_limit& failures)
    : prepared_(std::make_shared<const prepared>(std::move(known))), failures_(failures) {}

void authentication::replace(known_credentials known) {
  auto next = std::make_shared<const prepared>(std::move(known));
  const std::lock_guard lock(mutex_);
  prepared_ = std::move(next);
}

std::shared_ptr<const authentication::prepared> authentication::current() const {
  const std::lock_guard lock(mutex_);
  return prepared_;
}

answer authentication::failed(const address& client, clock_time now) {
  const auto state = failures_.take(client, now);
  if (!state.allowed) return failures_.refusal(state);
  return unauthorized("The credential is not known.");
}

std::optional<answer> authentication::admit(const head& h, const route& asked, std::string_view app,
                                            const address& client, clock_time now, caller& who) {
  who = {};
  const auto fields = h.count("authorization");
  if (fields > 1) {
    return to_answer({400, "bad-request", "A request has one Authorization field.", {}});
  }
  if (asked.role == role::nobody) return std::nullopt;
  const auto known = current();
  if (asked.role == role::operator_token && !known->operator_token) {
    who.kind = caller_kind::operator_token;
    return std::nullopt;
  }
  if (fields == 0) {
    return unauthorized("Send a credential: `Authorization: Bearer` and the credential.");
  }
  const auto token = bearer_token(h.find("authorization"));
  if (token.empty()) return failed(client, now);
  who = known->identify(token);
  if (who.kind == caller_kind::nobody) return failed(client, now);
  if (!fits(asked.role, who.kind)) return forbidden(kind_refusal(asked.role));
  if (asked.role != role::api_key) return std::nullopt;
  if (!who.may(asked.scope)) {
    return forbidden("The API key lacks the scope `" + std::string(to_text(asked.scope)) + "`.");
  }
  if (!app.empty() && !who.may_use(app)) return forbidden("The API key is not for this app.");
  return std::nullopt;
}

}  // namespace paperboy::http

#include "adapters/simulators/apns_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace paperboy::simulators {
namespace {

constexpr std::string_view device_path = "/3/device/";

struct push_type {
  std::string_view name;
  std::string_view suffix;  // what apns-topic ends with
};
constexpr std::array<push_type, 11> push_types{{{"alert", ""},
                                                {"background", ""},
                                                {"voip", ".voip"},
                                                {"complication", ".complication"},
                                                {"fileprovider", ".pushkit.fileprovider"},
                                                {"mdm", ""},
                                                {"location", ".location-query"},
                                                {"liveactivity", ".push-type.liveactivity"},
                                                {"pushtotalk", ".voip-ptt"},
                                                {"widgets", ".push-type.widgets"},
                                                {"controls", ".push-type.controls"}}};

const push_type* type_of(const request& in) {
  const std::string_view name = in.header("apns-push-type");
  for (const push_type& type : push_types)
    if (type.name == name) return &type;
  return nullptr;
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

std::string_view method(apns_push& push) {
  return push.in.method() == "POST" ? "" : "MethodNotAllowed";
}

std::string_view path(apns_push& push) {
  const std::string_view path = push.in.path();
  if (!path.starts_with(device_path)) return path == "/3/device" ? "MissingDeviceToken" : "BadPath";
  push.device = path.substr(device_path.size());
  if (push.device.empty()) return "MissingDeviceToken";
  return push.device.find('/') == push.device.npos ? "" : "BadPath";
}

std::string_view repeated_headers(apns_push& push) {
  for (std::size_t i = 0; i < push.in.header_count(); ++i) {
    const std::string_view name = push.in.header_at(i).first;
    if ((name.starts_with("apns-") || name == "authorization") && push.in.repeats(name))
      return "DuplicateHeaders";
  }
  return "";
}

std::string_view identifiers(apns_push& push) {
  if (push.in.has("apns-id") && !is_uuid(push.in.header("apns-id"))) return "BadMessageId";
  return push.in.header("apns-collapse-id").size() > 64 ? "BadCollapseId" : "";
}

std::string_view expiration(apns_push& push) {
  if (!push.in.has("apns-expiration")) return "";
  const std::string_view text = push.in.header("apns-expiration");
  std::uint64_t seconds = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, seconds);
  return error == std::errc{} && stopped == end ? "" : "BadExpirationDate";
}

std::string_view type_and_priority(apns_push& push) {
  if (push.in.has("apns-push-type") && type_of(push.in) == nullptr) return "InvalidPushType";
  if (!push.in.has("apns-priority")) return "";
  const std::string_view priority = push.in.header("apns-priority");
  if (priority != "10" && priority != "5" && priority != "1") return "BadPriority";
  const bool background = push.in.header("apns-push-type") == "background";
  return background && priority == "10" ? "BadPriority" : "";
}

std::string_view topic_form(apns_push& push) {
  const std::string_view topic = push.in.header("apns-topic");
  if (topic.empty()) return "MissingTopic";
  const auto allowed = [](char c) {
    return is_hex(c) || (c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z') || c == '.' || c == '-';
  };
  if (topic.size() > 255 || !std::all_of(topic.begin(), topic.end(), allowed) ||
      topic.front() == '.' || topic.back() == '.')
    return "BadTopic";
  const push_type* type = type_of(push.in);
  const bool fits = type == nullptr || topic.ends_with(type->suffix);
  return fits || !push.all.options.suffix_must_match_push_type ? "" : "InvalidPushType";
}

// "bearer", in any case, and what follows it.
std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size()) return {};
  for (std::size_t i = 0; i < scheme.size(); ++i)
    if ((authorization[i] | ' ') != scheme[i]) return {};
  return authorization.substr(scheme.size());
}

const seen_provider_token& look_at(apns_push& push, std::string_view text) {
  std::vector<seen_provider_token>& seen = push.memory.tokens;
  for (const seen_provider_token& one : seen)
    if (one.text == text) return one;
  if (seen.size() >= apns_memory::token_limit) seen.erase(seen.begin());
  seen_provider_token& added = seen.emplace_back();
  added.text = text;
  const auto& options = push.all.options;
  const auto token = read_json_web_token(text, options.strict_jwt);
  if (!token || token->algorithm != "ES256") return added;
  added.issued_at = token->issued_at;
  const auto form = options.strict_jwt ? signature_form::raw_only : signature_form::raw_or_der;
  for (const apns_key& key : options.apns_keys)
    if (key.key_id == token->key_id && key.team_id == token->issuer && token->issued_at &&
        verify_es256(*token, key.public_key, form))
      added.key = std::make_shared<const apns_key>(key);
  return added;
}

std::string_view age(apns_push& push, const seen_provider_token& token) {
  const auto& options = push.all.options;
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(push.all.now().time_since_epoch()).count();
  if (*token.issued_at > now + options.jwt_future_tolerance.count()) return "InvalidProviderToken";
  if (*token.issued_at >= now - options.jwt_lifetime.count()) return "";
  push.memory.expired = true;
  return "ExpiredProviderToken";
}

std::string_view environment(apns_push& push, const apns_key& key) {
  const bool good = push.which == gateway_name::sandbox ? key.sandbox : key.production;
  return good ? "" : "BadEnvironmentKeyIdInToken";
}

bool same_key(const apns_key& a, const apns_key& b) {
  return a.key_id == b.key_id && a.team_id == b.team_id;
}

// One team and one set of related keys on a connection, from its first good token on. A new token
// of the same key is an update, and those may be 20 minutes apart at the least.
std::string_view binding(apns_push& push, const seen_provider_token& token) {
  apns_memory& memory = push.memory;
  const auto now = push.all.now();
  const auto bound =
      std::find_if(memory.keys.begin(), memory.keys.end(),
                   [&token](const bound_key& b) { return same_key(*b.key, *token.key); });
  if (bound == memory.keys.end()) {
    if (!memory.keys.empty()) {
      const apns_key& first = *memory.keys.front().key;
      if (first.team_id != token.key->team_id) return "InvalidProviderToken";
      if (first.relation.empty() || first.relation != token.key->relation)
        return "UnrelatedKeyIdInToken";
    }
    memory.keys.push_back({token.key, token.text, now});
  } else if (bound->token != token.text) {
    if (now - bound->since < push.all.options.jwt_update_interval)
      memory.too_many_updates = true;
    else
      *bound = {token.key, token.text, now};
  }
  return memory.too_many_updates ? "TooManyProviderTokenUpdates" : "";
}

std::string_view authorization(apns_push& push) {
  if (push.all.options.accept_any_authorization) return "";
  const std::string_view text = bearer_token(push.in.header("authorization"));
  if (text.empty()) return "MissingProviderToken";
  const seen_provider_token& token = look_at(push, text);
  if (token.key == nullptr) return "InvalidProviderToken";
  if (const auto why = age(push, token); !why.empty()) return why;
  if (const auto why = environment(push, *token.key); !why.empty()) return why;
  return binding(push, token);
}

std::string_view bundle_of(const request& in) {
  std::string_view topic = in.header("apns-topic");
  if (const push_type* type = type_of(in); type != nullptr && topic.ends_with(type->suffix))
    topic.remove_suffix(type->suffix.size());
  return topic;
}

std::string_view topic_of_key(apns_push& push) {
  if (push.all.options.accept_any_authorization) return "";
  const auto& key = look_at(push, bearer_token(push.in.header("authorization"))).key;
  if (key == nullptr || key->topics.empty()) return "";
  const bool known =
      std::find(key->topics.begin(), key->topics.end(), bundle_of(push.in)) != key->topics.end();
  return known ? "" : "TopicDisallowed";
}

std::string_view device(apns_push& push) {
  constexpr std::size_t longest = 400;  // hex digits; Apple names no length but warns not to assume
  if (push.device.size() % 2 != 0 || push.device.size() > longest ||
      !std::all_of(push.device.begin(), push.device.end(), is_hex))
    return "BadDeviceToken";
  const phone* p = push.all.phones.find(push.device);
  if (p == nullptr) return push.all.options.accept_any_device ? "" : "BadDeviceToken";
  if (p->gateway && *p->gateway != push.which) return "BadDeviceToken";
  if (!p->topic.empty() && p->topic != bundle_of(push.in)) return "DeviceTokenNotForTopic";
  if (p->state == phone_state::registered) return "";
  push.dead_since = p->dead_since;
  return p->state == phone_state::expired ? "ExpiredToken" : "Unregistered";
}

std::string_view payload(apns_push& push) {
  const bool voip = push.in.header("apns-push-type") == "voip";
  if (push.in.body_size() == 0) return "PayloadEmpty";
  return push.in.body_size() > (voip ? 5120U : 4096U) ? "PayloadTooLarge" : "";
}

std::string_view device_rate(apns_push& push) {
  const auto& options = push.all.options;
  if (options.device_limit == 0) return "";
  const bool over = push.all.phones.too_many(push.device, options.device_limit,
                                             options.device_window, push.all.now());
  return over ? "TooManyRequests" : "";
}

using check = std::string_view (*)(apns_push&);
constexpr std::array<check, 12> order{
    method,     path,          repeated_headers, identifiers, expiration, type_and_priority,
    topic_form, authorization, topic_of_key,     device,      payload,    device_rate};

}  // namespace

std::string_view refuse(apns_push& push) {
  for (const check one : order)
    if (const std::string_view reason = one(push); !reason.empty()) return reason;
  return {};
}

}  // namespace paperboy::simulators

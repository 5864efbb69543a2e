#include "adapters/command_line/forms.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "adapters/http/address.hpp"
#include "core/domain/identifiers.hpp"
#include "core/domain/link.hpp"
#include "core/domain/locale.hpp"
#include "core/domain/text.hpp"
#include "core/domain/text_time.hpp"
#include "core/domain/topic.hpp"
#include "core/domain/zone.hpp"

namespace paperboy::command_line::forms {
namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text, Number most) noexcept {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number > most) {
    return std::nullopt;
  }
  return number;
}

struct host_and_port {
  std::string_view host;  // without brackets
  std::optional<std::uint16_t> port;
  bool bracketed = false;
};

// host, host:port, [IPv6], [IPv6]:port.
std::optional<host_and_port> split_authority(std::string_view text) noexcept {
  host_and_port parts;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    parts.host = text.substr(1, end - 1);
    parts.bracketed = true;
    rest = text.substr(end + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    parts.host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (parts.host.empty()) return std::nullopt;
  if (rest.empty()) return parts;
  if (rest.front() != ':') return std::nullopt;
  parts.port = parse_number<std::uint16_t>(rest.substr(1), 0xFFFF);
  if (!parts.port) return std::nullopt;
  return parts;
}

// A name that may be looked up, or an address; `localhost` and `redis` are names too.
bool reachable_host(const host_and_port& parts) noexcept {
  if (parts.bracketed) {
    const auto address = http::parse_address(parts.host);
    return address && parts.host.find(':') != std::string_view::npos;
  }
  return parts.host.size() <= 253 && parts.host.front() != '-' && parts.host.front() != '.' &&
         std::all_of(parts.host.begin(), parts.host.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

bool visible_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::optional<std::string> any_of_pattern(std::string_view text, std::size_t most,
                                          std::string_view marks) {
  const bool fits =
      !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
      });
  if (!fits) return std::nullopt;
  return std::string{text};
}

std::optional<listen_address> parse_listen(std::string_view text) {
  const auto parts = split_authority(text);
  if (!parts || !parts->port) return std::nullopt;
  const bool v6 = parts->host.find(':') != std::string_view::npos;
  if (!http::parse_address(parts->host) || v6 != parts->bracketed) return std::nullopt;
  return listen_address{std::string{parts->host}, *parts->port};
}

std::optional<sha256_digest> parse_sha256(std::string_view text) {
  const auto raw = from_hex(text);
  sha256_digest digest;
  if (!raw || raw->size() != digest.size()) return std::nullopt;
  std::memcpy(digest.data(), raw->data(), digest.size());
  return digest;
}

std::optional<std::string> parse_range(std::string_view text) {
  if (!http::parse_range(text)) return std::nullopt;
  return std::string{text};
}

// Takes `lead` off the front.
bool begins(std::string_view& text, std::string_view lead) noexcept {
  if (!text.starts_with(lead)) return false;
  text.remove_prefix(lead.size());
  return true;
}

std::optional<std::string> parse_redis_text(std::string_view text) {
  return std::string{text};
}

std::optional<log_level> parse_level(std::string_view text) {
  if (text == "debug") return log_level::debug;
  if (text == "info") return log_level::info;
  if (text == "warning") return log_level::warning;
  if (text == "error") return log_level::error;
  return std::nullopt;
}

std::optional<std::string> parse_plain(std::string_view text) {
  if (check_text(text, 200)) return std::nullopt;
  return std::string{text};
}

std::optional<std::string> parse_app_id(std::string_view text) {
  if (!valid_app_id(text)) return std::nullopt;
  return std::string{text};
}

// `pd_` begins a device's credential: a client key that looks like one would never be found.
std::optional<std::string> parse_client_key(std::string_view text) {
  if (text.size() < 4 || text.size() > 200 || !visible_ascii(text) || text.starts_with("pd_")) {
    return std::nullopt;
  }
  return std::string{text};
}

std::optional<std::string> parse_scope(std::string_view text) {
  constexpr std::array<std::string_view, 5> scopes{"items", "notifications", "topics",
                                                   "subscribers", "reports"};
  if (std::find(scopes.begin(), scopes.end(), text) == scopes.end()) return std::nullopt;
  return std::string{text};
}

std::optional<std::string> parse_host_name(std::string_view text) {
  if (!valid_host_name(text)) return std::nullopt;
  std::string host{text};
  std::transform(host.begin(), host.end(), host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return host;
}

std::optional<std::string> parse_locale(std::string_view text) {
  if (!valid_locale(text)) return std::nullopt;
  return canonical_locale(text);
}

std::optional<std::string> parse_zone(std::string_view text) {
  if (!zone::named(text)) return std::nullopt;
  return std::string{text};
}

std::optional<std::chrono::minutes> parse_time(std::string_view text) {
  return parse_time_of_day(text);
}

std::optional<unsigned> parse_day(std::string_view text) {
  return parse_weekday(text);
}

std::optional<bool> parse_language(std::string_view text) {
  if (text == "reader") return true;
  if (text == "any") return false;
  return std::nullopt;
}

std::optional<std::string> parse_bundle_id(std::string_view text) {
  return any_of_pattern(text, 155, ".-");
}

std::optional<std::string> parse_apple_id(std::string_view text) {
  return any_of_pattern(text, 64, "");
}

std::optional<std::string> parse_origin(std::string_view text) {
  std::string_view rest = text;
  if (!begins(rest, "https://")) return std::nullopt;
  if (rest.ends_with('/')) {
    rest.remove_suffix(1);
    text.remove_suffix(1);
  }
  const auto parts = split_authority(rest);
  if (!parts || !reachable_host(*parts) || parts->port == std::uint16_t{0}) return std::nullopt;
  return std::string{text};
}

std::optional<std::string> parse_url_after(std::string_view scheme, std::string_view text) {
  std::string_view rest = text;
  if (!begins(rest, scheme) || text.size() > 2048 || !visible_ascii(text)) return std::nullopt;
  const auto parts =
      split_authority(rest.substr(0, std::min(rest.find_first_of("/?#"), rest.size())));
  if (!parts || !reachable_host(*parts) || parts->port == std::uint16_t{0}) return std::nullopt;
  return std::string{text};
}

std::optional<std::string> parse_https_url(std::string_view text) {
  return parse_url_after("https://", text);
}

std::optional<std::string> parse_web_url(std::string_view text) {
  return parse_url_after(text.starts_with("http://") ? "http://" : "https://", text);
}

std::optional<std::string> parse_topic(std::string_view text) {
  if (!valid_topic_key(text)) return std::nullopt;
  return std::string{text};
}

}  // namespace

const text_form<listen_address> listen{&parse_listen, "an address and port", "127.0.0.1:8080"};
const text_form<sha256_digest> sha256{&parse_sha256, "a SHA-256 of 64 hex digits", "", true,
                                      "make a key and its SHA-256 with: paperboy key new"};
const text_form<std::string> address_range{&parse_range, "an address or a range of them",
                                           "10.0.0.0/8"};
const text_form<std::string> redis_text{&parse_redis_text, "an address of Redis",
                                        "redis://127.0.0.1:6379/0", true};
const text_form<log_level> level{&parse_level, "debug, info, warning or error", "info"};
const text_form<std::string> plain{&parse_plain, "a text of 1 to 200 visible characters",
                                   "newsroom"};
const text_form<std::string> app_id{
    &parse_app_id, "the id of an app (a-z, 0-9, _ and -, at most 32 characters)", "anewz"};
const text_form<std::string> client_key{
    &parse_client_key, "a client key (4 to 200 visible ASCII characters, not beginning with pd_)",
    "", true, "write ck_, the app's id, _ and 20 random letters"};
const text_form<std::string> scope{
    &parse_scope, "a scope (items, notifications, topics, subscribers, reports)", "items"};
const text_form<std::string> host_name{&parse_host_name,
                                       "a host name without scheme, port and path", "anewz.tv"};
const text_form<std::string> locale{&parse_locale, "a language tag (RFC 5646)", "az-AZ"};
const text_form<std::string> time_zone{
    &parse_zone, "the IANA name of a time zone in the system's tzdata (case counts)", "Asia/Baku"};
const text_form<std::chrono::minutes> time_of_day{&parse_time, "a time from 00:00 to 23:59",
                                                  "08:00"};
const text_form<unsigned> weekday{&parse_day, "a weekday (mon, tue, wed, thu, fri, sat, sun)",
                                  "mon"};
const text_form<bool> readers_language{&parse_language, "reader or any", "reader"};
const text_form<std::string> bundle_id{&parse_bundle_id, "the bundle identifier of an app",
                                       "tv.anewz.app"};
const text_form<std::string> apple_id{&parse_apple_id, "an identifier of ten letters and digits",
                                      "A1B2C3D4E5"};
const text_form<std::string> https_origin{&parse_origin,
                                          "https:// with a host, and nothing after host and port",
                                          "https://api.push.apple.com"};
const text_form<std::string> https_url{&parse_https_url, "an https:// URL",
                                       "https://id.example.com/keys"};
const text_form<std::string> web_url{&parse_web_url, "an https:// or http:// URL",
                                     "https://anewz.tv/rss"};
const text_form<std::string> topic_key{
    &parse_topic, "the key of a topic (a-z, 0-9, _ and -, at most four parts between slashes)",
    "local/baku"};

bool is_loopback(const listen_address& a) noexcept {
  const auto address = http::parse_address(a.host);
  return address && address->is_loopback();
}

}  // namespace paperboy::command_line::forms

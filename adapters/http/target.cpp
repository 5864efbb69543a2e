#include "adapters/http/target.hpp"

#include <algorithm>
#include <array>

#include "adapters/http/field.hpp"
#include "adapters/http/utf8.hpp"

namespace paperboy::http {
namespace {

constexpr std::size_t query_limit = 32;  // parameters

problem bad_target(std::string_view detail) {
  return {400, "bad-target", std::string(detail), {}};
}

constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Credentials in a URL end up in the logs of everything between (RFC 6750 section 2.3).
bool carries_credential(const target::parameter& p) noexcept {
  constexpr std::array<std::string_view, 9> names{"access_token",  "token",      "credential",
                                                  "authorization", "api_key",    "apikey",
                                                  "api-key",       "client_key", "bearer"};
  constexpr std::array<std::string_view, 3> prefixes{"pd_", "ck_", "pk_live_"};
  return std::any_of(names.begin(), names.end(),
                     [&p](std::string_view n) { return equal_ignoring_case(p.name, n); }) ||
         std::any_of(prefixes.begin(), prefixes.end(),
                     [&p](std::string_view prefix) { return p.value.starts_with(prefix); });
}

}  // namespace

std::optional<std::string_view> target::decode(std::string_view text) {
  if (text.find('%') == std::string_view::npos) return text;
  const std::size_t start = decoded_.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded_ += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    const int byte = high * 16 + low;
    if (byte < 0x20 || byte == 0x7f) return std::nullopt;
    decoded_ += static_cast<char>(byte);
    i += 2;
  }
  const auto decoded = std::string_view(decoded_).substr(start);
  if (invalid_utf8_at(decoded)) return std::nullopt;
  return decoded;
}

std::optional<problem> target::read(const head& h) {
  // Room for the whole target, so that views into it stay where they are.
  decoded_.clear();
  decoded_.reserve(target_limit);
  segments_.clear();
  query_.clear();
  std::string_view rest = h.target;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equal_ignoring_case(rest.substr(0, scheme.size()), scheme)) continue;
    rest.remove_prefix(scheme.size());
    const auto authority = rest.substr(0, rest.find_first_of("/?"));
    if (!equal_ignoring_case(authority, h.host)) {
      return problem{421, "wrong-host", "The target names another host than Host does.", {}};
    }
    rest.remove_prefix(authority.size());
    if (rest.empty() || rest.front() == '?') return bad_target("The target has no path.");
    break;
  }
  if (rest.front() != '/' || rest.starts_with("//")) {
    return bad_target("A request target is a path that starts with one slash.");
  }
  const auto mark = rest.find('?');
  if (auto refused = read_path(rest.substr(1, mark == rest.npos ? mark : mark - 1))) return refused;
  if (mark == std::string_view::npos) return std::nullopt;
  return read_query(rest.substr(mark + 1));
}

std::optional<problem> target::read_path(std::string_view path) {
  for (;;) {
    const auto slash = path.find('/');
    const auto segment = decode(path.substr(0, slash));
    if (!segment) return bad_target("The path has an escape that does not decode to text.");
    if (*segment == "." || *segment == "..") return bad_target("The path has a dot segment.");
    segments_.push_back(*segment);
    if (slash == std::string_view::npos) return std::nullopt;
    path.remove_prefix(slash + 1);
  }
}

std::optional<problem> target::read_query(std::string_view query) {
  while (!query.empty()) {
    const auto ampersand = query.find('&');
    const auto part = query.substr(0, ampersand);
    query = ampersand == std::string_view::npos ? std::string_view{} : query.substr(ampersand + 1);
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const auto name = decode(part.substr(0, equals));
    const auto value =
        equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    const auto decoded_value = decode(value);
    if (!name || !decoded_value) {
      return bad_target("The query has an escape that does not decode to text.");
    }
    const parameter p{*name, *decoded_value};
    if (carries_credential(p)) {
      return problem{400,
                     "credential-in-query",
                     "Send the credential as `Authorization: Bearer`, never in the address.",
                     {}};
    }
    if (query_.size() == query_limit) return bad_target("A query has at most 32 parameters.");
    if (std::any_of(query_.begin(), query_.end(),
                    [&p](const parameter& other) { return other.name == p.name; })) {
      return bad_target("The query names one parameter twice.");
    }
    query_.push_back(p);
  }
  return std::nullopt;
}

}  // namespace paperboy::http

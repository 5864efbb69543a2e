#include "adapters/redis/url.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace paperboy::redis {
namespace {

constexpr std::string_view forms =
    "write embedded:DIR, redis://[user:password@]host:port/db, rediss://…, or unix:PATH";

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

template <class T>
bool read_number(std::string_view text, T& into) noexcept {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), into);
  return failed == std::errc{} && end == text.data() + text.size() && !text.empty();
}

bool valid_host(std::string_view host) noexcept {
  if (host.empty() || host.size() > 253) return false;
  for (const char c : host) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_' || c == ':';
    if (!plain) return false;
  }
  return true;
}

class url_parser {
 public:
  explicit url_parser(std::string& problem) : problem_(problem) {}

  result<url> parse(std::string_view text) {
    if (text.starts_with("cluster://")) return wrong("cluster:// is not supported yet");
    if (text.starts_with("embedded:")) return folder(text.substr(9));
    if (text.starts_with("unix:")) return unix_socket(text.substr(5));
    if (text.starts_with("redis://")) return network(transport_kind::tcp, text.substr(8));
    if (text.starts_with("rediss://")) return network(transport_kind::tls, text.substr(9));
    return wrong("this is no Redis address; " + std::string{forms});
  }

 private:
  error_code wrong(std::string what) {
    problem_ = std::move(what);
    return errc::invalid;
  }

  result<url> folder(std::string_view path) {
    if (path.empty()) return wrong("embedded: needs a folder: write for example embedded:./data");
    url_.kind = transport_kind::embedded;
    url_.path = path;
    return std::move(url_);
  }

  result<url> unix_socket(std::string_view text) {
    if (text.starts_with("//")) text.remove_prefix(2);
    const std::size_t query = text.find('?');
    const std::string_view path = text.substr(0, query);
    if (path.empty()) return wrong("unix: needs a path: write for example unix:/run/redis.sock");
    url_.kind = transport_kind::unix_socket;
    url_.path = path;
    if (query != std::string_view::npos && !options(text.substr(query + 1))) return errc::invalid;
    return std::move(url_);
  }

  result<url> network(transport_kind kind, std::string_view text) {
    url_.kind = kind;
    if (const std::size_t query = text.find('?'); query != std::string_view::npos) {
      if (!options(text.substr(query + 1))) return errc::invalid;
      text = text.substr(0, query);
    }
    if (const std::size_t slash =
            text.find('/', text.rfind('@') == std::string_view::npos ? 0 : text.rfind('@'));
        slash != std::string_view::npos) {
      const std::string_view database = text.substr(slash + 1);
      if (!database.empty() && !read_number(database, url_.database)) {
        return wrong("the database after / has to be a number");
      }
      text = text.substr(0, slash);
    }
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
      if (!credential(text.substr(0, at))) return errc::invalid;
      text = text.substr(at + 1);
    }
    return host_and_port(text);
  }

  bool credential(std::string_view text) {
    const std::size_t colon = text.find(':');
    const auto user = percent_decoded(text.substr(0, colon));
    const auto password = colon == std::string_view::npos ? std::optional<std::string>{""}
                                                          : percent_decoded(text.substr(colon + 1));
    if (!user || !password || password->empty()) {
      wrong("before @ stands user:password or :password, percent-encoded");
      return false;
    }
    url_.user = *user;
    url_.password = *password;
    return true;
  }

  result<url> host_and_port(std::string_view text) {
    std::string_view host = text;
    std::string_view port;
    if (text.starts_with('[')) {
      const std::size_t close = text.find(']');
      if (close == std::string_view::npos) return wrong("an IPv6 address stands in [brackets]");
      host = text.substr(1, close - 1);
      port = text.substr(close + 1);
    } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
      host = text.substr(0, colon);
      port = text.substr(colon);
      if (port.find(':', 1) != std::string_view::npos) {
        return wrong("an IPv6 address stands in [brackets]");
      }
    }
    if (!valid_host(host)) return wrong("there is no host name in it; " + std::string{forms});
    if (!port.empty() &&
        (port.front() != ':' || !read_number(port.substr(1), url_.port) || url_.port == 0)) {
      return wrong("the port has to be a number from 1 to 65535");
    }
    url_.host = host;
    return std::move(url_);
  }

  bool options(std::string_view query) {
    while (!query.empty()) {
      const std::string_view option = query.substr(0, query.find('&'));
      query.remove_prefix(option.size() < query.size() ? option.size() + 1 : query.size());
      const std::size_t equals = option.find('=');
      const std::string_view name = option.substr(0, equals);
      const auto value = percent_decoded(
          equals == std::string_view::npos ? std::string_view{} : option.substr(equals + 1));
      if (!value || !set(name, *value)) {
        if (problem_.empty()) {
          wrong("after ? stand ca_file (rediss), or db, user, password (unix), as name=value");
        }
        return false;
      }
    }
    return true;
  }

  bool set(std::string_view name, const std::string& value) {
    const bool on_unix = url_.kind == transport_kind::unix_socket;
    if (name == "ca_file" && url_.kind == transport_kind::tls && !value.empty()) {
      url_.ca_file = value;
    } else if (name == "db" && on_unix) {
      if (read_number(value, url_.database)) return true;
      wrong("db has to be a number");
      return false;
    } else if (name == "user" && on_unix) {
      url_.user = value;
    } else if (name == "password" && on_unix) {
      url_.password = value;
    } else {
      return false;
    }
    return true;
  }

  std::string& problem_;
  url url_;
};

}  // namespace

std::string url::to_text() const {
  if (kind == transport_kind::embedded) return "embedded:" + path;
  std::string text;
  if (kind == transport_kind::unix_socket) {
    text = "unix:" + path;
    if (database != 0) text += "?db=" + std::to_string(database);
    return text;
  }
  const bool bare_ipv6 = host.find(':') != std::string::npos;
  text = kind == transport_kind::tls ? "rediss://" : "redis://";
  text += bare_ipv6 ? "[" + host + "]" : host;
  text += ":" + std::to_string(port) + "/" + std::to_string(database);
  return text;
}

result<url> parse_url(std::string_view text, std::string& problem) {
  problem.clear();
  return url_parser{problem}.parse(text);
}

url unix_url(std::string path) {
  url where;
  where.kind = transport_kind::unix_socket;
  where.path = std::move(path);
  return where;
}

}  // namespace paperboy::redis

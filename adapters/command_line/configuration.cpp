#include "adapters/command_line/configuration.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/command_line/configuration_sections.hpp"
#include "adapters/command_line/forms.hpp"

namespace paperboy::command_line {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr std::size_t max_configuration_bytes = 1'048'576;
constexpr std::uint32_t max_per_minute = 1'000'000'000;
constexpr std::uint32_t max_connections_limit = 1'000'000;
constexpr std::uint32_t max_shards = 4096;
constexpr std::uint32_t max_window = 65'536;

void read_tls(section& s, http_settings& http, const std::filesystem::path& base) {
  s.path("tls_certificate", http.tls_certificate, base);
  s.path("tls_private_key", http.tls_private_key, base);
  const bool certificate = s.given("tls_certificate");
  const bool key = s.given("tls_private_key");
  if (certificate != key) {
    s.wrong(certificate ? "tls_certificate" : "tls_private_key",
            fmt::format("stands without {}", certificate ? "tls_private_key" : "tls_certificate"),
            "give both or neither");
    return;
  }
  if (http.tls_certificate.empty() || http.tls_private_key.empty()) return;
  const auto chain =
      read_named_file(s, "tls_certificate", http.tls_certificate, max_ca_file_bytes, exposure::any);
  const auto private_key = read_named_file(s, "tls_private_key", http.tls_private_key,
                                           max_key_file_bytes, exposure::read_only);
  if (!chain || !private_key) return;
  if (auto fault = check_certificates(http.tls_certificate, *chain)) {
    report(s, "tls_certificate", std::move(fault));
    return;
  }
  report(s, "tls_private_key",
         check_tls_pair(http.tls_certificate, *chain, http.tls_private_key, *private_key));
}

void read_http(section s, http_settings& http, const std::filesystem::path& base) {
  s.text("listen", http.listen, forms::listen);
  s.text("operator_listen", http.operator_listen, forms::listen);
  s.text("operator_token_sha256", http.operator_token_sha256, forms::sha256);
  s.texts("trusted_proxies", http.trusted_proxies, forms::address_range);
  s.number("max_connections", http.max_connections, 1, max_connections_limit);
  read_tls(s, http, base);
  if (!forms::is_loopback(http.operator_listen) && !http.operator_token_sha256) {
    s.wrong("operator_listen",
            fmt::format("{} is open to others than this machine, without a credential",
                        in_quotes(to_text(http.operator_listen))),
            "write \"127.0.0.1:8081\", or set operator_token_sha256");
  }
  if (http.listen == http.operator_listen && http.listen.port != 0) {
    s.wrong("operator_listen", "is the same address as listen", "give it a port of its own");
  }
  s.finish();
}

void read_redis(section s, redis_settings& settings, const std::filesystem::path& base) {
  redis::url& url = settings.url;
  std::string text = "embedded:./data";
  s.text("url", text, forms::redis_text);
  std::string problem;
  if (auto parsed = redis::parse_url(text, problem)) {
    url = std::move(*parsed);
  } else {
    // The sentence may end in what to write instead.
    const auto end = std::min({problem.find("; write"), problem.find(": write"), problem.size()});
    s.wrong("url", problem.substr(0, end),
            end < problem.size() ? problem.substr(end + 2)
                                 : "write for example \"redis://127.0.0.1:6379/0\"");
  }
  if (!url.path.empty()) url.path = (base / url.path).lexically_normal().native();
  s.number("shards", settings.shards, 1, max_shards);
  std::filesystem::path ca_file = url.ca_file.empty() ? "" : base / url.ca_file;
  read_ca_file(s, ca_file, base);
  url.ca_file = ca_file.native();
  if (s.given("ca_file") && url.kind != redis::transport_kind::tls) {
    s.wrong("ca_file", "is given, but url is not rediss://", "leave it out, or write rediss://");
  }
  s.finish();
}

void read_delivery(section s, delivery_settings& delivery) {
  s.duration("spread", delivery.spread, 0s, 12h);
  s.duration("deadline", delivery.deadline, 1s, 24h - 1min);
  s.number("window", delivery.window, 1, max_window);
  s.duration("lease", delivery.lease, 1s, 10min);
  s.duration("apns_server_error_retry", delivery.apns_server_error_retry, 0s, 4h);
  if (delivery.spread >= delivery.deadline) {
    s.wrong("spread",
            fmt::format("{} is not shorter than the deadline, {}", format_span(delivery.spread),
                        format_span(delivery.deadline)),
            "write a shorter spread or a longer deadline");
  }
  s.finish();
}

void read_limits(section s, limit_settings& limits) {
  s.number("registrations_per_minute_per_address", limits.registrations_per_minute_per_address, 1,
           max_per_minute);
  s.number("failed_credentials_per_minute_per_address",
           limits.failed_credentials_per_minute_per_address, 1, max_per_minute);
  s.finish();
}

void read_retention(section s, retention_settings& retention) {
  constexpr auto longest = days{3650};
  s.duration("items", retention.items, 1h, longest);
  s.duration("editions", retention.editions, 1h, longest);
  s.duration("runs", retention.runs, 1h, longest);
  s.duration("reasons", retention.reasons, 1h, longest);
  s.finish();
}

void read_templates(section s, template_settings& templates, const std::filesystem::path& base) {
  s.path("directory", templates.directory, base);
  std::error_code ignored;
  if (!templates.directory.empty() &&
      !std::filesystem::is_directory(templates.directory, ignored)) {
    s.wrong("directory",
            fmt::format("{} is not a folder", in_quotes(templates.directory.native(), 4096)),
            "name a folder of <locale>.properties, or leave it out for the built-in words");
  }
  s.finish();
}

void read_log(section s, log_level& level) {
  s.text("level", level, forms::level);
  s.finish();
}

void read_api_key(section& s, const configuration& c, api_key_settings& key) {
  s.text("name", key.name, forms::plain);
  s.text("sha256", key.sha256, forms::sha256);
  std::vector<std::string> scopes;
  std::vector<std::string> apps;
  s.texts("scopes", scopes, forms::scope);
  s.texts("apps", apps, forms::app_id);
  for (std::size_t i = 0; i < apps.size(); ++i) {
    if (c.app(apps[i]) != nullptr) continue;
    s.wrong_item("apps", i, fmt::format("there is no app {}", in_quotes(apps[i])),
                 "write the id of an [[app]] of this file");
  }
  key.scopes.insert(scopes.begin(), scopes.end());
  key.apps.insert(apps.begin(), apps.end());
  if (!s.given("name")) s.missing("name", "name the key, for logs and messages");
  if (!s.given("sha256")) {
    s.missing("sha256", "make a key and its SHA-256 with: paperboy key new");
  }
  if (!s.given("scopes")) s.missing("scopes", "write for example scopes = [\"items\"]");
  if (!s.given("apps")) s.missing("apps", "write the ids of the apps it is good for");
  if (s.given("scopes") && scopes.empty()) {
    s.wrong("scopes", "is empty: the key could do nothing", "write for example [\"items\"]");
  }
  if (s.given("apps") && apps.empty()) {
    s.wrong("apps", "is empty: the key could do nothing", "write the id of an [[app]]");
  }
  s.finish();
}

void read_api_keys(section& root, configuration& c) {
  for (section& s : root.tables("api_key", "[[api_key]]")) {
    api_key_settings key;
    read_api_key(s, c, key);
    for (const api_key_settings& other : c.api_keys) {
      if (s.given("name") && other.name == key.name) {
        s.wrong("name", fmt::format("{} names two keys", in_quotes(key.name)),
                "give each key a name of its own");
      }
      if (s.given("sha256") && other.sha256 == key.sha256) {
        s.wrong("sha256", fmt::format("is that of {} too", in_quotes(other.name)),
                "make a key of its own with: paperboy key new");
      }
    }
    c.api_keys.push_back(std::move(key));
  }
}

configuration_error in_file(configuration_error error, const std::filesystem::path& file) {
  error.file = file.native();
  return error;
}

}  // namespace

std::optional<std::string> read_named_file(section& s, std::string_view key,
                                           const std::filesystem::path& file, std::size_t limit,
                                           exposure allowed) {
  if (file.empty()) return std::nullopt;
  auto content = read_file(file, limit, allowed);
  if (auto* fault = std::get_if<file_fault>(&content)) {
    report(s, key, std::move(*fault));
    return std::nullopt;
  }
  return std::get<std::string>(std::move(content));
}

void report(section& s, std::string_view key, std::optional<file_fault> fault) {
  if (fault) s.wrong(key, std::move(fault->wrong), std::move(fault->remedy));
}

void read_ca_file(section& s, std::filesystem::path& into, const std::filesystem::path& base) {
  s.path("ca_file", into, base);
  const auto pem = read_named_file(s, "ca_file", into, max_ca_file_bytes, exposure::any);
  if (pem) report(s, "ca_file", check_certificates(into, *pem));
}

std::variant<configuration, configuration_error> load_configuration(
    const std::filesystem::path& file, const environment_variables& variables) {
  auto content = read_file(file, max_configuration_bytes, exposure::any);
  if (auto* fault = std::get_if<file_fault>(&content)) {
    return in_file({"", 0, "", "", std::move(fault->wrong), "name the configuration with --config"},
                   file);
  }
  auto parsed = parse_document(std::get<std::string>(content));
  if (auto* error = std::get_if<configuration_error>(&parsed)) {
    return in_file(std::move(*error), file);
  }
  node& tree = std::get<node>(parsed);
  if (auto error = lay_over(tree, variables)) return in_file(std::move(*error), file);

  configuration c;
  c.file = file;
  const std::filesystem::path base = std::filesystem::absolute(file).parent_path();
  findings wrong;
  section root{&tree, "", origin{1, ""}, wrong};
  read_http(root.table("http", "[http]"), c.http, base);
  read_redis(root.table("redis", "[redis]"), c.redis, base);
  read_delivery(root.table("delivery", "[delivery]"), c.delivery);
  read_limits(root.table("limits", "[limits]"), c.limits);
  read_retention(root.table("retention", "[retention]"), c.retention);
  read_templates(root.table("templates", "[templates]"), c.templates, base);
  read_log(root.table("log", "[log]"), c.level);
  read_apps(root, c, base);
  read_api_keys(root, c);
  root.finish();
  if (!wrong.empty()) return in_file(wrong.first(), file);
  return c;
}

const app_settings* configuration::app(std::string_view id) const noexcept {
  const auto found =
      std::find_if(apps.begin(), apps.end(), [id](const app_settings& a) { return a.id == id; });
  return found == apps.end() ? nullptr : &*found;
}

std::string configuration_error::text() const {
  std::string text;
  if (!variable.empty()) {
    text = variable;
  } else {
    const std::string name = in_quotes(file, 4096);
    text = name.substr(1, name.size() - 2);
    if (line > 0) text += fmt::format(":{}", line);
  }
  if (!key.empty()) text += fmt::format(": {}", key);
  return text + fmt::format(": {}; {}", wrong, remedy);
}

std::string to_text(const listen_address& a) {
  const bool brackets = a.host.find(':') != std::string::npos;
  return brackets ? fmt::format("[{}]:{}", a.host, a.port) : fmt::format("{}:{}", a.host, a.port);
}

}  // namespace paperboy::command_line

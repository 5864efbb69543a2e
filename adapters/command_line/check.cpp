#include "adapters/command_line/check.hpp"
#include "adapters/command_line/check_online.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "adapters/command_line/document.hpp"
#include "adapters/command_line/exit_status.hpp"
#include "adapters/command_line/forms.hpp"
#include "adapters/command_line/section.hpp"
#include "adapters/command_line/subcommands.hpp"
#include "core/domain/templates.hpp"
#include "core/domain/text_time.hpp"
#include "core/domain/zone.hpp"

namespace paperboy::command_line {
namespace {

constexpr std::size_t apple_id_length = 10;

std::string line(std::string_view label, std::string_view text) {
  return fmt::format("{:<14} {}", label, text);
}

std::string counted(std::size_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

std::string gateways_of(const app_settings& app) {
  std::vector<std::string> parts;
  if (app.apns) {
    parts.push_back(fmt::format("APNs {} (team {}, key {})", app.apns->topic, app.apns->team_id,
                                app.apns->key_id));
  }
  if (app.fcm) parts.push_back(fmt::format("FCM project {}", in_quotes(app.fcm->project_id)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

void add_app(const app_settings& app, std::vector<std::string>& lines) {
  lines.push_back(line("app", fmt::format("{}: {}", app.id, gateways_of(app))));
  const digest_defaults& d = app.digest;
  lines.push_back(line("", fmt::format("digest at {} in {}, {}, {} to {} items, locale {}",
                                       format_time_of_day(d.time), d.time_zone,
                                       d.days == weekdays::all() ? "daily" : to_text(d.days),
                                       d.min_items, d.max_items, d.locale)));
  lines.push_back(line("", app.link_hosts.empty()
                               ? "links to any https host"
                               : fmt::format("links to {}", fmt::join(app.link_hosts, ", "))));
  if (app.identity) {
    lines.push_back(
        line("", fmt::format("people signed in by {}", in_quotes(app.identity->issuer))));
  }
  if (!app.feeds.empty()) {
    lines.push_back(line("", counted(app.feeds.size(), "feed", "feeds")));
  }
}

bool readable_by_others(const std::filesystem::path& file) {
  struct stat about{};
  return ::stat(file.c_str(), &about) == 0 && (about.st_mode & S_IROTH) != 0;
}

void remark_on_key(const std::filesystem::path& file, std::vector<std::string>& said) {
  if (file.empty() || !readable_by_others(file)) return;
  said.push_back(fmt::format("every user of this machine can read the key file {}; run: chmod 600 {}",
                             file.native(), file.native()));
}

void remark_on_app(const app_settings& app, std::vector<std::string>& said) {
  if (app.fcm) remark_on_key(app.fcm->service_account_file, said);
  if (!app.apns) return;
  remark_on_key(app.apns->key_file, said);
  for (const auto& [key, id] :
       {std::pair{"team_id", &app.apns->team_id}, std::pair{"key_id", &app.apns->key_id}}) {
    if (id->size() != apple_id_length) {
      said.push_back(fmt::format("app {}: {} has {}; Apple's have {}", app.id, key,
                                 counted(id->size(), "character", "characters"), apple_id_length));
    }
  }
}

// Whether everything outside can be worked with.
bool check_outside(const configuration& c) {
  bool good = true;
  for (const auto& found : check_online(c)) {
    good = good && found.good;
    (found.good ? std::cout : std::cerr) << line("online", found.what + ": " + found.text) << '\n';
  }
  return good;
}

int check(const std::filesystem::path& file, bool online) {
  const auto c = load_or_explain(file);
  if (!c) return exit_configuration;
  const auto words = load_templates_or_explain(*c);
  if (!words) return exit_configuration;
  for (const std::string& text : summary(*c)) std::cout << text << '\n';
  std::cout << line("templates", fmt::format("{}", fmt::join(words->tags(), ", "))) << '\n';
  for (const std::string& text : remarks(*c)) std::cout << line("note", text) << '\n';
  if (online && !check_outside(*c)) return exit_unavailable;
  std::cout << fmt::format("{} is good", file.native()) << std::endl;
  return exit_good;
}

}  // namespace

std::vector<std::string> summary(const configuration& c) {
  const std::string_view scheme = c.http.tls_certificate.empty() ? "http" : "https";
  std::vector<std::string> lines{
      line("public API", fmt::format("{}://{}", scheme, to_text(c.http.listen))),
      line("operator API",
           fmt::format("http://{}, {}", to_text(c.http.operator_listen),
                       c.http.operator_token_sha256 ? "with a token" : "without a credential")),
      line("Redis", fmt::format("{}, {}", c.redis.url.to_text(),
                                counted(c.redis.shards, "shard", "shards"))),
      line("delivery", fmt::format("spread over {}, missed after {}, window {}, lease {}",
                                   format_span(c.delivery.spread), format_span(c.delivery.deadline),
                                   c.delivery.window, format_span(c.delivery.lease))),
  };
  for (const app_settings& app : c.apps) add_app(app, lines);
  for (const api_key_settings& key : c.api_keys) {
    lines.push_back(
        line("API key", fmt::format("{}: {} for {}", key.name, fmt::join(key.scopes, ", "),
                                    fmt::join(key.apps, ", "))));
  }
  lines.push_back(line("time zones", fmt::format("tzdata {}, {}", tzdata_version(),
                                                 counted(zone_names().size(), "name", "names"))));
  return lines;
}

std::vector<std::string> remarks(const configuration& c) {
  std::vector<std::string> said;
  if (c.api_keys.empty()) {
    said.push_back("there is no [[api_key]]: nobody can publish; paperboy key new makes one");
  }
  if (c.http.tls_certificate.empty() && !forms::is_loopback(c.http.listen)) {
    said.push_back(
        fmt::format("{} is plain HTTP open to the network; put a TLS proxy before it "
                    "or set tls_certificate",
                    to_text(c.http.listen)));
  }
  if (!c.redis.url.password.empty() && readable_by_others(c.file)) {
    said.push_back(
        fmt::format("{} holds a password of Redis and every user can read it; run: "
                    "chmod 640 {}",
                    c.file.native(), c.file.native()));
  }
  remark_on_key(c.http.tls_private_key, said);
  for (const app_settings& app : c.apps) remark_on_app(app, said);
  return said;
}

void add_check(CLI::App& program, int& status) {
  auto* sub = program.add_subcommand("check", "Says what a configuration means, or what is wrong");
  sub->footer(
      "Reads the configuration with PAPERBOY_ variables over it, every key and certificate that "
      "it\n"
      "names, the templates and the time zones. Exit status 78 and one line on standard error if\n"
      "anything is wrong. With --online, Redis and the gateways are asked too: exit status 69 if\n"
      "one cannot be worked with.");
  auto file = std::make_shared<std::filesystem::path>();
  add_config_option(*sub, *file);
  auto online = std::make_shared<bool>(false);
  sub->add_flag("--online", *online, "Also asks Redis and the gateways");
  sub->callback([file, online, &status] { status = check(*file, *online); });
}

}  // namespace paperboy::command_line

#include <fmt/format.h>

#include <algorithm>

#include "adapters/command_line/configuration_sections.hpp"
#include "adapters/command_line/forms.hpp"

namespace paperboy::command_line {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr std::uint32_t max_digest_items = 20;
constexpr std::uint32_t max_fcm_quota = 100'000'000;

void read_digest(section s, digest_defaults& digest, const retention_settings& retention) {
  s.text("time", digest.time, forms::time_of_day);
  std::vector<unsigned> chosen;
  s.texts("days", chosen, forms::weekday);
  if (s.given("days")) {
    digest.days = {};
    for (const unsigned day : chosen) digest.days.add(day);
    if (chosen.empty()) {
      s.wrong("days", "is empty: nobody would get a digest", "write for example [\"mon\"]");
    }
  }
  s.number("max_items", digest.max_items, 1, max_digest_items);
  s.number("min_items", digest.min_items, 1, max_digest_items);
  if (digest.min_items > digest.max_items) {
    s.wrong(s.given("min_items") ? "min_items" : "max_items",
            fmt::format("min_items, {}, is more than max_items, {}", digest.min_items,
                        digest.max_items),
            "write at most as many at least as at most");
  }
  std::chrono::seconds lookback = digest.lookback;
  s.duration("lookback", lookback, 1min, days{31});
  if (lookback > retention.items) {
    s.wrong("lookback",
            fmt::format("{} is longer than items are kept, {}", format_span(lookback),
                        format_span(retention.items)),
            "write a shorter lookback, or raise [retention] items");
  }
  digest.lookback = std::chrono::ceil<std::chrono::minutes>(lookback);
  s.text("language", digest.readers_language_only, forms::readers_language);
  s.finish();
}

void read_apns(section s, std::optional<apns_settings>& into, const std::filesystem::path& base) {
  if (!s.present()) return;
  apns_settings apns;
  s.text("topic", apns.topic, forms::bundle_id);
  s.text("team_id", apns.team_id, forms::apple_id);
  s.text("key_id", apns.key_id, forms::apple_id);
  s.path("key_file", apns.key_file, base);
  s.text("endpoint", apns.endpoint, forms::https_origin);
  s.text("sandbox_endpoint", apns.sandbox_endpoint, forms::https_origin);
  read_ca_file(s, apns.ca_file, base);
  if (!s.given("topic")) s.missing("topic", "write the app's bundle identifier");
  if (!s.given("team_id")) s.missing("team_id", "write the ten characters of Apple's team id");
  if (!s.given("key_id")) s.missing("key_id", "write the ten characters in the .p8 file's name");
  if (!s.given("key_file")) s.missing("key_file", "name the .p8 file of the key");
  if (auto pem =
          read_named_file(s, "key_file", apns.key_file, max_key_file_bytes, exposure::read_only)) {
    report(s, "key_file", check_p256_key(apns.key_file, *pem));
    apns.key_pem = std::move(*pem);
  }
  s.finish();
  into = std::move(apns);
}

void check_quota(section& s, const fcm_settings& fcm, const std::vector<app_settings>& others) {
  for (const app_settings& other : others) {
    if (!other.fcm || other.fcm->project_id != fcm.project_id) continue;
    if (other.fcm->quota_per_minute == fcm.quota_per_minute) continue;
    s.wrong(s.given("quota_per_minute") ? "quota_per_minute" : "service_account_file",
            fmt::format("quota_per_minute, {}, is not that of {}, {}, which has the same project",
                        fcm.quota_per_minute, in_quotes(other.id), other.fcm->quota_per_minute),
            "write the project's quota in both");
  }
}

void read_fcm(section s, std::optional<fcm_settings>& into, const std::vector<app_settings>& others,
              const std::filesystem::path& base) {
  if (!s.present()) return;
  fcm_settings fcm;
  s.number("quota_per_minute", fcm.quota_per_minute, 0, max_fcm_quota);
  s.path("service_account_file", fcm.service_account_file, base);
  s.text("endpoint", fcm.endpoint, forms::https_origin);
  read_ca_file(s, fcm.ca_file, base);
  if (!s.given("service_account_file")) {
    s.missing("service_account_file", "name the JSON key file of the Firebase service account");
  }
  if (auto json = read_named_file(s, "service_account_file", fcm.service_account_file,
                                  max_key_file_bytes, exposure::read_only)) {
    auto account = check_service_account(fcm.service_account_file, *json);
    if (auto* fault = std::get_if<file_fault>(&account)) {
      report(s, "service_account_file", std::move(*fault));
    } else {
      fcm.project_id = std::move(std::get<service_account>(account).project_id);
      fcm.token_uri = std::move(std::get<service_account>(account).token_uri);
      fcm.service_account_json = std::move(*json);
      check_quota(s, fcm, others);
    }
  }
  s.finish();
  into = std::move(fcm);
}

void read_identity(section s, std::optional<identity_settings>& into,
                   const std::filesystem::path& base) {
  if (!s.present()) return;
  identity_settings identity;
  s.text("issuer", identity.issuer, forms::plain);
  s.text("audience", identity.audience, forms::plain);
  s.text("jwks_url", identity.jwks_url, forms::https_url);
  s.path("jwks_file", identity.jwks_file, base);
  if (!s.given("issuer")) s.missing("issuer", "write the \"iss\" of the tokens");
  if (!s.given("audience")) s.missing("audience", "write the \"aud\" of the tokens");
  if (s.given("jwks_url") && s.given("jwks_file")) {
    s.wrong("jwks_file", "stands beside jwks_url", "give one of the two");
  } else if (!s.given("jwks_url") && !s.given("jwks_file")) {
    s.missing("jwks_url", "write where the identity provider serves its keys, or give jwks_file");
  }
  const auto json =
      read_named_file(s, "jwks_file", identity.jwks_file, max_key_file_bytes, exposure::any);
  if (json) report(s, "jwks_file", check_key_set(identity.jwks_file, *json));
  s.finish();
  into = std::move(identity);
}

void read_feeds(section& app, std::vector<feed_settings>& feeds) {
  for (section& s : app.tables("feed", "[[app.feed]]")) {
    feed_settings feed;
    s.text("url", feed.url, forms::web_url);
    s.texts("topics", feed.topics, forms::topic_key);
    s.duration("every", feed.every, 1s, days{1});
    if (!s.given("url")) s.missing("url", "write the address of the feed");
    if (!s.given("topics") || feed.topics.empty()) {
      s.missing("topics", "write the topics of the feed's items, for example [\"world\"]");
    }
    s.finish();
    feeds.push_back(std::move(feed));
  }
}

void read_app(section& s, app_settings& app, const configuration& c,
              const std::filesystem::path& base) {
  s.text("id", app.id, forms::app_id);
  app.name = app.id;
  s.text("name", app.name, forms::plain);
  s.text("client_key", app.client_key, forms::client_key);
  s.texts("link_hosts", app.link_hosts, forms::host_name);
  s.text("default_locale", app.digest.locale, forms::locale);
  s.text("default_time_zone", app.digest.time_zone, forms::time_zone);
  read_digest(s.table("digest", "[app.digest]"), app.digest, c.retention);
  read_apns(s.table("apns", "[app.apns]"), app.apns, base);
  read_fcm(s.table("fcm", "[app.fcm]"), app.fcm, c.apps, base);
  read_identity(s.table("identity", "[app.identity]"), app.identity, base);
  read_feeds(s, app.feeds);
  if (!s.given("id")) s.missing("id", "write a short name of the app, for example id = \"anewz\"");
  if (!s.given("client_key")) {
    s.missing("client_key", "write the key that is shipped inside the app");
  }
  if (!s.given("apns") && !s.given("fcm")) {
    s.missing("apns", "an app needs a gateway: write [app.apns], [app.fcm] or both below it");
  }
  s.finish();
}

}  // namespace

void read_apps(section& root, configuration& c, const std::filesystem::path& base) {
  for (section& s : root.tables("app", "[[app]]")) {
    app_settings app;
    read_app(s, app, c, base);
    for (const app_settings& other : c.apps) {
      if (!app.id.empty() && other.id == app.id) {
        s.wrong("id", fmt::format("{} names two apps", in_quotes(app.id)),
                "give each app an id of its own");
      }
      if (!app.client_key.empty() && other.client_key == app.client_key) {
        s.wrong("client_key", fmt::format("is that of {} too", in_quotes(other.id)),
                "give each app a key of its own");
      }
    }
    c.apps.push_back(std::move(app));
  }
  if (c.apps.empty() && !root.given("app")) {
    root.missing("[[app]]", "write [[app]] with an id, a client_key and a gateway");
  }
}

}  // namespace paperboy::command_line

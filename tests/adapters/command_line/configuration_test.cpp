#include "adapters/command_line/configuration.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include "tests/adapters/command_line/newsroom_folder.hpp"

namespace paperboy::command_line {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

class loading : public testing::Test {
 protected:
  configuration load(const std::string& toml, const environment_variables& variables = {}) {
    auto loaded = load_configuration(folder_.write("paperboy.toml", toml), variables);
    if (const auto* error = std::get_if<configuration_error>(&loaded)) {
      ADD_FAILURE() << error->text();
      return {};
    }
    return std::get<configuration>(std::move(loaded));
  }
  const std::filesystem::path& folder() const { return folder_.path(); }

  static std::string app(const std::string& more = "") { return std::string{whole_app} + more; }

 private:
  newsroom_folder folder_;
};

void expect_defaults(const configuration& c, const std::filesystem::path& folder) {
  EXPECT_EQ(to_text(c.http.listen), "127.0.0.1:8080");
  EXPECT_EQ(to_text(c.http.operator_listen), "127.0.0.1:8081");
  EXPECT_TRUE(c.http.trusted_proxies.empty());
  EXPECT_EQ(c.http.max_connections, 10'000U);
  EXPECT_EQ(c.redis.url.kind, redis::transport_kind::embedded);
  EXPECT_EQ(c.redis.url.path, (folder / "data").native());
  EXPECT_EQ(c.redis.shards, 16U);
  EXPECT_EQ(c.delivery.spread, 5min);
  EXPECT_EQ(c.delivery.deadline, 4h);
  EXPECT_EQ(c.delivery.window, 64U);
  EXPECT_EQ(c.delivery.lease, 30s);
  EXPECT_EQ(c.delivery.apns_server_error_retry, 15min);
  EXPECT_EQ(c.limits.registrations_per_minute_per_address, 60U);
  EXPECT_EQ(c.limits.failed_credentials_per_minute_per_address, 10U);
  EXPECT_EQ(c.retention.items, days{14});
  EXPECT_EQ(c.retention.editions, days{30});
  EXPECT_EQ(c.retention.runs, days{30});
  EXPECT_EQ(c.retention.reasons, days{30});
  EXPECT_EQ(c.level, log_level::info);
  ASSERT_EQ(c.apps.size(), 1U);
  const app_settings& app = c.apps.front();
  EXPECT_EQ(app.name, "anewz");
  EXPECT_TRUE(app.link_hosts.empty());
  EXPECT_EQ(app.digest.time, 8h);
  EXPECT_EQ(app.digest.days, weekdays::all());
  EXPECT_EQ(app.digest.max_items, 5);
  EXPECT_EQ(app.digest.min_items, 1);
  EXPECT_EQ(app.digest.lookback, 36h);
  EXPECT_FALSE(app.digest.readers_language_only);
  EXPECT_EQ(app.digest.locale, "en");
  EXPECT_EQ(app.digest.time_zone, "UTC");
  ASSERT_TRUE(app.apns);
  EXPECT_EQ(app.apns->endpoint, "https://api.push.apple.com");
  EXPECT_EQ(app.apns->sandbox_endpoint, "https://api.sandbox.push.apple.com");
}

TEST_F(loading, an_app_with_a_gateway_is_enough) {
  const configuration c = load(app());
  expect_defaults(c, folder());
  EXPECT_FALSE(c.http.operator_token_sha256);
  EXPECT_TRUE(c.http.tls_certificate.empty());
  EXPECT_TRUE(c.api_keys.empty());
  EXPECT_TRUE(c.apps.front().feeds.empty());
  EXPECT_FALSE(c.apps.front().fcm);
  EXPECT_FALSE(c.apps.front().identity);
}

std::string shipped_file() {
  std::ifstream file{PAPERBOY_SOURCE_DIR "/ops/paperboy.toml"};
  return {std::istreambuf_iterator<char>{file}, {}};
}

TEST_F(loading, the_file_that_is_shipped_holds_the_defaults) {
  expect_defaults(load(shipped_file()), folder());
}

TEST_F(loading, what_the_shipped_file_shows_in_comments_is_valid_and_the_default) {
  std::string toml =
      std::regex_replace(shipped_file(), std::regex{R"(# ((?:[a-z_0-9]+ = |\[)[^\n]*)\n)"}, "$1\n");
  toml = std::regex_replace(toml, std::regex{"64 hex digits"}, std::string(64, 'a'));
  // Of two alternatives one has to go; the certificates stand in the test's folder.
  toml = std::regex_replace(toml, std::regex{R"(jwks_file = [^\n]*\n)"}, "");
  toml = std::regex_replace(toml, std::regex{R"(ca_file = "redis-ca[^\n]*\n)"}, "");
  toml = std::regex_replace(toml, std::regex{"tls/"}, "");
  const configuration c = load(toml);
  expect_defaults(c, folder());
  EXPECT_EQ(c.api_keys.size(), 1U);
  EXPECT_TRUE(c.http.operator_token_sha256);
  ASSERT_EQ(c.apps.size(), 1U);
  ASSERT_EQ(c.apps.front().feeds.size(), 1U);
  EXPECT_EQ(c.apps.front().feeds.front().every, 5min);
  ASSERT_TRUE(c.apps.front().fcm);
  EXPECT_EQ(c.apps.front().fcm->endpoint, "https://fcm.googleapis.com");
  EXPECT_EQ(c.apps.front().fcm->quota_per_minute, 600'000U);
}

TEST_F(loading, paths_are_relative_to_the_file) {
  const configuration c = load(
      "[http]\ntls_certificate = \"./cert.pem\"\n"
      "tls_private_key = \"sub/../key.pem\"\n"
      "[redis]\nurl = \"unix:run/redis.sock\"\n" +
      app());
  EXPECT_EQ(c.http.tls_certificate, folder() / "cert.pem");
  EXPECT_EQ(c.http.tls_private_key, folder() / "key.pem");
  EXPECT_EQ(c.redis.url.path, (folder() / "run/redis.sock").native());
  ASSERT_EQ(c.apps.size(), 1U);
  EXPECT_EQ(c.apps.front().apns->key_file, folder() / "AuthKey.p8");
  EXPECT_TRUE(c.apps.front().apns->key_pem.starts_with("-----BEGIN PRIVATE KEY-----"));
}

TEST_F(loading, reads_every_kind_of_value) {
  const configuration c = load(R"([http]
listen = "[::1]:0"
operator_listen = "0.0.0.0:9000"
operator_token_sha256 = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"
trusted_proxies = ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"]
[delivery]
spread = "0s"
deadline = "1h30m"
[log]
level = "warning"
)" + app(R"([app.digest]
time = "18:30"
days = ["sat", "mon"]
lookback = "7d"
language = "reader"
[app.fcm]
service_account_file = "service-account.json"
endpoint = "https://localhost:8443/"
ca_file = "ca.pem"
[app.identity]
issuer = "https://id.example.com"
audience = "anewz"
jwks_file = "keys.json"
[[app.feed]]
url = "http://127.0.0.1:8000/rss"
topics = ["world", "local/baku"]
[[api_key]]
name = "newsroom"
sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
scopes = ["items", "reports"]
apps = ["anewz"]
)"));
  EXPECT_EQ(to_text(c.http.listen), "[::1]:0");
  EXPECT_EQ(to_text(c.http.operator_listen), "0.0.0.0:9000");
  ASSERT_TRUE(c.http.operator_token_sha256);
  EXPECT_EQ(c.http.operator_token_sha256->front(), 0xe3);
  EXPECT_EQ(c.http.trusted_proxies.size(), 3U);
  EXPECT_EQ(c.delivery.spread, 0s);
  EXPECT_EQ(c.delivery.deadline, 90min);
  EXPECT_EQ(c.level, log_level::warning);
  ASSERT_EQ(c.apps.size(), 1U);
  const app_settings& app = c.apps.front();
  EXPECT_EQ(app.digest.time, 18h + 30min);
  EXPECT_EQ(to_text(app.digest.days), "mon,sat");
  EXPECT_EQ(app.digest.lookback, days{7});
  EXPECT_TRUE(app.digest.readers_language_only);
  ASSERT_TRUE(app.fcm);
  EXPECT_EQ(app.fcm->endpoint, "https://localhost:8443");
  EXPECT_EQ(app.fcm->project_id, "paperboy-demo");
  EXPECT_EQ(app.fcm->token_uri, "https://localhost:1/token");
  ASSERT_TRUE(app.identity);
  EXPECT_EQ(app.identity->jwks_file, folder() / "keys.json");
  ASSERT_EQ(app.feeds.size(), 1U);
  EXPECT_EQ(app.feeds.front().topics.back(), "local/baku");
  ASSERT_EQ(c.api_keys.size(), 1U);
  EXPECT_TRUE(c.api_keys.front().scopes.contains("reports"));
  EXPECT_FALSE(c.api_keys.front().scopes.contains("topics"));
}

TEST_F(loading, a_variable_overrides_the_file) {
  const configuration c =
      load("[http]\nlisten = \"not an address\"\ntrusted_proxies = [\"10.0.0.0/8\"]\n" + app(),
           {{"PAPERBOY_HTTP__LISTEN", "127.0.0.1:9999"},
            {"PAPERBOY_HTTP__TRUSTED_PROXIES", ""},
            {"PAPERBOY_REDIS__SHARDS", "8"},
            {"PAPERBOY_DELIVERY__SPREAD", "0s"},
            {"PAPERBOY_APP__0__CLIENT_KEY", "ck_from_outside"},
            {"PAPERBOY_APP__0__DIGEST__DAYS", "mon, fri"}});
  EXPECT_EQ(to_text(c.http.listen), "127.0.0.1:9999");
  EXPECT_TRUE(c.http.trusted_proxies.empty());
  EXPECT_EQ(c.redis.shards, 8U);
  EXPECT_EQ(c.delivery.spread, 0s);
  ASSERT_EQ(c.apps.size(), 1U);
  EXPECT_EQ(c.apps.front().client_key, "ck_from_outside");
  EXPECT_EQ(to_text(c.apps.front().digest.days), "mon,fri");
}

TEST_F(loading, variables_alone_are_a_configuration) {
  environment_variables variables;
  for (int i = 0; i < 11; ++i) {
    const std::string prefix = "PAPERBOY_APP__" + std::to_string(i) + "__";
    variables.emplace_back(prefix + "ID", "app" + std::to_string(i));
    variables.emplace_back(prefix + "CLIENT_KEY", "ck_" + std::to_string(i) + "_0123456789");
    variables.emplace_back(prefix + "FCM__SERVICE_ACCOUNT_FILE", "service-account.json");
  }
  const configuration c = load("", variables);
  ASSERT_EQ(c.apps.size(), 11U);
  EXPECT_EQ(c.apps.back().id, "app10");
  EXPECT_NE(c.app("app7"), nullptr);
  EXPECT_EQ(c.app("app11"), nullptr);
}

TEST_F(loading, takes_every_form_of_an_address_of_redis) {
  const auto url_of = [this](const std::string& keys) {
    return load("[redis]\n" + keys + "\n" + app()).redis.url;
  };
  EXPECT_EQ(url_of("url = \"unix:/run/redis.sock\"").path, "/run/redis.sock");
  EXPECT_EQ(url_of("url = \"redis://[::1]:6380/3\"").host, "::1");
  const redis::url tls =
      url_of("url = \"rediss://user:p%40ss@redis:6380/2\"\nca_file = \"ca.pem\"");
  EXPECT_EQ(tls.kind, redis::transport_kind::tls);
  EXPECT_EQ(tls.password, "p@ss");
  EXPECT_EQ(tls.ca_file, (folder() / "ca.pem").native());
  EXPECT_EQ(tls.to_text().find("p%40ss"), std::string::npos);
}

TEST(environment, only_what_begins_with_paperboy_counts) {
  const char* const block[] = {"PATH=/bin", "PAPERBOY_LOG__LEVEL=debug", "PAPERBOYS=1",
                               "PAPERBOY_A__B=x=y", nullptr};
  const environment_variables expected{{"PAPERBOY_LOG__LEVEL", "debug"}, {"PAPERBOY_A__B", "x=y"}};
  EXPECT_EQ(paperboy_variables(block), expected);
}

}  // namespace
}  // namespace paperboy::command_line

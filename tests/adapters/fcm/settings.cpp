#include "adapters/fcm/settings.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "adapters/net/json_web_token.hpp"
#include "adapters/simulators/credentials.hpp"
#include "core/ports/gateway.hpp"

namespace paperboy::fcm {
namespace {

using namespace std::chrono_literals;

const std::string& good() {
  static const std::string text = simulators::service_account_json(
      simulators::make_fcm_credential("paperboy-demo"), "https://localhost:1/token");
  return text;
}

std::string refusal(const std::string& json) {
  try {
    read_service_account(json);
  } catch (const net::credential_error& error) {
    return error.what();
  }
  return {};
}

std::string with(const char* name, const char* value) {
  auto document = boost::json::parse(good()).as_object();
  document[name] = value;
  return boost::json::serialize(document);
}

std::string without(const char* name) {
  auto document = boost::json::parse(good()).as_object();
  document.erase(name);
  return boost::json::serialize(document);
}

TEST(service_account, is_read_from_googles_file) {
  const auto account = read_service_account(good());
  EXPECT_EQ(account.project_id, "paperboy-demo");
  EXPECT_EQ(account.token_uri, "https://localhost:1/token");
  EXPECT_FALSE(account.client_email.empty());
}

TEST(service_account, that_is_no_good_says_what_is_wrong_with_it_and_shows_nothing) {
  EXPECT_EQ(refusal("junk"), "the service account is not a JSON object");
  EXPECT_EQ(refusal("[]"), "the service account is not a JSON object");
  EXPECT_EQ(refusal(without("project_id")), "the service account has no text \"project_id\"");
  EXPECT_EQ(refusal(without("client_email")), "the service account has no text \"client_email\"");
  EXPECT_EQ(refusal(without("private_key")), "the service account has no text \"private_key\"");
  EXPECT_EQ(refusal(without("token_uri")), "the service account has no text \"token_uri\"");
  EXPECT_EQ(refusal(with("project_id", "")), "the service account has no text \"project_id\"");
  EXPECT_EQ(refusal(R"({"type":7})"), "the service account has no text \"type\"");
  EXPECT_EQ(refusal(with("project_id", "a/../b")),
            "the service account's \"project_id\" is not a project's id");
  EXPECT_EQ(refusal(with("type", "authorized_user")),
            "the JSON file is not that of a service account (\"type\")");
  EXPECT_EQ(refusal(with("private_key", "junk")),
            "the service account's \"private_key\": no unencrypted private key in PEM form");
  EXPECT_EQ(refusal(with("private_key", simulators::make_apns_credential().private_key.c_str())),
            "the service account's \"private_key\": the private key is not an RSA key");
}

TEST(fcm_connections, find_a_black_hole_within_fifteen_seconds_and_never_by_ping) {
  const auto c = settings::default_connections();
  EXPECT_EQ(c.session.ping_after, 0ms) << "three PINGs end a connection";
  EXPECT_GT(c.session.silence_limit, 10s) << "Firebase may take five, and asks for ten";
  EXPECT_LE(c.session.silence_limit + c.tick, 15s);
  EXPECT_LE(c.session.write_limit + c.tick, 15s);
}

TEST(fcm_connections, end_before_firebase_ends_them) {
  EXPECT_LT(settings::default_connections().pace.max_age, 59min);
  EXPECT_EQ(settings::default_connections().session.most_streams, 100U);
}

TEST(fcm_connections, answer_within_the_limit_of_a_gateway) {
  const auto c = settings::default_connections();
  EXPECT_LT(c.queue_limit + c.request_limit + 2 * c.tick, gateway::answer_limit);
}

}  // namespace
}  // namespace paperboy::fcm

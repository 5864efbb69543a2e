#include "adapters/command_line/check_online.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "adapters/simulators/simulator_thread.hpp"

namespace paperboy::command_line {
namespace {

// A newsroom whose gateways are simulators.
class check_online_test : public ::testing::Test {
 protected:
  check_online_test()
      : identity_(simulators::make_server_identity()),
        key_(simulators::make_apns_credential()),
        account_(simulators::make_fcm_credential()),
        simulator_(options()),
        ca_file_(std::filesystem::temp_directory_path() /
                 ("paperboy-check-" + std::to_string(::getpid()) + ".pem")) {
    std::ofstream(ca_file_) << identity_.ca;
    c_.apps.emplace_back();
    auto& app = c_.apps.back();
    app.id = "anewz";
    app.apns.emplace();
    app.apns->topic = "com.example.news";
    app.apns->team_id = key_.team_id;
    app.apns->key_id = key_.key_id;
    app.apns->key_pem = key_.private_key;
    app.apns->endpoint = url(simulators::gateway_name::apns);
    app.apns->sandbox_endpoint = url(simulators::gateway_name::sandbox);
    app.apns->ca_file = ca_file_;
    app.fcm.emplace();
    app.fcm->service_account_json = simulators::service_account_json(
        account_, simulator_.call([](auto& s) { return s.token_uri(); }));
    app.fcm->endpoint = url(simulators::gateway_name::fcm);
    app.fcm->ca_file = ca_file_;
    c_.redis.url.kind = redis::transport_kind::unix_socket;
    c_.redis.url.path = "/nowhere/redis.sock";
  }
  ~check_online_test() override { std::filesystem::remove(ca_file_); }

  simulators::gateway_options options() const {
    simulators::gateway_options o;
    o.identity = identity_;
    o.apns_keys.push_back({key_.team_id, key_.key_id, key_.public_key, {}, true, true, {}});
    o.fcm_projects.push_back({account_.project_id, account_.client_email, account_.public_key});
    o.accept_any_device = false;  // as the real ones: nobody has that token
    return o;
  }
  std::string url(simulators::gateway_name name) {
    return simulator_.call([name](auto& s) { return s.url(name); });
  }

  simulators::server_identity identity_;
  simulators::apns_credential key_;
  simulators::fcm_credential account_;
  simulators::simulator_thread simulator_;
  std::filesystem::path ca_file_;
  configuration c_;
};

TEST_F(check_online_test, a_refused_device_means_an_accepted_credential) {
  const auto found = check_online(c_);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[1].what, "app anewz: APNs");
  EXPECT_TRUE(found[1].good) << found[1].text;
  EXPECT_EQ(found[2].what, "app anewz: FCM");
  EXPECT_TRUE(found[2].good) << found[2].text;
}

TEST_F(check_online_test, a_redis_that_is_not_there_is_named_with_the_reason) {
  const auto found = check_online(c_);
  EXPECT_EQ(found[0].what, "Redis");
  EXPECT_FALSE(found[0].good);
  EXPECT_NE(found[0].text.find("/nowhere/redis.sock"), std::string::npos) << found[0].text;
}

TEST_F(check_online_test, an_unknown_key_is_refused_and_the_other_gateway_is_asked_all_the_same) {
  c_.apps[0].apns->key_id = "WRONGKEY99";
  const auto found = check_online(c_);
  EXPECT_FALSE(found[1].good);
  EXPECT_NE(found[1].text.find("InvalidProviderToken"), std::string::npos) << found[1].text;
  EXPECT_TRUE(found[2].good) << found[2].text;
}

}  // namespace
}  // namespace paperboy::command_line

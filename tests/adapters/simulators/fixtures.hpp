#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "adapters/simulators/credentials.hpp"
#include "adapters/simulators/simulator_thread.hpp"
#include "tests/adapters/simulators/signing.hpp"
#include "tests/adapters/simulators/test_client.hpp"

namespace paperboy::simulators::test {

inline const std::string device(64, 'a');
inline constexpr std::string_view small_alert = R"({"aps":{"alert":"x","sound":"default"}})";

// One simulator, started with `options` at the first use; its clock stands still until moved.
class simulator_test : public ::testing::Test {
 protected:
  simulator_test() {
    options.now = [this] {
      return std::chrono::system_clock::time_point(std::chrono::seconds(seconds.load()));
    };
  }

  simulator_thread& simulator() {
    if (!running_) running_ = std::make_unique<simulator_thread>(options);
    return *running_;
  }
  std::uint16_t port(gateway_name gateway) {
    return simulator().call([gateway](gateway_simulator& s) { return s.port(gateway); });
  }
  std::string ca() {
    return simulator().call([](gateway_simulator& s) { return s.ca(); });
  }
  std::unique_ptr<test_client> connect(gateway_name gateway) {
    return std::make_unique<test_client>(port(gateway), ca());
  }
  void add_fault(const std::string& text) {
    const auto parsed = parse_fault(text);
    const auto* f = std::get_if<fault>(&parsed);
    ASSERT_NE(f, nullptr) << std::get<std::string>(parsed);
    simulator().call([f](gateway_simulator& s) { s.add_fault(*f); });
  }
  void add_phone(const std::string& token, const phone& p) {
    simulator().call([&](gateway_simulator& s) { s.add_phone(token, p); });
  }
  std::vector<received_push> received(const std::string& token) {
    return simulator().call([&token](gateway_simulator& s) { return s.received(token); });
  }

  gateway_options options;
  std::atomic<std::int64_t> seconds{1'800'000'000};

 private:
  std::unique_ptr<simulator_thread> running_;
};

class apns_test : public simulator_test {
 protected:
  apns_test() {
    options.apns_keys.push_back({key.team_id, key.key_id, key.public_key, {}, true, true, {}});
  }

  std::string token_now() { return provider_token(key.private_key, seconds); }

  // A good push but for what `changed` says; an empty value leaves the header out.
  header_list headers(const header_list& changed = {}) {
    header_list out{{":method", "POST"},
                    {":scheme", "https"},
                    {":authority", "localhost"},
                    {":path", "/3/device/" + device},
                    {"authorization", "bearer " + jwt()},
                    {"apns-topic", "com.example.news"},
                    {"apns-push-type", "alert"},
                    {"apns-id", "9e2f8f3a-1c52-4c1b-8a55-0f4f5b1f7d10"}};
    for (const auto& [name, value] : changed) {
      std::erase_if(out, [&wanted = name](const auto& one) { return one.first == wanted; });
      if (!value.empty()) out.emplace_back(name, value);
    }
    return out;
  }
  const std::string& jwt() {
    if (jwt_.empty()) jwt_ = token_now();
    return jwt_;
  }
  test_client& client() {
    if (!client_) client_ = connect(gateway_name::apns);
    return *client_;
  }
  const reply& push(const header_list& changed = {}, std::string_view body = small_alert) {
    return client().ask(headers(changed), std::string(body));
  }
  // "200", or status and reason as "400 BadTopic".
  std::string said(const reply& r) {
    const std::string prefix = "{\"reason\":\"";
    const std::size_t end = r.body.find('"', prefix.size());
    return std::to_string(r.status) + (r.body.starts_with(prefix)
                                           ? " " + r.body.substr(prefix.size(), end - prefix.size())
                                           : "");
  }
  std::string told(const header_list& changed = {}, std::string_view body = small_alert) {
    return said(push(changed, body));
  }
  void reconnect() { client_.reset(); }

  apns_credential key = make_apns_credential();
  std::string jwt_;

 private:
  std::unique_ptr<test_client> client_;
};

}  // namespace paperboy::simulators::test

// One gateway that is ill does not slow the other down, though both share a thread.
#include <algorithm>

#include "adapters/apns/client.hpp"
#include "adapters/fcm/client.hpp"
#include "tests/adapters/net/gateway_fixture.hpp"

namespace paperboy {
namespace {

using namespace std::chrono_literals;
using simulators::gateway_name;

struct bulkhead : net::testing::gateway_fixture {
  bulkhead() {
    options.apns_keys.push_back(
        {apple.team_id, apple.key_id, apple.public_key, {}, true, true, {}});
    options.fcm_projects.push_back(
        {google.project_id, google.client_email, google.public_key});
    options.latency = 50ms;
  }

  void start() {
    start_simulator();
    apns::settings a;
    a.topic = "com.example.news";
    a.team_id = apple.team_id;
    a.key_id = apple.key_id;
    a.private_key = apple.private_key;
    a.endpoint = simulator->url(gateway_name::apns);
    a.sandbox_endpoint = simulator->url(gateway_name::sandbox);
    a.ca_file = ca_file;
    to_apple.emplace(context, a,
                     std::make_shared<apns::provider_token_minter>(apple.team_id, apple.key_id,
                                                                   apple.private_key));
    fcm::settings f;
    f.account = fcm::read_service_account(
        simulators::service_account_json(google, simulator->token_uri()));
    f.endpoint = simulator->url(gateway_name::fcm);
    f.ca_file = ca_file;
    f.connections.most_connections = 1;  // ninety streams: the pace is theirs, not this machine's
    to_google.emplace(context, f);
    apple_message = to_apple->prepare(net::testing::sample_notification());
    google_message = to_google->prepare(net::testing::sample_notification());
  }

  push to_iphone() {
    push p;
    p.message = apple_message.get();
    p.token = iphone;
    p.expires_at = in(1h);
    return p;
  }
  push to_android() {
    push p;
    p.message = google_message.get();
    p.token = android;
    p.expires_at = in(1h);
    return p;
  }

  // The best of three, for what else the machine does is no part of it.
  std::chrono::milliseconds time_of_fcm(std::size_t count) {
    auto best = std::chrono::milliseconds::max();
    for (int round = 0; round < 3; ++round) {
      const auto started = std::chrono::steady_clock::now();
      const std::uint64_t first = last_ticket + 1;
      push p = to_android();
      for (std::size_t i = 0; i < count; ++i) {
        p.ticket = ++last_ticket;
        p.id = net::testing::id_of(p.ticket);
        to_google->send(p, sink);
      }
      EXPECT_TRUE(run_until([&] { return to_google->under_way() == 0; }));
      for (std::uint64_t ticket = first; ticket <= last_ticket; ++ticket) {
        EXPECT_EQ(sink.all[ticket].status, 200);
      }
      best = std::min(best, std::chrono::duration_cast<std::chrono::milliseconds>(
                                std::chrono::steady_clock::now() - started));
    }
    return best;
  }

  const simulators::apns_credential apple = simulators::make_apns_credential();
  const simulators::fcm_credential google = simulators::make_fcm_credential("paperboy-demo");
  std::optional<apns::client> to_apple;
  std::optional<fcm::client> to_google;
  std::shared_ptr<const prepared_message> apple_message;
  std::shared_ptr<const prepared_message> google_message;
  const std::string iphone = std::string(32, '\xAB');
  const std::string android = "fcm-token:" + std::string(150, 'A');
};

// The times are recorded: both are the same to a few per cent on a machine that does nothing else.
// Without a bulkhead it would be seconds.
constexpr int far_slower = 3;

TEST_F(bulkhead, firebase_goes_on_at_its_pace_while_apple_is_a_black_hole) {
  constexpr std::size_t count = 1350;  // fifteen rounds of ninety
  start();
  EXPECT_EQ(ask(*to_google, to_android()).status, 200);
  EXPECT_EQ(ask(*to_apple, to_iphone()).status, 200);
  const auto usual = time_of_fcm(count);

  add_fault("freeze,gateway=apns");
  push p = to_iphone();
  const auto swallowed_from = last_ticket + 1;
  for (int i = 0; i < 5000; ++i) {
    p.ticket = ++last_ticket;
    p.id = net::testing::id_of(p.ticket);
    to_apple->send(p, sink);
  }
  const auto swallowed_to = last_ticket;
  EXPECT_EQ(to_apple->under_way(), 5000U);
  const auto beside = time_of_fcm(count);
  // On a slow machine the black hole is found meanwhile, and its pushes are given up: none was taken.
  for (auto ticket = swallowed_from; ticket <= swallowed_to; ++ticket) {
    EXPECT_NE(sink.all[ticket].status, 200);
  }
  EXPECT_LE(beside, far_slower * usual);
  RecordProperty("milliseconds_usual", static_cast<int>(usual.count()));
  RecordProperty("milliseconds_beside_a_black_hole", static_cast<int>(beside.count()));
}

TEST_F(bulkhead, firebase_goes_on_at_its_pace_while_apple_cannot_be_reached) {
  constexpr std::size_t count = 1350;
  start();
  EXPECT_EQ(ask(*to_google, to_android()).status, 200);
  const auto usual = time_of_fcm(count);

  simulator->shut(gateway_name::apns);
  push p = to_iphone();
  for (int i = 0; i < 5000; ++i) {
    p.ticket = ++last_ticket;
    p.id = net::testing::id_of(p.ticket);
    to_apple->send(p, sink);
  }
  const auto beside = time_of_fcm(count);
  EXPECT_LE(beside, far_slower * usual);
  RecordProperty("milliseconds_usual", static_cast<int>(usual.count()));
  RecordProperty("milliseconds_beside_an_outage", static_cast<int>(beside.count()));
}

}  // namespace
}  // namespace paperboy

#include "adapters/http/limits.hpp"

#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>

#include "tests/adapters/http/running_server.hpp"

namespace paperboy::http::testing {
namespace {

using namespace std::chrono_literals;

address at(const std::string& text) {
  return parse_address(text).value();
}

TEST(http_addresses, are_read_and_written) {
  for (const auto* text : {"127.0.0.1", "10.1.2.3", "::1", "2001:db8::1"}) {
    EXPECT_EQ(to_text(at(text)), text);
  }
  EXPECT_EQ(at("[2001:db8::1]"), at("2001:db8::1"));
  EXPECT_EQ(at("::ffff:10.1.2.3"), at("10.1.2.3"));
  for (const auto* text : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "localhost", "::g", "1.2.3.4:80",
                           "fe80::1%eth0", "[::1"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
  EXPECT_TRUE(at("127.8.8.8").is_loopback());
  EXPECT_TRUE(at("::1").is_loopback());
  EXPECT_FALSE(at("::2").is_loopback());
}

TEST(http_addresses, ranges_hold_what_their_bits_say) {
  const auto holds = [](const std::string& range, const std::string& a) {
    return parse_range(range).value().contains(at(a));
  };
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("10.0.0.128/25", "10.0.0.200"));
  EXPECT_FALSE(holds("10.0.0.128/25", "10.0.0.127"));
  EXPECT_TRUE(holds("10.0.0.1", "10.0.0.1"));
  EXPECT_FALSE(holds("10.0.0.1", "10.0.0.2"));
  EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(holds("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  for (const auto* range : {"", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "/8"}) {
    EXPECT_FALSE(parse_range(range)) << range;
  }
}

TEST(http_addresses, only_trusted_proxies_name_the_client) {
  const std::vector<address_range> trusted{parse_range("10.0.0.0/8").value()};
  const auto client = [&trusted](const std::string& peer, const std::string& forwarded_for) {
    return to_text(client_address(at(peer), forwarded_for, trusted));
  };
  EXPECT_EQ(client("8.8.8.8", "127.0.0.1"), "8.8.8.8");
  EXPECT_EQ(client("10.0.0.1", ""), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", "9.9.9.9"), "9.9.9.9");
  EXPECT_EQ(client("10.0.0.1", "1.1.1.1, 9.9.9.9"), "9.9.9.9");
  EXPECT_EQ(client("10.0.0.1", "1.1.1.1, 9.9.9.9 ,10.0.0.2"), "9.9.9.9");
  EXPECT_EQ(client("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3");
  EXPECT_EQ(client("10.0.0.1", "9.9.9.9, unknown"), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", "9.9.9.9, unknown, 10.0.0.2"), "10.0.0.2");
  EXPECT_EQ(client("10.0.0.1", "2001:db8::1"), "2001:db8::1");
}

TEST(http_limits, a_minute_begins_with_the_first_use_and_holds_exactly_the_quota) {
  minute_limit limit("test", 3);
  const clock_time start{};
  const address a = at("1.2.3.4");
  for (std::uint32_t left : {2U, 1U, 0U}) {
    const auto s = limit.take(a, start + 30s);
    EXPECT_TRUE(s.allowed);
    EXPECT_EQ(s.left, left);
    EXPECT_EQ(s.resets_in, 60s);
  }
  const auto refused = limit.take(a, start + 89s + 999ms);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.resets_in, 1s);
  EXPECT_TRUE(limit.take(at("1.2.3.5"), start + 60s).allowed);
  EXPECT_TRUE(limit.take(a, start + 90s).allowed);
}

TEST(http_limits, neighbours_of_one_IPv6_network_count_together) {
  minute_limit limit("test", 1);
  EXPECT_TRUE(limit.take(at("2001:db8::1"), {}).allowed);
  EXPECT_FALSE(limit.take(at("2001:db8::ffff:2"), {}).allowed);
  EXPECT_TRUE(limit.take(at("2001:db8:0:1::1"), {}).allowed);
}

TEST(http_limits, what_is_given_back_can_be_taken_again) {
  minute_limit limit("test", 1);
  EXPECT_TRUE(limit.take(at("1.2.3.4"), {}).allowed);
  limit.give_back(at("1.2.3.4"));
  EXPECT_TRUE(limit.take(at("1.2.3.4"), {}).allowed);
  EXPECT_FALSE(limit.take(at("1.2.3.4"), {}).allowed);
}

TEST(http_limits, a_flood_of_addresses_pushes_out_the_oldest_only) {
  minute_limit limit("test", 1);
  address a = at("1.0.0.0");
  const auto number = [&a](std::size_t n) {
    for (int i = 0; i < 3; ++i)
      a.bytes[15 - static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(n >> (8 * i));
    return a;
  };
  for (std::size_t n = 0; n <= minute_limit::addresses_limit; ++n) {
    EXPECT_TRUE(limit.take(number(n), {}).allowed);
  }
  EXPECT_FALSE(limit.take(number(minute_limit::addresses_limit), {}).allowed);
  EXPECT_FALSE(limit.take(number(1), {}).allowed);
  EXPECT_TRUE(limit.take(number(0), {}).allowed);
}

std::string registration(const std::string& fields = {}) {
  return "POST /v1/devices HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " +
         std::string(client_key) + "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n" +
         fields + "\r\n{}";
}

TEST(http_limits, registrations_of_an_address_are_counted_when_they_are_made) {
  server_options options;
  options.registrations_per_minute = 2;
  unsigned next = 422;
  options.handlers["register_device"] = [&next](context&, const request&) -> task<answer> {
    co_return answer::json(next, "{}");
  };
  running_server server(std::move(options));
  const auto register_answering = [&](unsigned status, const std::string& fields = {}) {
    server.on_loop([&](listener&) { next = status; });
    return *ask(server, registration(fields));
  };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(register_answering(422).status, 422U);
  const auto first = register_answering(201);
  EXPECT_EQ(first.status, 201U);
  EXPECT_EQ(first.field("ratelimit-policy"), "\"registrations\";q=2;w=60");
  EXPECT_TRUE(first.field("ratelimit").starts_with("\"registrations\";r=1;t="));
  EXPECT_EQ(register_answering(201).status, 201U);
  // Nobody believes X-Forwarded-For of a stranger.
  const auto refused = register_answering(201, "X-Forwarded-For: 9.9.9.9\r\n");
  EXPECT_EQ(refused.status, 429U);
  EXPECT_FALSE(refused.field("retry-after").empty());
  EXPECT_TRUE(refused.field("ratelimit").starts_with("\"registrations\";r=0;t="));
}

TEST(http_limits, addresses_behind_a_trusted_proxy_are_counted_apart) {
  server_options options;
  options.registrations_per_minute = 1;
  options.trusted_proxies = {parse_range("127.0.0.0/8").value()};
  running_server server(std::move(options));
  EXPECT_EQ(ask(server, registration("X-Forwarded-For: 9.9.9.9\r\n"))->status, 200U);
  EXPECT_EQ(ask(server, registration("X-Forwarded-For: 9.9.9.8\r\n"))->status, 200U);
  EXPECT_EQ(
      ask(server, registration("X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 9.9.9.9\r\n"))->status,
      429U);
}

TEST(http_limits, unknown_credentials_run_out_and_known_ones_do_not) {
  server_options options;
  options.failures_per_minute = 3;
  running_server server(std::move(options));
  const auto status_with = [&server](std::string_view credential) {
    return ask(server, request_text("GET", "/v1/devices/self", credential))->status;
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(status_with({}), 401U);  // none is no failure
  EXPECT_EQ(status_with("unknown-credential-0123"), 401U);
  EXPECT_EQ(status_with("pd_" + std::string(56, '0')), 401U);
  EXPECT_EQ(status_with(std::string(4096, 'x')), 401U);
  const auto refused = ask(server, request_text("GET", "/v1/devices/self", "another-unknown-one"));
  EXPECT_EQ(refused->status, 429U);
  EXPECT_FALSE(refused->field("retry-after").empty());
  EXPECT_EQ(status_with(device_credential()), 200U);
}

TEST(http_limits, credentials_are_one_bearer_token) {
  running_server server;
  const auto status_with = [&server](const std::string& fields) {
    return ask(server, "GET /v1/devices/self HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n")->status;
  };
  const std::string good = device_credential();
  EXPECT_EQ(status_with("Authorization: Bearer " + good + "\r\n"), 200U);
  EXPECT_EQ(status_with("authorization: bearer  " + good + "\r\n"), 200U);
  EXPECT_EQ(status_with("Authorization: Basic " + good + "\r\n"), 401U);
  EXPECT_EQ(status_with("Authorization: " + good + "\r\n"), 401U);
  EXPECT_EQ(status_with("Authorization: Bearer\r\n"), 401U);
  EXPECT_EQ(status_with("Authorization: Bearer " + good + " x\r\n"), 401U);
  EXPECT_EQ(status_with("Authorization: Bearer " + good + "\xc3\xa9\r\n"), 401U);
  EXPECT_EQ(status_with("Authorization: Bearer a\r\nAuthorization: Bearer " + good + "\r\n"), 400U);
  std::string flipped = good;
  flipped[20] = flipped[20] == 'A' ? 'B' : 'A';
  EXPECT_EQ(status_with("Authorization: Bearer " + flipped + "\r\n"), 401U);
}

TEST(http_limits, replaced_credentials_count_from_the_next_request_on) {
  minute_limit failures("x", 100);
  known_credentials first;
  first.client_keys = {{"anewz", "ck_first_0123456789"}};
  authentication credentials(first, failures);
  const auto admits = [&credentials](const std::string& key) {
    static std::string text;
    text = "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + key + "\r\n\r\n";
    head h;
    head_reader reader;
    EXPECT_EQ(reader.read(text, h), head_reader::progress::complete);
    caller who;
    return !credentials.admit(h, all_routes().front(), {}, {}, {}, who);
  };
  EXPECT_TRUE(admits("ck_first_0123456789"));
  known_credentials second;
  second.client_keys = {{"anewz", "ck_second_0123456789"}};
  credentials.replace(second);
  EXPECT_FALSE(admits("ck_first_0123456789"));
  EXPECT_TRUE(admits("ck_second_0123456789"));
}

TEST(http_limits, an_address_has_a_number_of_connections) {
  server_options options;
  options.connections_per_address = 2;
  options.loopback_exempt = false;
  running_server server(std::move(options));
  raw_client first(server.port());
  auto second = std::make_unique<raw_client>(server.port());
  raw_client third(server.port());
  const auto refused = third.receive();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503U);
  EXPECT_TRUE(third.closed_by_server());
  second.reset();
  for (std::size_t open = 2; open != 1;) {
    server.on_loop([&open](listener& l) { open = l.connections(); });
  }
  EXPECT_EQ(ask(server, request_text("GET", "/openapi.json"))->status, 200U);
}

TEST(http_limits, when_all_connections_are_taken_one_that_waits_makes_room) {
  server_options options;
  options.connections = 2;
  int handling = 0;
  options.handlers["list_topics"] = [&handling](context&, const request&) -> task<answer> {
    ++handling;
    boost::asio::steady_timer forever(co_await boost::asio::this_coro::executor, clock_time::max());
    co_await forever.async_wait(boost::asio::use_awaitable);
    co_return answer();
  };
  running_server server(std::move(options));
  raw_client working(server.port());
  working.send(request_text("GET", "/openapi.json"));
  EXPECT_EQ(working.receive()->status, 200U);
  raw_client silent(server.port());
  raw_client late(server.port());
  late.send(request_text("GET", "/openapi.json"));
  EXPECT_EQ(late.receive()->status, 200U);
  EXPECT_FALSE(silent.receive());

  // Where nobody waits, whoever comes is refused.
  for (raw_client* busy : {&working, &late}) {
    busy->send(request_text("GET", "/v1/topics", device_credential()));
  }
  for (int seen = 0; seen < 2;) server.on_loop([&](listener&) { seen = handling; });
  raw_client refused(server.port());
  EXPECT_EQ(refused.receive()->status, 503U);
}

}  // namespace
}  // namespace paperboy::http::testing

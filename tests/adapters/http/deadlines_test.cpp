#include <gtest/gtest.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <future>
#include <string>

#include "tests/adapters/http/running_server.hpp"

namespace paperboy::http::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

std::string plain_get() {
  return request_text("GET", "/openapi.json");
}

// Whether what began at `start` took about `limit`: not less, and not much more.
void expect_about(clock::time_point start, std::chrono::milliseconds limit) {
  const auto took = clock::now() - start;
  EXPECT_GE(took, limit - 1ms);
  EXPECT_LT(took, limit + 8s);
}

server_options short_limit(std::chrono::milliseconds time_limits::* which) {
  server_options options;
  options.limits.*which = 120ms;
  return options;
}

// Answers once the test says so.
struct gate {
  std::promise<void> entered;
  boost::asio::steady_timer* timer = nullptr;  // of the handler that waits, on its coroutine

  handler waiting() {
    return [this](context&, const request&) -> task<answer> {
      boost::asio::steady_timer held(co_await boost::asio::this_coro::executor,
                                     clock::time_point::max());
      timer = &held;
      entered.set_value();
      boost::system::error_code opened;
      co_await held.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, opened));
      co_return answer::json(200, "{}");
    };
  }
};

TEST(http_deadlines, a_connection_that_sends_nothing_is_closed_without_a_word) {
  running_server server(short_limit(&time_limits::head));
  const auto start = clock::now();
  raw_client client(server.port());
  EXPECT_FALSE(client.receive());
  expect_about(start, 120ms);
}

TEST(http_deadlines, a_head_that_drips_gets_408_after_the_total_limit) {
  running_server server(short_limit(&time_limits::head));
  const auto start = clock::now();
  raw_client client(server.port());
  const std::string text = plain_get();
  std::size_t sent = 0;
  while (!client.hears_something(30ms) && sent + 2 < text.size()) client.send({&text[sent++], 1});
  const auto a = client.receive();
  ASSERT_TRUE(a);
  EXPECT_EQ(a->status, 408U);
  EXPECT_EQ(a->field("connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
  expect_about(start, 120ms);
}

TEST(http_deadlines, a_body_that_does_not_come_gets_408) {
  running_server server(short_limit(&time_limits::body));
  const auto start = clock::now();
  raw_client client(server.port());
  client.send("POST /v1/devices HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " +
              std::string(client_key) +
              "\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{");
  EXPECT_EQ(client.receive()->status, 408U);
  expect_about(start, 120ms);
}

TEST(http_deadlines, a_large_body_that_keeps_its_rate_gets_more_time_but_not_forever) {
  server_options options;
  options.limits.body = 100ms;
  options.limits.body_bytes_per_second = 1000;
  options.limits.body_most = 400ms;
  running_server server(std::move(options));
  const auto start = clock::now();
  raw_client client(server.port());
  client.send("POST /v1/apps/anewz/items HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " +
              std::string(api_key) +
              "\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1000000\r\n\r\n");
  const std::string piece(500, 'x');  // half a second each
  while (!client.hears_something(20ms)) client.send(piece);
  EXPECT_EQ(client.receive()->status, 408U);
  expect_about(start, 400ms);
}

TEST(http_deadlines, an_idle_connection_is_closed) {
  running_server server(short_limit(&time_limits::idle));
  raw_client client(server.port());
  // The server is idle from its answer on, which this thread may see later.
  const auto start = clock::now();
  client.send(plain_get());
  EXPECT_EQ(client.receive()->status, 200U);
  EXPECT_FALSE(client.receive());
  expect_about(start, 120ms);
}

TEST(http_deadlines, an_answer_that_nobody_reads_ends_the_connection) {
  server_options options = short_limit(&time_limits::write);
  options.handlers["get_openapi"] = [](context&, const request&) -> task<answer> {
    co_return answer::json(200, std::string(32 * 1024 * 1024, ' '));
  };
  running_server server(std::move(options));
  raw_client client(server.port());
  client.send(plain_get());
  EXPECT_TRUE(client.hears_something(10s));
  for (std::size_t open = 1; open != 0;) {
    server.on_loop([&open](listener& l) { open = l.connections(); });
    std::this_thread::yield();
  }
  EXPECT_FALSE(client.receive());
}

TEST(http_deadlines, a_handler_that_takes_too_long_is_cancelled) {
  server_options options = short_limit(&time_limits::handling);
  gate held;
  options.handlers["get_openapi"] = held.waiting();
  running_server server(std::move(options));
  const auto start = clock::now();
  raw_client client(server.port());
  client.send(plain_get());
  EXPECT_FALSE(client.receive());
  expect_about(start, 120ms);
}

TEST(http_deadlines, slow_clients_hold_up_nobody) {
  running_server server;
  std::vector<std::unique_ptr<raw_client>> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(std::make_unique<raw_client>(server.port()));
    slow.back()->send("GET / HTTP/1.1\r\nHost:");
  }
  EXPECT_EQ(ask(server, plain_get())->status, 200U);
}

TEST(http_stop, lets_requests_under_way_finish_and_ends_the_idle) {
  server_options options;
  gate held;
  options.handlers["get_openapi"] = held.waiting();
  running_server server(std::move(options));
  raw_client idle(server.port());
  idle.send(request_text("GET", "/nowhere"));
  EXPECT_EQ(idle.receive()->status, 404U);
  raw_client busy(server.port());
  busy.send(plain_get() + plain_get());
  held.entered.get_future().get();

  auto stopped = std::async(std::launch::async, [&server] { server.stop(60s); });
  EXPECT_FALSE(idle.receive());
  EXPECT_EQ(stopped.wait_for(0s), std::future_status::timeout);
  server.on_loop([&held](listener&) { held.timer->cancel(); });
  const auto a = busy.receive();
  ASSERT_TRUE(a);
  EXPECT_EQ(a->status, 200U);
  EXPECT_EQ(a->field("connection"), "close");
  EXPECT_TRUE(busy.closed_by_server());
  stopped.get();
  EXPECT_THROW(raw_client(server.port()), std::runtime_error);
}

TEST(http_stop, ends_what_has_not_finished_within_the_limit) {
  server_options options;
  gate held;
  options.handlers["get_openapi"] = held.waiting();
  running_server server(std::move(options));
  raw_client busy(server.port());
  busy.send(plain_get());
  held.entered.get_future().get();
  const auto start = clock::now();
  server.stop(100ms);
  expect_about(start, 100ms);
  EXPECT_FALSE(busy.receive());
}

}  // namespace
}  // namespace paperboy::http::testing

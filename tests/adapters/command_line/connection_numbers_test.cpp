#include "adapters/command_line/connection_numbers.hpp"

#include <gtest/gtest.h>

#include "adapters/http/metrics_registry.hpp"

namespace paperboy::command_line {
namespace {

bool shows(const http::metrics_registry& numbers, const std::string& line) {
  return ("\n" + numbers.text()).find("\n" + line + "\n") != std::string::npos;
}

TEST(connection_numbers, are_there_from_the_start) {
  http::metrics_registry numbers;
  const connection_numbers shown(numbers, "news", "fcm");
  EXPECT_TRUE(shows(numbers, R"(paperboy_gateway_connections{app="news",gateway="fcm"} 0)"));
  for (const char* name :
       {"connections_opened", "connections_failed", "connections_lost", "requests_resent",
        "requests_timed_out", "requests_never_opened"}) {
    EXPECT_TRUE(shows(numbers, std::string("paperboy_gateway_") + name +
                                   R"(_total{app="news",gateway="fcm"} 0)"))
        << name;
  }
}

TEST(connection_numbers, tell_each_count_by_its_name) {
  http::metrics_registry numbers;
  connection_numbers shown(numbers, "news", "apns");
  net::connection_counts counts;
  counts.opened = 1;
  counts.failed = 2;
  counts.lost = 3;
  counts.resent = 4;
  counts.timed_out = 5;
  counts.never_opened = 6;
  shown.report(counts, 7);
  const auto is = [&](const std::string& name, int value) {
    return shows(numbers, "paperboy_gateway_" + name + R"({app="news",gateway="apns"} )" +
                              std::to_string(value));
  };
  EXPECT_TRUE(is("connections_opened_total", 1));
  EXPECT_TRUE(is("connections_failed_total", 2));
  EXPECT_TRUE(is("connections_lost_total", 3));
  EXPECT_TRUE(is("requests_resent_total", 4));
  EXPECT_TRUE(is("requests_timed_out_total", 5));
  EXPECT_TRUE(is("requests_never_opened_total", 6));
  EXPECT_TRUE(is("connections", 7));
}

TEST(connection_numbers, of_several_workers_add_up) {
  http::metrics_registry numbers;
  connection_numbers one(numbers, "news", "fcm");
  connection_numbers other(numbers, "news", "fcm");
  net::connection_counts counts;
  counts.lost = 2;
  one.report(counts, 3);
  counts.lost = 5;
  one.report(counts, 1);
  counts.lost = 10;
  other.report(counts, 4);
  EXPECT_TRUE(
      shows(numbers, R"(paperboy_gateway_connections_lost_total{app="news",gateway="fcm"} 15)"));
  EXPECT_TRUE(shows(numbers, R"(paperboy_gateway_connections{app="news",gateway="fcm"} 5)"));
}

}  // namespace
}  // namespace paperboy::command_line

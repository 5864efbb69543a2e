#include "adapters/command_line/section.hpp"

#include <gtest/gtest.h>

namespace paperboy::command_line {
namespace {

using namespace std::chrono_literals;

TEST(a_span, is_whole_numbers_with_units_large_ones_first) {
  EXPECT_EQ(parse_span("0s"), 0s);
  EXPECT_EQ(parse_span("90s"), 90s);
  EXPECT_EQ(parse_span("5m"), 5min);
  EXPECT_EQ(parse_span("36h"), 36h);
  EXPECT_EQ(parse_span("1d2h3m4s"), 26h + 3min + 4s);
  EXPECT_EQ(parse_span("3650d"), std::chrono::days{3650});
}

TEST(a_span, is_refused_otherwise) {
  for (const char* text :
       {"", "5", "m", "-5m", "+5m", "5 m", " 5m", "5m ", "1.5h", "5M", "5min", "1m1h", "1h1h",
        "5ms", "PT5M", "3651d", "99999999999999999999s", "9223372036854775807d", "1h30"}) {
    EXPECT_FALSE(parse_span(text)) << text;
  }
}

TEST(a_span, reads_back_as_it_is_shown) {
  for (const auto span : {0s, 1s, 59s, 60s, 3'600s, 86'399s, 86'400s, 129'600s, 1'209'600s}) {
    EXPECT_EQ(parse_span(format_span(span)), span) << format_span(span);
  }
  EXPECT_EQ(format_span(24h - 1min), "23h59m");
}

TEST(the_nearest_name, is_found_over_small_slips_only) {
  const std::vector<std::string> names{"listen", "operator_listen", "trusted_proxies"};
  EXPECT_EQ(nearest("lisen", names), "listen");
  EXPECT_EQ(nearest("trustedproxies", names), "trusted_proxies");
  EXPECT_EQ(nearest("kubernetes", names), "");
  EXPECT_EQ(nearest("", {}), "");
}

}  // namespace
}  // namespace paperboy::command_line

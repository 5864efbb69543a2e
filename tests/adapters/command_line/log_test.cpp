#include "adapters/command_line/log.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <regex>

namespace paperboy::command_line {
namespace {

TEST(a_log_line, has_the_time_in_utc_and_the_level) {
  set_up_log(log_level::info);
  testing::internal::CaptureStderr();
  spdlog::info("accepted {} devices", 3);
  spdlog::debug("not shown");
  spdlog::warn("late");
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(std::regex_match(
      text, std::regex{R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info accepted 3 devices\n)"
                       R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning late\n)"}))
      << text;
}

TEST(a_log_line, is_one_line_without_control_characters_whatever_it_is_told) {
  EXPECT_EQ(clean_log_text("a\r\nb\tc\x1b[31m\x7f\u009b"), "a  b c [31m  ");
  EXPECT_EQ(clean_log_text("Bakı, 08:00"), "Bakı, 08:00");
  set_up_log(log_level::info);
  testing::internal::CaptureStderr();
  spdlog::error("{}", "first\nforged");
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("error first forged\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace paperboy::command_line

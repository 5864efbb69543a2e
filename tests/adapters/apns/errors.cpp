#include "adapters/apns/errors.hpp"

#include <gtest/gtest.h>

namespace paperboy::apns {
namespace {

using namespace std::chrono_literals;

TEST(apns_answer, of_200_needs_no_body) {
  const auto answer = read_answer(200, "", "");
  EXPECT_EQ(answer.end, attempt_end::answered);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.reason, "");
}

TEST(apns_answer, has_apples_reason_and_when_the_token_died) {
  const auto answer =
      read_answer(410, R"({"reason":"Unregistered","timestamp":1764000000123})", "");
  EXPECT_EQ(answer.reason, "Unregistered");
  EXPECT_EQ(answer.dead_since, instant(1764000000123ms));
  EXPECT_EQ(
      read_answer(400, R"({"reason":"BadDeviceToken","timestamp":1764000000123})", "").dead_since,
      std::nullopt);
}

TEST(apns_answer, survives_any_body) {
  for (const char* body :
       {"", "<html>", "[]", "null", "{", R"({"reason":7})", R"({"reason":null,"timestamp":"x"})",
        R"({"timestamp":-5})", R"({"timestamp":99999999999999999})", R"({"timestamp":1e300})",
        "[[[[[[[[[[[[[[[[", "\xff\xfe"}) {
    const auto answer = read_answer(410, body, "");
    EXPECT_EQ(answer.status, 410) << body;
    EXPECT_EQ(answer.reason, "") << body;
    EXPECT_EQ(answer.dead_since, std::nullopt) << body;
  }
  EXPECT_EQ(read_answer(400, R"({"reason":")" + std::string(5000, 'x') + "\"}", "").reason, "");
}

TEST(apns_answer, keeps_a_retry_after_though_apple_documents_none) {
  EXPECT_EQ(read_answer(503, "", "30").retry_after, 30s);
}

}  // namespace
}  // namespace paperboy::apns

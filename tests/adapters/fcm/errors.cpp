#include "adapters/fcm/errors.hpp"

#include <gtest/gtest.h>

namespace paperboy::fcm {
namespace {

using namespace std::chrono_literals;

std::string error(const std::string& status, const std::string& details) {
  return R"({"error":{"code":400,"message":"m","status":")" + status + R"(","details":[)" +
         details + "]}}";
}

const std::string fcm_error =
    R"({"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"UNREGISTERED"})";
const std::string error_info =
    R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMIT_EXCEEDED"})";
const std::string bad_request =
    R"({"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[)"
    R"({"field":"message.token","description":"d"},{"field":"message.data"}]})";
const std::string quota = R"({"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[)"
                          R"({"subject":"device:x","description":"d"}]})";

TEST(fcm_answer, finds_the_fcm_error_wherever_it_stands_among_the_details) {
  EXPECT_EQ(read_answer(404, error("NOT_FOUND", fcm_error), "").reason, "UNREGISTERED");
  const auto late =
      read_answer(404, error("NOT_FOUND", bad_request + "," + error_info + "," + fcm_error), "");
  EXPECT_EQ(late.reason, "UNREGISTERED");
  EXPECT_EQ(late.field, "message.token");
}

TEST(fcm_answer, falls_back_to_error_info_then_to_the_status_then_to_nothing) {
  EXPECT_EQ(read_answer(429, error("RESOURCE_EXHAUSTED", error_info), "").reason,
            "RATE_LIMIT_EXCEEDED");
  EXPECT_EQ(read_answer(400, error("INVALID_ARGUMENT", bad_request), "").reason,
            "INVALID_ARGUMENT");
  EXPECT_EQ(read_answer(502, "<html>502 Bad Gateway</html>", "").reason, "");
}

TEST(fcm_answer, names_whose_quota_it_is) {
  EXPECT_EQ(read_answer(429, error("RESOURCE_EXHAUSTED", quota), "").field, "device:x");
}

TEST(fcm_answer, of_200_is_accepted_whatever_its_body) {
  for (const char* body : {"", "{}", R"({"name":"projects/p/messages/1"})", "<html>"}) {
    const auto answer = read_answer(200, body, "");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.reason, "");
  }
}

TEST(fcm_answer, survives_any_body) {
  for (const char* body :
       {"", "null", "[]", "{", R"({"error":7})", R"({"error":{"details":{}}})",
        R"({"error":{"details":[7,null,{"@type":5}]}})",
        R"({"error":{"details":[{"@type":"x.BadRequest","fieldViolations":[{"field":{}}]}]}})",
        "\xff", "[[[[[[[[[[[[[[[[[[[[[[[[["}) {
    const auto answer = read_answer(400, body, "");
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.reason, "") << body;
    EXPECT_EQ(answer.field, "") << body;
  }
}

TEST(fcm_answer, has_the_retry_after_in_either_form) {
  EXPECT_EQ(read_answer(503, "", "17").retry_after, 17s);
  EXPECT_EQ(read_answer(503, "", "Sun, 06 Nov 1994 08:49:37 GMT").retry_after, 0s);
}

}  // namespace
}  // namespace paperboy::fcm

#include "adapters/apns/errors.hpp"

#include <boost/json.hpp>

#include "adapters/net/retry_after.hpp"
#include "core/result.hpp"

namespace paperboy::apns {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_reason = 64;
constexpr std::int64_t year_2000 = 946'684'800'000;  // milliseconds
constexpr std::int64_t year_2100 = 4'102'444'800'000;

}  // namespace

gateway_answer read_answer(std::uint16_t status, std::string_view body,
                           std::string_view retry_after) {
  gateway_answer answer;
  answer.status = status;
  if (status == 200) return answer;
  answer.retry_after = net::read_retry_after(retry_after, std::chrono::system_clock::now());
  error_code failed;
  const json::value document = json::parse(body, failed, {}, {.max_depth = 8});
  const json::object* object = failed ? nullptr : document.if_object();
  if (object == nullptr) return answer;
  if (const json::value* reason = object->if_contains("reason"); reason && reason->is_string()) {
    const auto& text = reason->get_string();
    if (text.size() <= longest_reason) answer.reason.assign(text.data(), text.size());
  }
  if (const json::value* since = object->if_contains("timestamp");
      status == 410 && since && since->is_int64()) {
    // A time that cannot be one proves nothing about the token.
    const std::int64_t milliseconds = since->get_int64();
    if (milliseconds > year_2000 && milliseconds < year_2100) {
      answer.dead_since = instant(std::chrono::milliseconds(milliseconds));
    }
  }
  return answer;
}

}  // namespace paperboy::apns

#include "adapters/fcm/errors.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <string>

#include "adapters/net/retry_after.hpp"
#include "core/result.hpp"

namespace paperboy::fcm {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_word = 256;

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  if (found == nullptr || !found->is_string()) return {};
  const auto& text = found->get_string();
  return text.size() <= longest_word ? std::string(text.data(), text.size()) : std::string();
}

// A member that is a list of objects: `f` for each.
template <class Function>
void for_each(const json::object& object, std::string_view name, Function f) {
  const json::value* found = object.if_contains(name);
  const json::array* list = found != nullptr ? found->if_array() : nullptr;
  if (list == nullptr) return;
  for (const json::value& one : *list) {
    if (const json::object* inner = one.if_object()) f(*inner);
  }
}

void keep_first(std::string& kept, std::string found) {
  if (kept.empty()) kept = std::move(found);
}

struct details {
  std::string fcm_error;
  std::string error_info;
  std::string field;
  std::string subject;
};

details read_details(const json::object& error) {
  details all;
  for_each(error, "details", [&](const json::object& detail) {
    const std::string type = text_of(detail, "@type");
    if (type.ends_with("FcmError")) {
      keep_first(all.fcm_error, text_of(detail, "errorCode"));
    } else if (type.ends_with("ErrorInfo")) {
      keep_first(all.error_info, text_of(detail, "reason"));
    } else if (type.ends_with("BadRequest")) {
      for_each(detail, "fieldViolations",
               [&](const json::object& v) { keep_first(all.field, text_of(v, "field")); });
    } else if (type.ends_with("QuotaFailure")) {
      for_each(detail, "violations",
               [&](const json::object& v) { keep_first(all.subject, text_of(v, "subject")); });
    }
  });
  return all;
}

}  // namespace

gateway_answer read_answer(std::uint16_t status, std::string_view body,
                           std::string_view retry_after) {
  gateway_answer answer;
  answer.status = status;
  if (status == 200) return answer;
  answer.retry_after = net::read_retry_after(retry_after, std::chrono::system_clock::now());
  error_code failed;
  const json::value document = json::parse(body, failed, {}, {.max_depth = 16});
  const json::object* object = failed ? nullptr : document.if_object();
  const json::value* error = object != nullptr ? object->if_contains("error") : nullptr;
  if (error == nullptr || !error->is_object()) return answer;
  details found = read_details(error->get_object());
  answer.reason = std::move(found.fcm_error);
  keep_first(answer.reason, std::move(found.error_info));
  keep_first(answer.reason, text_of(error->get_object(), "status"));
  answer.field = std::move(found.field);
  keep_first(answer.field, std::move(found.subject));
  return answer;
}

}  // namespace paperboy::fcm

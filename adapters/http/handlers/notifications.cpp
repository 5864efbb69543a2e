#include <algorithm>
#include <random>

#include "adapters/http/handlers/bind.hpp"
#include "adapters/http/wire/body.hpp"
#include "adapters/http/wire/notification_json.hpp"
#include "core/flows/notifying.hpp"

namespace paperboy::http::handling {
namespace {

constexpr std::string_view key_field = "Idempotency-Key";
constexpr std::size_t key_limit = 255;  // bytes
constexpr std::string_view retry_after_seconds = "1";

std::optional<problem> check_key(const request& r) {
  if (r.count_of(key_field) == 0) {
    return problem{400,
                   "missing-idempotency-key",
                   "Send an Idempotency-Key, a new one for each notification: repeating a request "
                   "with its key never sends twice.",
                   {}};
  }
  const auto key = r.header(key_field);
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (r.count_of(key_field) > 1 || key.empty() || key.size() > key_limit ||
      !std::all_of(key.begin(), key.end(), visible)) {
    return problem{400,
                   "invalid-idempotency-key",
                   "An Idempotency-Key is one field of 1 to 255 visible ASCII characters.",
                   {}};
  }
  return std::nullopt;
}

std::string hash_text(std::string_view bytes) {
  const auto hash = sha256(bytes);
  return to_hex({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

// No part of it can hold the NUL between them.
request_identity identity_of(const app_settings& app, const context& c, const request& r) {
  const std::string key =
      app.context.id + '\0' + c.caller.key_name + '\0' + std::string(r.header(key_field));
  return {hash_text(key), hash_text(r.body())};
}

answer still_under_way() {
  answer a = to_answer(
      {409,
       "request-under-way",
       "A request with this Idempotency-Key is being answered at this moment. Repeat it shortly.",
       {}});
  a.set("Retry-After", std::string(retry_after_seconds));
  return a;
}

answer key_taken() {
  return to_answer({422,
                    "idempotency-key-reused",
                    "This Idempotency-Key was sent with another body within the last day. Send a "
                    "new key with a new notification.",
                    {}});
}

answer answer_of(const order_answer& taken) {
  if (taken.end == order_end::other_body) return key_taken();
  auto accepted = answer::json(202, write_taken(taken.run));
  if (taken.end == order_end::repeated) accepted.set("Idempotency-Replayed", "true");
  return accepted;
}

std::uint64_t random_bits() {
  std::random_device entropy;
  return std::uint64_t{entropy()} << 32 | entropy();
}

}  // namespace

task<answer> post_notification(api_state& api, const context& c, const request& r) {
  const auto* app = api.app_of(r);
  if (app == nullptr) co_return absent();
  if (const auto wrong = check_key(r)) co_return to_answer(*wrong);
  const auto once = identity_of(*app, c, r);
  const auto alone = api.notifying.begin(once.key);
  if (!alone) co_return still_under_way();
  const auto body = read_body(r.body(), read_notification);
  if (const auto* wrong = std::get_if<problem>(&body)) co_return to_answer(*wrong);
  const auto done =
      co_await enter_notification(api.parts.desk, api.parts.news, *app,
                                  std::get<notification_order>(body), once, api.now(),
                                  random_bits());
  if (!done) co_return failure(done.error());
  if (const auto* faults = std::get_if<std::vector<field_error>>(&*done)) {
    co_return to_answer(invalid_body(*faults));
  }
  co_return answer_of(std::get<order_answer>(*done));
}

}  // namespace paperboy::http::handling

#include "adapters/http/handlers/bind.hpp"
#include "adapters/http/handlers/preferences_answer.hpp"
#include "adapters/http/wire/body.hpp"
#include "adapters/http/wire/preferences_json.hpp"

namespace paperboy::http::handling {
namespace {

answer outdated() {
  return to_answer({412,
                    "precondition-failed",
                    "The preferences changed meanwhile. Read them again and repeat the change.",
                    {}});
}

// Makes the change and shows what is there then, or why it was not made.
task<answer> answer_change(api_state& api, subscriber_access who, preferences_request asked) {
  auto done = co_await paperboy::change_preferences(api.people, who, asked);
  if (!done) co_return failure(done.error());
  if (std::holds_alternative<precondition_failed>(*done)) co_return outdated();
  if (auto* faults = std::get_if<std::vector<field_error>>(&*done)) {
    co_return to_answer(invalid_body(std::move(*faults)));
  }
  co_return co_await preferences_answer(api, std::get<found_subscriber>(std::move(*done)));
}

task<answer> answer_body(api_state& api, subscriber_access who, const request& r, bool replace) {
  const instant now = api.now();
  auto body = read_body(r.body(), [now](const auto& root, auto& faults) {
    return read_preferences(root, now, faults);
  });
  if (const auto* wrong = std::get_if<problem>(&body)) co_return to_answer(*wrong);
  preferences_request asked{std::get<preferences_patch>(std::move(body)), replace,
                            read_if_match(r.header("If-Match"))};
  co_return co_await answer_change(api, std::move(who), std::move(asked));
}

// A fault of the topic in the path: there is no pointer to it.
answer path_fault(const field_error& fault) {
  return to_answer({422, fault.code, fault.detail, {}});
}

// One choice; null forgets it. What is wrong can only be wrong with the path.
task<answer> answer_choice(api_state& api, const context& c, const request& r,
                           std::optional<frequency> wanted) {
  preferences_request asked;
  asked.patch.topics.emplace_back(std::string(r.parameter("topic")), wanted);
  asked.condition = read_if_match(r.header("If-Match"));
  auto done = co_await paperboy::change_preferences(api.people, credential_of(c), asked);
  if (!done) co_return failure(done.error());
  if (std::holds_alternative<precondition_failed>(*done)) co_return outdated();
  if (const auto* faults = std::get_if<std::vector<field_error>>(&*done)) {
    co_return path_fault(faults->front());
  }
  if (!wanted) co_return answer(204);
  co_return co_await preferences_answer(api, std::get<found_subscriber>(std::move(*done)));
}

}  // namespace

task<answer> get_preferences(api_state& api, const context& c, const request& r) {
  auto found = co_await api.people.find(credential_of(c));
  co_return co_await preferences_answer(api, std::move(found), r.header("If-None-Match"));
}

task<answer> change_preferences(api_state& api, const context& c, const request& r) {
  return answer_body(api, credential_of(c), r, false);
}

task<answer> replace_preferences(api_state& api, const context& c, const request& r) {
  return answer_body(api, credential_of(c), r, true);
}

task<answer> put_topic_choice(api_state& api, const context& c, const request& r) {
  const auto body = read_body(r.body(), read_topic_choice);
  if (const auto* wrong = std::get_if<problem>(&body)) co_return to_answer(*wrong);
  co_return co_await answer_choice(api, c, r, std::get<frequency>(body));
}

task<answer> delete_topic_choice(api_state& api, const context& c, const request& r) {
  return answer_choice(api, c, r, std::nullopt);
}

task<answer> mute(api_state& api, const context& c, const request& r) {
  const instant now = api.now();
  const auto body = read_body(
      r.body(), [now](const auto& root, auto& faults) { return read_mute(root, now, faults); });
  if (const auto* wrong = std::get_if<problem>(&body)) co_return to_answer(*wrong);
  preferences_request asked;
  asked.patch.mute_until = patched<instant>::to(std::get<instant>(body));
  asked.condition = read_if_match(r.header("If-Match"));
  co_return co_await answer_change(api, credential_of(c), std::move(asked));
}

task<answer> get_subscriber_preferences(api_state& api, const context&, const request& r) {
  const auto who = subscriber_of(r);
  if (!who) co_return absent();
  auto found = co_await api.people.find(*who);
  co_return co_await preferences_answer(api, std::move(found), r.header("If-None-Match"));
}

task<answer> change_subscriber_preferences(api_state& api, const context&, const request& r) {
  const auto who = subscriber_of(r);
  if (!who) co_return absent();
  co_return co_await answer_body(api, *who, r, false);
}

}  // namespace paperboy::http::handling

#include "adapters/http/handlers/bind.hpp"
#include "adapters/http/wire/body.hpp"
#include "adapters/http/wire/topic_json.hpp"

namespace paperboy::http::handling {
namespace {

problem invalid_key() {
  return {
      422,
      "invalid-topic",
      "A topic's key has 1 to 4 parts between slashes, each of a-z, 0-9, _ and -, beginning with "
      "a letter or digit; at most 64 bytes in all.",
      {}};
}

problem too_many_topics() {
  return {422, "too-many-topics", "An app has at most 4096 topics. Delete one first.", {}};
}

}  // namespace

task<answer> list_topics(api_state& api, const context& c, const request& r) {
  const app_settings* app = nullptr;
  if (c.caller.kind == caller_kind::device) {
    const auto found = co_await api.people.find(credential_of(c));
    if (!found) co_return failure(found.error());
    app = found->app;
  } else if (const auto at = api.parts.apps.find(c.caller.app); at != api.parts.apps.end()) {
    app = &at->second;
  }
  if (app == nullptr) co_return failure(make_error_code(errc::unauthorized));
  const auto topics = co_await api.parts.news.topics(app->context.id);
  if (!topics) co_return failure(topics.error());
  auto listed = answer::json(
      200, write_catalogue(**topics, r.header("Accept-Language"), app->defaults().locale));
  listed.set("Vary", "Accept-Language");
  co_return listed;
}

task<answer> put_topic(api_state& api, const context&, const request& r) {
  const auto* app = api.app_of(r);
  if (app == nullptr) co_return absent();
  auto body = read_body(r.body(), read_topic);
  if (const auto* wrong = std::get_if<problem>(&body)) co_return to_answer(*wrong);
  auto& asked = std::get<topic>(body);
  asked.key = r.parameter("topic");
  if (!valid_topic_key(asked.key)) co_return to_answer(invalid_key());
  const auto topics = co_await api.parts.news.topics(app->context.id);
  if (!topics) co_return failure(topics.error());
  if ((*topics)->topics().size() >= catalogue::max_topics &&
      (*topics)->find(asked.key) == nullptr) {
    co_return to_answer(too_many_topics());
  }
  auto text = write_topic(asked);
  const auto put = co_await api.parts.news.put_topic(app->context.id, std::move(asked));
  if (!put) co_return failure(put.error());
  co_return answer::json(*put == put_answer::created ? 201 : 200, std::move(text));
}

task<answer> get_topic(api_state& api, const context&, const request& r) {
  const auto* app = api.app_of(r);
  if (app == nullptr) co_return absent();
  const auto topics = co_await api.parts.news.topics(app->context.id);
  if (!topics) co_return failure(topics.error());
  const topic* found = (*topics)->find(r.parameter("topic"));
  if (found == nullptr) co_return absent();
  co_return answer::json(200, write_topic(*found));
}

task<answer> delete_topic(api_state& api, const context&, const request& r) {
  const auto* app = api.app_of(r);
  const std::string key(r.parameter("topic"));
  if (app == nullptr || !valid_topic_key(key)) co_return absent();
  const auto removed = co_await api.parts.news.remove_topic(app->context.id, key);
  if (!removed) co_return failure(removed.error());
  co_return *removed == remove_answer::removed ? answer(204) : absent();
}

}  // namespace paperboy::http::handling

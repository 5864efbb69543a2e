#include <unordered_set>

#include "adapters/http/handlers/bind.hpp"
#include "adapters/http/handlers/item_batch.hpp"
#include "adapters/http/wire/body.hpp"
#include "adapters/http/wire/item_json.hpp"

namespace paperboy::http::handling {

task<answer> put_item(api_state& api, const context&, const request& r) {
  const auto* app = api.app_of(r);
  if (app == nullptr) co_return absent();
  const auto topics = co_await api.parts.news.topics(app->context.id);
  if (!topics) co_return failure(topics.error());
  const auto rules = item_rules_of(*app, **topics, api.now());
  const auto id = r.parameter("item_id");
  auto body = read_body(
      r.body(), [&](const auto& root, auto& faults) { return read_item(root, id, rules, faults); });
  if (const auto* wrong = std::get_if<problem>(&body)) co_return to_answer(*wrong);
  const auto& asked = std::get<item>(body);
  const auto put = co_await api.parts.news.put_items(app->context.id, {&asked, 1});
  if (!put) co_return failure(put.error());
  // When it arrived is the store's to say.
  const auto stored = co_await api.parts.news.find_item(app->context.id, asked.id);
  if (!stored) co_return failure(stored.error());
  co_return answer::json(put->front() == put_answer::created ? 201 : 200,
                         write_item(stored->value_or(asked)));
}

task<answer> post_items(api_state& api, const context&, const request& r) {
  const auto* app = api.app_of(r);
  if (app == nullptr) co_return absent();
  const auto lines = split_ndjson(r.body());
  if (const auto* wrong = std::get_if<problem>(&lines)) co_return to_answer(*wrong);
  const auto topics = co_await api.parts.news.topics(app->context.id);
  if (!topics) co_return failure(topics.error());
  item_batch batch(api.parts.news, app->context.id, item_rules_of(*app, **topics, api.now()));
  for (const auto line : std::get<std::vector<std::string_view>>(lines)) {
    if (const auto taken = co_await batch.take(line); !taken) co_return failure(taken.error());
  }
  if (const auto stored = co_await batch.store(); !stored) co_return failure(stored.error());
  co_return answer(200, "application/x-ndjson", batch.results());
}

task<answer> get_item(api_state& api, const context&, const request& r) {
  const auto* app = api.app_of(r);
  const std::string id(r.parameter("item_id"));
  if (app == nullptr || !valid_item_id(id)) co_return absent();
  const auto found = co_await api.parts.news.find_item(app->context.id, id);
  if (!found) co_return failure(found.error());
  if (!*found) co_return absent();
  co_return answer::json(200, write_item(**found));
}

task<answer> delete_item(api_state& api, const context&, const request& r) {
  const auto* app = api.app_of(r);
  const std::string id(r.parameter("item_id"));
  if (app == nullptr || !valid_item_id(id)) co_return absent();
  const auto removed = co_await api.parts.news.remove_item(app->context.id, id);
  if (!removed) co_return failure(removed.error());
  co_return *removed == remove_answer::removed ? answer(204) : absent();
}

}  // namespace paperboy::http::handling

#include "adapters/http/handlers/bind.hpp"
#include "adapters/http/wire/body.hpp"
#include "adapters/http/wire/preview_json.hpp"
#include "core/flows/opening.hpp"

namespace paperboy::http::handling {
namespace {

using request_or_problem = std::variant<preview_request, problem>;

request_or_problem of_choices(const app_settings& app, const preview_body& asked,
                              const catalogue& topics) {
  preferences_patch patch;
  patch.topics = asked.topics;
  auto said = merge({}, patch, topics);
  if (auto* faults = std::get_if<std::vector<field_error>>(&said)) {
    return invalid_body(std::move(*faults));
  }
  wish_values wish;
  wish.topics = std::get<preferences>(std::move(said)).topics;
  wish.max_items = asked.max_items;
  wish.min_items = asked.min_items;
  wish.locale = asked.locale;
  return preview_for(app, wish, asked.at);
}

task<result<request_or_problem>> request_of(api_state& api, const app_settings& app,
                                            const preview_body& asked) {
  if (asked.subscriber) {
    const auto found =
        co_await api.people.find(named_subscriber{app.context.id, *asked.subscriber});
    if (!found) co_return found.error();
    auto request = preview_for(*found, asked.at);
    auto had = co_await api.parts.history.had_by(found->stored);
    if (!had) co_return had.error();
    const auto from = candidates_from(asked.at, app.defaults());
    auto told = co_await api.parts.history.told(app.context.id, from, asked.at);
    if (!told) co_return told.error();
    request.had = std::move(*had);
    request.told = std::move(*told);
    co_return request_or_problem{std::move(request)};
  }
  const auto topics = co_await api.parts.news.topics(app.context.id);
  if (!topics) co_return topics.error();
  co_return of_choices(app, asked, **topics);
}

}  // namespace

task<answer> preview_digest(api_state& api, const context&, const request& r) {
  const auto* app = api.app_of(r);
  if (app == nullptr) co_return absent();
  const instant now = api.now();
  const auto body = read_body(
      r.body(), [now](const auto& root, auto& faults) { return read_preview(root, now, faults); });
  if (const auto* wrong = std::get_if<problem>(&body)) co_return to_answer(*wrong);
  const auto asked = co_await request_of(api, *app, std::get<preview_body>(body));
  if (!asked) co_return failure(asked.error());
  if (const auto* wrong = std::get_if<problem>(&*asked)) co_return to_answer(*wrong);
  const auto shown =
      co_await paperboy::preview_digest(api.parts.news, *app, api.parts.words,
                                        api.parts.installation, std::get<preview_request>(*asked));
  if (!shown) co_return failure(shown.error());
  co_return answer::json(200, write_preview(*shown));
}

}  // namespace paperboy::http::handling

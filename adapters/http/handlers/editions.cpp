#include "adapters/http/handlers/bind.hpp"
#include "adapters/http/json_writer.hpp"
#include "adapters/http/wire/item_json.hpp"
#include "core/domain/text_time.hpp"
#include "core/flows/edition_id.hpp"

namespace paperboy::http::handling {
namespace {

std::string write_edition(std::string_view id, const edition_key& key,
                          const std::vector<item>& frozen) {
  std::string json;
  json_writer w(json);
  w.begin_object()
      .member("edition_id", id)
      .member("locale", key.locale)
      .member("due_at", format_instant(key.run_at))
      .key("items")
      .begin_array();
  for (const std::uint16_t o : key.ordinals) write_item(w, frozen[o]);
  w.end_array().end_object();
  return json;
}

}  // namespace

task<answer> get_edition(api_state& api, const context& c, const request& r) {
  const auto found = co_await api.people.find(credential_of(c));
  if (!found) co_return failure(found.error());
  const auto& app = found->app->context.id;
  const auto id = r.parameter("edition_id");
  // Forged, of another app and of a run whose items are no longer kept: all the same answer.
  const auto key = open_edition(api.parts.installation, app, id);
  if (!key) co_return absent();
  const auto frozen = co_await api.frozen.of(app, digest_run_id(app, key->run_at), api.now());
  if (!frozen) co_return failure(frozen.error());
  for (const std::uint16_t o : key->ordinals) {
    if (o >= (*frozen)->size()) co_return absent();
  }
  co_return answer::json(200, write_edition(id, *key, **frozen));
}

}  // namespace paperboy::http::handling

#include "adapters/http/handlers/api.hpp"

#include <array>

#include "adapters/http/handlers/bind.hpp"

namespace paperboy::http {
namespace {

struct binding {
  std::string_view route;
  api_handler handle;
};

constexpr std::array bindings{
    binding{"register_device", handling::register_device},
    binding{"get_device", handling::get_device},
    binding{"change_device", handling::change_device},
    binding{"delete_device", handling::delete_device},
    binding{"get_preferences", handling::get_preferences},
    binding{"change_preferences", handling::change_preferences},
    binding{"replace_preferences", handling::replace_preferences},
    binding{"put_topic_choice", handling::put_topic_choice},
    binding{"delete_topic_choice", handling::delete_topic_choice},
    binding{"mute", handling::mute},
    binding{"list_topics", handling::list_topics},
    binding{"get_edition", handling::get_edition},
    binding{"put_topic", handling::put_topic},
    binding{"get_topic", handling::get_topic},
    binding{"delete_topic", handling::delete_topic},
    binding{"post_items", handling::post_items},
    binding{"put_item", handling::put_item},
    binding{"get_item", handling::get_item},
    binding{"delete_item", handling::delete_item},
    binding{"post_notification", handling::post_notification},
    binding{"preview_digest", handling::preview_digest},
    binding{"list_runs", handling::list_runs},
    binding{"get_run", handling::get_run},
    binding{"cancel_run", handling::cancel_run},
    binding{"pause_run", handling::pause_run},
    binding{"resume_run", handling::resume_run},
    binding{"list_dead_letters", handling::list_dead_letters},
    binding{"get_audience", handling::get_audience},
    binding{"get_subscriber_preferences", handling::get_subscriber_preferences},
    binding{"change_subscriber_preferences", handling::change_subscriber_preferences},
    binding{"list_subscriber_digests", handling::list_subscriber_digests},
    binding{"export_subscriber", handling::export_subscriber},
    binding{"erase_subscriber", handling::erase_subscriber},
};

}  // namespace

const app_settings* api_state::app_of(const request& r) const {
  const auto app = parts.apps.find(r.parameter("app"));
  return app == parts.apps.end() ? nullptr : &app->second;
}

opened_credential credential_of(const context& c) noexcept {
  return c.caller.device;
}

std::optional<named_subscriber> subscriber_of(const request& r) {
  const auto id = parse_subscriber_id(r.parameter("subscriber_id"));
  if (!id) return std::nullopt;
  return named_subscriber{std::string(r.parameter("app")), *id};
}

void bind_handlers(handlers& to, const api_parts& parts) {
  const auto state = std::make_shared<api_state>(parts);
  for (const binding& b : bindings) {
    to.bind(b.route, [state, handle = b.handle](const context& c, const request& r) {
      return handle(*state, c, r);
    });
  }
}

}  // namespace paperboy::http

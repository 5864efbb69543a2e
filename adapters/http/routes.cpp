#include "adapters/http/routes.hpp"

#include <algorithm>
#include <array>

namespace paperboy::http {
namespace {

using enum method;

constexpr auto nobody = role::nobody;
constexpr auto device = role::device;
constexpr auto api_key = role::api_key;

constexpr std::array table{
    // The mobile app.
    route{"register_device", post, "/v1/devices", role::client_key, scope::none, content::json,
          device_body_limit, audience::open, true, "Register a device"},
    route{"get_device", get, "/v1/devices/self", device, scope::none, content::none, 0,
          audience::open, false, "Read the device"},
    route{"change_device", patch, "/v1/devices/self", device, scope::none, content::json,
          device_body_limit, audience::open, false, "Change token, locale, zone or version"},
    route{"delete_device", remove, "/v1/devices/self", device, scope::none, content::none, 0,
          audience::open, false, "Forget the device"},
    route{"get_preferences", get, "/v1/preferences", device, scope::none, content::none, 0,
          audience::open, false, "Read the subscriber's preferences"},
    route{"change_preferences", patch, "/v1/preferences", device, scope::none, content::merge_patch,
          device_body_limit, audience::open, false, "Change some preferences (RFC 7396)"},
    route{"replace_preferences", put, "/v1/preferences", device, scope::none, content::json,
          device_body_limit, audience::open, false, "Replace all preferences"},
    route{"put_topic_choice", put, "/v1/preferences/topics/{topic...}", device, scope::none,
          content::json, device_body_limit, audience::open, false, "Choose a topic's frequency"},
    route{"delete_topic_choice", remove, "/v1/preferences/topics/{topic...}", device, scope::none,
          content::none, 0, audience::open, false, "Inherit a topic's frequency"},
    route{"mute", post, "/v1/preferences/mute", device, scope::none, content::json,
          device_body_limit, audience::open, false, "Mute everything for a while"},
    route{"list_topics", get, "/v1/topics", role::client_key_or_device, scope::none, content::none,
          0, audience::open, false, "Read the catalogue of topics"},
    route{"get_edition", get, "/v1/editions/{edition_id}", device, scope::none, content::none, 0,
          audience::open, false, "Read the items of a digest"},

    // The newsroom.
    route{"put_topic", put, "/v1/apps/{app}/topics/{topic...}", api_key, scope::topics,
          content::json, device_body_limit, audience::open, false, "Create or change a topic"},
    route{"get_topic", get, "/v1/apps/{app}/topics/{topic...}", api_key, scope::topics,
          content::none, 0, audience::open, false, "Read a topic"},
    route{"delete_topic", remove, "/v1/apps/{app}/topics/{topic...}", api_key, scope::topics,
          content::none, 0, audience::open, false, "Delete a topic"},
    route{"post_items", post, "/v1/apps/{app}/items", api_key, scope::items, content::ndjson,
          batch_body_limit, audience::open, false, "Create or change many items"},
    route{"put_item", put, "/v1/apps/{app}/items/{item_id}", api_key, scope::items, content::json,
          item_body_limit, audience::open, false, "Create or change an item"},
    route{"get_item", get, "/v1/apps/{app}/items/{item_id}", api_key, scope::items, content::none,
          0, audience::open, false, "Read an item"},
    route{"delete_item", remove, "/v1/apps/{app}/items/{item_id}", api_key, scope::items,
          content::none, 0, audience::open, false, "Delete an item"},
    route{"post_notification", post, "/v1/apps/{app}/notifications", api_key, scope::notifications,
          content::json, notification_body_limit, audience::open, false,
          "Send at once, or at a given time"},
    route{"preview_digest", post, "/v1/apps/{app}/digests/preview", api_key, scope::reports,
          content::json, device_body_limit, audience::open, false, "Render a digest, send nothing"},
    route{"list_runs", get, "/v1/apps/{app}/runs", api_key, scope::reports, content::none, 0,
          audience::open, false, "List runs, newest first"},
    route{"get_run", get, "/v1/apps/{app}/runs/{run_id}", api_key, scope::reports, content::none, 0,
          audience::open, false, "Read one run"},
    route{"cancel_run", post, "/v1/apps/{app}/runs/{run_id}/cancel", api_key, scope::notifications,
          content::none, 0, audience::open, false, "Send nothing more of a run"},
    route{"pause_run", post, "/v1/apps/{app}/runs/{run_id}/pause", api_key, scope::notifications,
          content::none, 0, audience::open, false, "Send nothing more until resumed"},
    route{"resume_run", post, "/v1/apps/{app}/runs/{run_id}/resume", api_key, scope::notifications,
          content::none, 0, audience::open, false, "Go on with a paused run"},
    route{"list_dead_letters", get, "/v1/apps/{app}/runs/{run_id}/dead", api_key, scope::reports,
          content::none, 0, audience::open, false, "Whom a run set aside, and why"},
    route{"get_audience", get, "/v1/apps/{app}/audience", api_key, scope::reports, content::none, 0,
          audience::open, false, "Count who follows topics"},
    route{"get_subscriber_preferences", get,
          "/v1/apps/{app}/subscribers/{subscriber_id}/preferences", api_key, scope::subscribers,
          content::none, 0, audience::open, false, "Read a subscriber's preferences"},
    route{"change_subscriber_preferences", patch,
          "/v1/apps/{app}/subscribers/{subscriber_id}/preferences", api_key, scope::subscribers,
          content::merge_patch, device_body_limit, audience::open, false,
          "Change a subscriber's preferences (RFC 7396)"},
    route{"list_subscriber_digests", get, "/v1/apps/{app}/subscribers/{subscriber_id}/digests",
          api_key, scope::subscribers, content::none, 0, audience::open, false,
          "What became of each slot, and why"},
    route{"export_subscriber", get, "/v1/apps/{app}/subscribers/{subscriber_id}/export", api_key,
          scope::subscribers, content::none, 0, audience::open, false,
          "Everything held of a subscriber"},
    route{"erase_subscriber", remove, "/v1/apps/{app}/subscribers/{subscriber_id}", api_key,
          scope::subscribers, content::none, 0, audience::open, false,
          "Erase a subscriber everywhere"},

    // The operator, and everybody.
    route{"get_health", get, "/healthz", nobody, scope::none, content::none, 0, audience::operators,
          false, "The process lives"},
    route{"get_readiness", get, "/readyz", nobody, scope::none, content::none, 0,
          audience::operators, false, "The process can serve"},
    route{"get_metrics", get, "/metrics", role::operator_token, scope::none, content::none, 0,
          audience::operators, false, "Metrics in Prometheus' text format"},
    route{"get_openapi", get, "/openapi.json", nobody, scope::none, content::none, 0,
          audience::both, false, "This interface as OpenAPI 3.1"},
};

}  // namespace

std::span<const route> all_routes() noexcept {
  return table;
}

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(1);
  for (;;) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

route_index::route_index(audience listener) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].listener != listener && table[i].listener != audience::both) continue;
    auto segments = split_path(table[i].path);
    const bool open_ended = is_open_ended(segments.back());
    entries_.push_back({&table[i], i, std::move(segments), open_ended});
  }
}

bool route_index::fits(const entry& e, const std::vector<std::string_view>& segments) noexcept {
  if (e.open_ended ? segments.size() < e.segments.size() : segments.size() != e.segments.size()) {
    return false;
  }
  for (std::size_t i = 0; i < e.segments.size(); ++i) {
    if (e.segments[i].starts_with('{')) {
      if (segments[i].empty()) return false;
    } else if (e.segments[i] != segments[i]) {
      return false;
    }
  }
  return true;
}

route_index::match route_index::find(http::method m,
                                     const std::vector<std::string_view>& segments) const noexcept {
  const http::method wanted = m == http::method::head ? get : m;
  match result;
  for (const entry& e : entries_) {
    if (!fits(e, segments)) continue;
    result.known_path = true;
    if (e.declared->method != wanted) continue;
    result.found = e.declared;
    result.number = e.number;
    break;
  }
  return result;
}

std::string route_index::allowed(const std::vector<std::string_view>& segments) const {
  std::string list;
  for (const entry& e : entries_) {
    if (!fits(e, segments)) continue;
    list += to_text(e.declared->method);
    list += ", ";
    if (e.declared->method == get) list += "HEAD, ";
  }
  return list + "OPTIONS";
}

}  // namespace paperboy::http

#include "adapters/http/wire/subscriber_json.hpp"

#include "adapters/http/authentication.hpp"
#include "adapters/http/json_writer.hpp"
#include "adapters/http/wire/device_json.hpp"
#include "adapters/http/wire/preferences_json.hpp"
#include "adapters/http/wire/run_json.hpp"
#include "core/domain/text_time.hpp"

namespace paperboy::http {
namespace {

std::string_view to_text(device_state state) noexcept {
  switch (state) {
    case device_state::live:
      return "live";
    case device_state::moved:
      return "moved";
    case device_state::dead:
      return "dead";
  }
  return "dead";
}

void write_held_device(json_writer& w, const subscriber& s, const device& d) {
  w.begin_object()
      .member("device_id", paperboy::to_text(device_id{s.id, d.number}))
      .member("platform", http::to_text(d.platform));
  if (d.platform == platform::ios) w.member("environment", http::to_text(d.gateway_environment));
  w.member("state", to_text(d.state)).member("registered_at", format_instant(d.registered_at));
  if (!d.live()) w.member("lost_at", format_instant(d.lost_at));
  if (!d.locale.empty()) w.member("locale", d.locale);
  if (!d.time_zone.empty()) w.member("time_zone", d.time_zone);
  if (!d.app_version.empty()) w.member("app_version", d.app_version);
  if (!d.token.empty()) {
    const auto hash = sha256(d.token);
    w.member("token_sha256", to_hex({reinterpret_cast<const char*>(hash.data()), hash.size()}));
  }
  w.end_object();
}

}  // namespace

std::string write_export(const stored_subscriber& s, const catalogue& topics,
                         const std::vector<slot_report>& slots) {
  std::string json;
  json_writer w(json);
  w.begin_object()
      .member("subscriber_id", paperboy::to_text(s.value.id))
      .member("app", s.value.app)
      .member("version", unsigned{s.value.version})
      .key("preferences");
  write_own_preferences(w, s.value.wishes, topics);
  w.key("devices").begin_array();
  for (const device& d : s.value.devices) write_held_device(w, s.value, d);
  w.end_array()
      .key("cohort")
      .begin_object()
      .member("time_zone", s.place.cohort.time_zone)
      .member("time", format_time_of_day(s.place.cohort.time))
      .end_object()
      .key("last_digest");
  if (s.mark.days == 0) {
    w.null();
  } else {
    w.value(paperboy::to_text(s.mark));
  }
  w.key("digests");
  write_slot_list(w, slots);
  w.end_object();
  return json;
}

}  // namespace paperboy::http

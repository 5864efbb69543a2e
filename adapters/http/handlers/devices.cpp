#include "adapters/http/handlers/bind.hpp"
#include "adapters/http/handlers/preferences_answer.hpp"
#include "adapters/http/json_writer.hpp"
#include "adapters/http/wire/body.hpp"
#include "adapters/http/wire/device_json.hpp"
#include "core/flows/registration.hpp"

namespace paperboy::http::handling {
namespace {

answer device_answer(const found_subscriber& found, std::uint8_t number) {
  const device* d = found.value().find_device(number);
  if (d == nullptr) return failure(make_error_code(errc::unauthorized));
  return answer::json(200, write_device(found.value(), *d, found.app->defaults()));
}

std::string write_registered(const api_state& api, const subscriber& s, std::uint8_t number,
                             std::string_view preferences) {
  const device_id id{s.id, number};
  const device* d = s.find_device(number);
  constexpr std::size_t around_preferences = 256;
  std::string json;
  json.reserve(preferences.size() + around_preferences);
  json_writer w(json);
  w.begin_object()
      .member("device_id", to_text(id))
      .member("credential", api.parts.credentials.issue(id, d == nullptr ? 0 : d->generation))
      .member("subscriber_id", to_text(s.id))
      .key("preferences")
      .raw(preferences)
      .end_object();
  return json;
}

// What a change leaves out stays. A new token counts as registered now: what a gateway says of the
// old one does not concern it.
void apply(const device_change_body& asked, const std::optional<std::string>& token, instant now,
           device& d) {
  if (token && *token != d.token) {
    d.token = *token;
    d.registered_at = in_seconds(now);
  }
  if (asked.locale) d.locale = *asked.locale;
  if (asked.time_zone) d.time_zone = *asked.time_zone;
  if (asked.app_version) d.app_version = *asked.app_version;
}

}  // namespace

task<answer> register_device(api_state& api, const context& c, const request& r) {
  const auto app = api.parts.apps.find(c.caller.app);
  if (app == api.parts.apps.end()) co_return failure(make_error_code(errc::unauthorized));
  auto body = read_body(r.body(), read_registration);
  if (const auto* wrong = std::get_if<problem>(&body)) co_return to_answer(*wrong);
  auto& asked = std::get<registration_body>(body);

  registration wanted{std::move(asked.device), std::move(asked.topics), std::nullopt};
  // One that does not open counts as not given, as one of another app does: the app that kept it
  // must be able to start afresh.
  if (!asked.previous_credential.empty()) {
    wanted.previous = api.parts.credentials.open(asked.previous_credential);
  }
  const instant now = api.now();
  auto done = co_await paperboy::register_device(api.parts.people, api.parts.news,
                                                       app->second, wanted, in_seconds(now));
  if (!done) co_return failure(done.error());
  if (const auto* faults = std::get_if<std::vector<field_error>>(&*done)) {
    co_return to_answer(invalid_body(*faults));
  }
  auto& device = std::get<enrolled>(*done);
  const found_subscriber found{&app->second, std::move(device.subscriber)};
  const auto shown = co_await preferences_text(api, found);
  if (!shown) co_return failure(shown.error());
  co_return answer::json(201,
                         write_registered(api, found.value(), device.device_number, *shown));
}

task<answer> get_device(api_state& api, const context& c, const request&) {
  const auto who = credential_of(c);
  const auto found = co_await api.people.find(who);
  if (!found) co_return failure(found.error());
  co_return device_answer(*found, who.device.number);
}

task<answer> change_device(api_state& api, const context& c, const request& r) {
  const auto body = read_body(r.body(), read_device_change);
  if (const auto* wrong = std::get_if<problem>(&body)) co_return to_answer(*wrong);
  const auto& asked = std::get<device_change_body>(body);
  const auto who = credential_of(c);
  const instant now = api.now();
  std::optional<field_error> fault;
  const subscribers::decision decide = [&](const found_subscriber&, const catalogue&,
                                           subscriber& after) {
    device* d = after.find_device(who.device.number);
    fault.reset();
    std::optional<std::string> token;
    if (asked.token) {
      token = token_from_wire(d->platform, *asked.token);
      if (!token) fault = invalid_token(d->platform);
    }
    if (!fault) apply(asked, token, now, *d);
    return !fault;
  };
  const auto changed = co_await api.people.change(who, decide);
  if (!changed) co_return failure(changed.error());
  if (fault) co_return to_answer(invalid_body({*fault}));
  co_return device_answer(*changed, who.device.number);
}

task<answer> delete_device(api_state& api, const context& c, const request&) {
  const auto done = co_await api.people.forget_device(credential_of(c), in_seconds(api.now()));
  if (!done) co_return failure(done.error());
  co_return answer(204);
}

}  // namespace paperboy::http::handling

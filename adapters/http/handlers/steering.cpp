#include "adapters/http/handlers/bind.hpp"
#include "adapters/http/wire/notification_json.hpp"
#include "adapters/http/wire/run_json.hpp"

namespace paperboy::http::handling {
namespace {

std::string_view why_not(steering to) noexcept {
  switch (to) {
    case steering::pause:
      return "The run is done or cancelled: there is nothing left to pause.";
    case steering::resume:
      return "The run is not paused: there is nothing to resume.";
    case steering::cancel:
      return "The run is done or cancelled: there is nothing left to cancel.";
  }
  return "The run is in another state.";
}

// Shows the run as GET does, in the state that it has from now on.
task<answer> steer(api_state& api, const request& r, steering to) {
  const auto* app = api.app_of(r);
  if (app == nullptr) co_return absent();
  const std::string id(r.parameter("run_id"));
  const auto state = co_await api.parts.desk.steer(app->context.id, id, to);
  if (!state && state.error() == errc::conflict) {
    co_return to_answer({409, "wrong-state", std::string(why_not(to)), {}});
  }
  if (!state) co_return failure(state.error());
  auto found = co_await api.parts.runs.find(app->context.id, id);
  if (!found) co_return failure(found.error());
  found->state = *state;
  co_return answer::json(200, write_run(*found));
}

}  // namespace

task<answer> cancel_run(api_state& api, const context&, const request& r) {
  return steer(api, r, steering::cancel);
}

task<answer> pause_run(api_state& api, const context&, const request& r) {
  return steer(api, r, steering::pause);
}

task<answer> resume_run(api_state& api, const context&, const request& r) {
  return steer(api, r, steering::resume);
}

task<answer> list_dead_letters(api_state& api, const context&, const request& r) {
  const auto* app = api.app_of(r);
  if (app == nullptr) co_return absent();
  const std::string id(r.parameter("run_id"));
  const auto letters = co_await api.parts.desk.dead_letters(app->context.id, id);
  if (!letters) co_return failure(letters.error());
  co_return answer::json(200, write_dead_letters(*letters));
}

}  // namespace paperboy::http::handling

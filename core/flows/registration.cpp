#include "core/flows/registration.hpp"

#include "core/flows/subscriber_change.hpp"

namespace paperboy {

task<result<registered>> register_device(roster& people, newsroom& news, const app_settings& app,
                                         const registration& asked, std::chrono::sys_seconds now) {
  auto topics = co_await news.topics(app.context.id);
  if (!topics) co_return topics.error();
  preferences_patch start;
  start.topics = asked.topics;
  auto wishes = merge({}, start, **topics);
  if (auto* faults = std::get_if<std::vector<field_error>>(&wishes)) {
    co_return registered{std::move(*faults)};
  }

  enrolment wanted;
  wanted.app = app.context.id;
  wanted.device = asked.device;
  wanted.device.registered_at = now;
  wanted.wishes = std::get<preferences>(std::move(wishes));
  if (asked.previous) {
    wanted.previous = asked.previous->device;
    wanted.previous_generation = asked.previous->generation;
  }
  wanted.defaults = app.defaults();
  wanted.now = now;
  for (int attempt = 0; attempt < most_write_attempts; ++attempt) {
    auto done = co_await people.enrol(wanted);
    if (done) co_return registered{std::move(*done)};
    if (done.error() != errc::conflict) co_return done.error();
  }
  co_return make_error_code(errc::conflict);
}

}  // namespace paperboy

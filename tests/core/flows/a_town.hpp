#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/domain/text_time.hpp"
#include "core/flows/preferences_change.hpp"
#include "core/flows/registration.hpp"
#include "tests/core/fakes/fake_newsroom.hpp"
#include "tests/core/fakes/fake_roster.hpp"
#include "tests/core/fakes/finish.hpp"

namespace paperboy::testing {

// One app, "anewz", with the topics `politics` and the required `safety`, and nobody registered.
struct a_town {
  a_town() {
    app_settings& app = apps["anewz"];
    app.context.id = "anewz";
    app.context.defaults.time_zone = "Asia/Baku";
    topic politics;
    politics.key = "politics";
    topic safety;
    safety.key = "safety";
    safety.required = true;
    safety.default_frequency = frequency::instant;
    news.add("anewz", politics);
    news.add("anewz", safety);
  }

  // A device with that token, of a subscriber of its own or of the one before.
  opened_credential enrol(const std::string& token,
                          std::optional<opened_credential> previous = std::nullopt) {
    registration asked;
    asked.device.token = token;
    asked.previous = std::move(previous);
    const auto done = finish(register_device(people, news, apps["anewz"], asked, now));
    const auto& made = std::get<enrolled>(done.value());
    const subscriber& s = made.subscriber.value;
    return {{s.id, made.device_number}, s.find_device(made.device_number)->generation};
  }

  stored_subscriber& only() { return people.people.begin()->second; }

  fake_roster people;
  fake_newsroom news;
  app_directory apps;
  subscribers flows{people, news, apps};
  std::chrono::sys_seconds now{
      std::chrono::floor<std::chrono::seconds>(*parse_instant("2026-11-23T12:00:00Z"))};
};

}  // namespace paperboy::testing

#pragma once

#include <functional>
#include <string>
#include <variant>

#include "core/domain/credential.hpp"
#include "core/flows/app_settings.hpp"
#include "core/ports/newsroom.hpp"
#include "core/ports/roster.hpp"
#include "core/task.hpp"

namespace paperboy {

// Who asks about a subscriber: one of its devices, by a credential that opened, or the newsroom.
struct named_subscriber {
  std::string app;
  subscriber_id id;
};
using subscriber_access = std::variant<opened_credential, named_subscriber>;

// A subscriber as it was found, with its app. The app lives as long as the directory.
struct found_subscriber {
  const app_settings* app = nullptr;
  stored_subscriber stored;

  const subscriber& value() const noexcept { return stored.value; }
};

// A write that somebody else outran is decided anew on what is there then, this often.
inline constexpr int most_write_attempts = 4;

// Reads and changes subscribers on behalf of those who may. Everything referred to outlives it.
class subscribers {
 public:
  // Looks at what is there and says what shall be there: false leaves all as it is. Called once for
  // each attempt; keeps nothing of its arguments.
  using decision =
      std::function<bool(const found_subscriber& now, const catalogue& topics, subscriber& after)>;

  subscribers(roster& people, newsroom& news, const app_directory& apps)
      : people_(people), news_(news), apps_(apps) {}

  // errc::unauthorized: the credential's device is not there, not live, or was registered again.
  // errc::not_found: the app has no such subscriber. An app that is not configured has none.
  task<result<found_subscriber>> find(const subscriber_access& who);

  // Writes what `decide` made, raising the version where the preferences differ, and answers what
  // is there in the end. errc::conflict: outrun most_write_attempts times.
  task<result<found_subscriber>> change(const subscriber_access& who, const decision& decide);

  // Nothing of the subscriber is left.
  task<result<void>> erase(const subscriber_access& who);

  // Takes the credential's device away, and its subscriber with it if no other device is live or
  // may still come back.
  task<result<void>> forget_device(const opened_credential& who, std::chrono::sys_seconds now);

 private:
  roster& people_;
  newsroom& news_;
  const app_directory& apps_;
};

}  // namespace paperboy

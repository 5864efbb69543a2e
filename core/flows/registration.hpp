#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/domain/credential.hpp"
#include "core/flows/app_settings.hpp"
#include "core/ports/newsroom.hpp"
#include "core/ports/roster.hpp"
#include "core/task.hpp"

namespace paperboy {

// A device that asks to be registered; its own members are validated.
struct registration {
  paperboy::device device;
  // What its subscriber starts with, by key. One that is known by `previous` keeps what it has.
  std::vector<std::pair<std::string, std::optional<frequency>>> topics;
  std::optional<opened_credential> previous;
};

using registered = std::variant<enrolled, std::vector<field_error>>;

// Gives the token to a device of a new subscriber, or with `previous` to that same device. Field
// errors name topics that the catalogue does not have or that cannot be chosen. errc::conflict:
// outrun by others most_write_attempts times.
task<result<registered>> register_device(roster& people, newsroom& news, const app_settings& app,
                                         const registration& asked, std::chrono::sys_seconds now);

}  // namespace paperboy

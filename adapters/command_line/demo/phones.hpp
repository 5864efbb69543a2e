#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/outcome.hpp"

namespace paperboy::command_line::demo {

// What the owner of a phone did before the slot.
enum class habit : std::uint8_t {
  reads,
  follows_nothing,
  on_holiday,   // paused over the slot
  left,         // registered, and deleted the device
  uninstalled,  // removed the app: the gateway alone knows that the token is dead
};

struct phone_owner {
  std::string_view name;
  std::string_view model;
  platform system;
  std::string_view time_zone;
  std::string_view locale;   // of the device
  std::string_view reads;    // chosen in the preferences in place of it; empty: nothing
  std::string_view follows;  // topics of the sample newsroom, between spaces
  std::uint8_t max_items;    // 0: the app's default
  habit before_the_slot;
};

// The cast of the demo: both platforms, zones with whole, half and quarter hours.
std::span<const phone_owner> phone_owners() noexcept;

// The language that a digest is rendered in: "az".
std::string language_read(const phone_owner& owner);

// What the n-th phone follows: its topics of the sample, or of a newsroom with other topics two to
// four of those, each in turn. Nothing for somebody who follows nothing.
std::vector<std::string> topics_followed(const phone_owner& owner, std::size_t n,
                                         const std::vector<std::string>& newsroom, bool sample);

// A push token as the platform's gateway could have given it, another at each call.
std::string new_push_token(platform p);

}  // namespace paperboy::command_line::demo

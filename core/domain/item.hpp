#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/field_error.hpp"
#include "core/domain/outcome.hpp"

namespace paperboy {

inline constexpr std::size_t max_item_id_bytes = 128;
inline constexpr std::size_t max_story_bytes = 128;
inline constexpr std::size_t max_title_code_points = 200;
inline constexpr std::size_t max_teaser_code_points = 500;
inline constexpr std::size_t max_item_topics = 20;
inline constexpr int max_priority = 100;
inline constexpr int default_priority = 50;

// One teaser as the newsroom published it.
struct item {
  std::string id;
  std::string title;
  std::string teaser;  // may be empty
  std::string url;
  std::string image_url;  // may be empty
  std::vector<std::string> topics;
  std::string language;
  instant published_at{};
  std::optional<instant> expires_at;
  int priority = default_priority;
  std::string story;           // items of one story are told once per digest; empty: stands alone
  instant arrived_at{};        // when windows count it: see arrival()
  std::uint64_t revision = 0;  // grows with every change of what a reader sees

  friend bool operator==(const item&, const item&) = default;
};

// An item of the future waits for its time; a change later does not make it new again.
inline instant arrival(instant first_received, instant published_at) noexcept {
  return first_received > published_at ? first_received : published_at;
}

// What the app allows. Views stay with the caller.
struct item_rules {
  std::span<const std::string> link_hosts;  // empty: any
  instant now{};
  std::function<bool(std::string_view)> known_topic;  // empty: any valid key
};

// Everything that does not hold, in the order of the members; empty where the item may be stored.
// `arrived_at` and `revision` are ours and not looked at.
std::vector<field_error> validate(const item& candidate, const item_rules& rules);

// [A-Za-z0-9._~:-], 1 to 128 bytes, neither `.` nor `..`, which a path cannot carry.
bool valid_item_id(std::string_view id) noexcept;

// One year after `now` on the calendar; what an item's published_at may not pass.
instant one_year_after(instant now) noexcept;

}  // namespace paperboy

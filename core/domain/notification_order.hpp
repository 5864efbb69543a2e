#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/field_error.hpp"
#include "core/domain/identifiers.hpp"
#include "core/domain/outcome.hpp"
#include "core/domain/rendering.hpp"

namespace paperboy {

enum class topic_match : std::uint8_t { any, all };

// Whom a notification is for: exactly one of the three lists has members.
struct notification_audience {
  std::vector<std::string> topics;  // keys; whoever wants one of them, or all, at once
  topic_match match = topic_match::any;
  std::vector<subscriber_id> subscribers;
  std::vector<device_id> devices;

  friend bool operator==(const notification_audience&, const notification_audience&) = default;
};

inline constexpr std::size_t max_audience_topics = 20;
inline constexpr std::size_t max_audience_ids = 1000;
// A notification that names no time to live is no news half a day later.
inline constexpr std::chrono::seconds default_time_to_live = std::chrono::hours{12};
inline constexpr std::chrono::seconds least_time_to_live = std::chrono::minutes{1};
inline constexpr std::chrono::seconds most_time_to_live = std::chrono::days{28};  // FCM's limit
// A send_at may lie so far ahead.
inline constexpr std::chrono::days longest_wait{31};

// What the newsroom asks to be sent at once, or at `send_at`.
struct notification_order {
  notification_audience audience;
  breaking_news news;
  std::chrono::seconds time_to_live = default_time_to_live;
  bool critical = false;           // passes quiet hours, where each of its topics is critical too
  std::optional<instant> send_at;  // none: at once
  std::string item_id;             // counts as seen by whoever gets it; may be empty

  friend bool operator==(const notification_order&, const notification_order&) = default;
};

// What the app allows. Views stay with the caller.
struct order_rules {
  std::span<const std::string> link_hosts;  // empty: any
  instant now{};
  std::function<bool(std::string_view)> known_topic;
};

// Everything that does not hold, in the order of the members; empty where it may be sent. A send_at
// that has passed by no more than a minute is "at once"; an item_id is not looked up here.
std::vector<field_error> validate(const notification_order& order, const order_rules& rules);

}  // namespace paperboy

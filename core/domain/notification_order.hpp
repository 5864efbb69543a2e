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
#include "core/domain/item.hpp"
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
// Of the title and of the body; a payload cuts what a phone would not show.
inline constexpr std::size_t max_order_languages = 50;
inline constexpr std::size_t max_order_title_code_points = 200;
inline constexpr std::size_t max_order_body_code_points = 500;
// A notification that names no time to live is no news half a day later.
inline constexpr std::chrono::seconds default_time_to_live = std::chrono::hours{12};
inline constexpr std::chrono::seconds least_time_to_live = std::chrono::minutes{1};
inline constexpr std::chrono::seconds most_time_to_live = std::chrono::days{28};  // FCM's limit
// A send_at may lie so far ahead.
inline constexpr std::chrono::days longest_wait{31};
// A send_at that has passed by no more is "at once": clocks differ, and requests are repeated.
inline constexpr std::chrono::minutes late_send_at{1};

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

// Everything that does not hold, in the order of the members; empty where it may be sent. An
// item_id is not looked up here.
std::vector<field_error> validate(const notification_order& order, const order_rules& rules);

// When it is to go: to the second, as its run's id names it; not before send_at, and never later
// than now where there is none.
instant due_at(const notification_order& order, instant now) noexcept;

// The item that counts as seen by whoever gets the order's run, and that quiet hours fold into the
// next digest: the order's own, else the one that run_item() makes of its link. Empty without both.
std::string item_of(const notification_order& order, std::string_view run);

// What the digest tells of an order that names no item but has a link, in the app's language. It
// has no topics, so that only those get it for whom it was put off.
item run_item(const notification_order& order, std::string_view run, instant due,
              std::string_view default_locale);

}  // namespace paperboy

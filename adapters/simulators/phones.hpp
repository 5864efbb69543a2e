#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/simulators/fault.hpp"

namespace paperboy::simulators {

// One push as a gateway saw it. `taken` means that it went on to the phone, whatever the sender was
// told; the rest of the phone's view is set for taken pushes only.
struct received_push {
  std::chrono::system_clock::time_point at{};
  gateway_name gateway = gateway_name::apns;
  std::string token;
  std::string topic;         // apns-topic; FCM: the project
  std::string push_type;     // apns-push-type; FCM: empty
  std::string priority;      // as sent
  std::string expiration;    // apns-expiration; android.ttl
  std::string collapse_id;   // apns-collapse-id; android.collapse_key
  std::string tag;           // android.notification.tag
  std::string channel;       // android.notification.channel_id
  std::string id;            // apns-id; FCM: the message's name
  std::string payload;       // the body as sent
  std::uint16_t status = 0;  // 0: the sender got no answer
  std::string reason;        // APNs reason, FCM errorCode; a fault's ending
  bool taken = false;
  bool shown = false;     // has something to show
  bool replaces = false;  // takes the place of one shown before, by collapse id or tag
  bool sounds = false;
};

// One line of JSON, without its end.
std::string to_json_line(const received_push& push);

enum class phone_state : std::uint8_t { registered, unregistered, expired, other_sender };

struct phone {
  std::string topic;                    // bundle id or project; empty: any
  std::optional<gateway_name> gateway;  // apns or sandbox; empty: either
  phone_state state = phone_state::registered;
  std::int64_t dead_since = 0;  // milliseconds since 1970, for unregistered and expired
  bool apple = false;           // FCM: an iOS app instance
};

struct push_counts {
  std::uint64_t requests = 0;  // pushes seen, answered or not
  std::uint64_t taken = 0;
  std::uint64_t not_kept = 0;                                // beyond received_limit
  std::unordered_map<std::string, std::uint64_t> by_reason;  // "" for 200
};

// The phones that exist and what they got.
class phone_book {
 public:
  explicit phone_book(std::size_t received_limit) : received_limit_(received_limit) {}

  void add(std::string_view token, phone p);
  const phone* find(std::string_view token);

  // What the phone makes of a taken push (`replaces`, `sounds` by now), the counters, and a copy
  // kept as long as fewer than received_limit are.
  void record(received_push& push);
  bool keeps() const noexcept { return received_limit_ > 0; }
  void count(gateway_name gateway, std::string_view reason, bool taken);

  // Notes a push to this token; true when `limit` others came within the window before it.
  bool too_many(std::string_view token, std::uint32_t limit, std::chrono::milliseconds window,
                std::chrono::system_clock::time_point now);

  // Kept pushes in the order they came, refused ones included.
  std::vector<received_push> received(std::string_view token) const;
  const std::deque<received_push>& all_received() const noexcept { return received_; }
  const push_counts& counts(gateway_name gateway) const noexcept;
  void forget_received();

 private:
  using times = std::deque<std::chrono::system_clock::time_point>;
  static constexpr std::size_t screen_limit = 64;  // notifications on one phone that are remembered

  std::size_t received_limit_;
  std::deque<received_push> received_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_token_;  // indexes of received_
  std::unordered_map<std::string, phone> phones_;
  std::unordered_map<std::string, std::vector<std::string>> screens_;  // collapse ids or tags
  std::unordered_map<std::string, times> recent_;
  std::array<push_counts, gateway_count> counts_;
  std::string key_;
};

}  // namespace paperboy::simulators

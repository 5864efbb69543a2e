#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/domain/field_error.hpp"
#include "core/domain/outcome.hpp"
#include "core/domain/slot.hpp"
#include "core/domain/topic.hpp"

namespace paperboy {

enum class quiet_action : std::uint8_t { drop, hold, fold };
enum class include_instant : std::uint8_t { exclude, unopened, all };

std::string_view to_text(quiet_action a) noexcept;
std::optional<quiet_action> parse_quiet_action(std::string_view text) noexcept;
std::string_view to_text(include_instant i) noexcept;
std::optional<include_instant> parse_include_instant(std::string_view text) noexcept;

struct quiet_hours {
  std::chrono::minutes start{};  // local, may be later than `end`: over midnight
  std::chrono::minutes end{};
  quiet_action action = quiet_action::fold;
  friend bool operator==(const quiet_hours&, const quiet_hours&) = default;
};

// Both days are inside the pause, in the subscriber's zone.
struct pause {
  local_date first_day{};
  local_date last_day{};
  friend bool operator==(const pause&, const pause&) = default;
};

// What a subscriber chose. Empty members are inherited.
struct preferences {
  std::optional<std::string> time_zone;  // else the zone of the device registered last, else the app's
  std::optional<std::string> locale;     // else likewise
  std::optional<bool> digest_enabled;
  std::optional<std::chrono::minutes> digest_time;
  std::optional<weekdays> digest_days;
  std::optional<std::uint8_t> max_items;  // 1 to 20
  std::optional<std::uint8_t> min_items;  // 1 to 20
  std::optional<include_instant> instant_items;
  std::optional<quiet_hours> quiet;
  std::optional<paperboy::pause> pause;
  std::optional<instant> mute_until;
  choices topics;

  friend bool operator==(const preferences&, const preferences&) = default;
};

// The app's defaults, which everybody inherits.
struct digest_defaults {
  std::chrono::minutes time{8 * 60};
  weekdays days = weekdays::all();
  std::uint8_t max_items = 5;
  std::uint8_t min_items = 1;
  std::chrono::minutes lookback{36 * 60};
  bool readers_language_only = false;
  std::string time_zone = "UTC";
  std::string locale = "en";
};

// Preferences with every inherited value filled in.
struct effective_preferences {
  std::string time_zone;
  std::string locale;
  bool digest_enabled = true;
  std::chrono::minutes digest_time{};
  weekdays digest_days;
  std::uint8_t max_items = 5;
  std::uint8_t min_items = 1;
  include_instant instant_items = include_instant::exclude;
};

effective_preferences resolve(const preferences& p, std::string_view device_zone,
                              std::string_view device_locale, const digest_defaults& defaults);

// A member of a merge patch (RFC 7396): absent, null, or a value.
template <class T>
class patched {
 public:
  patched() = default;
  static patched reset() {
    patched p;
    p.given_ = true;
    return p;
  }
  static patched to(T value) {
    patched p;
    p.given_ = true;
    p.value_ = std::move(value);
    return p;
  }
  bool given() const noexcept { return given_; }
  void apply(std::optional<T>& target) const {
    if (given_) target = value_;
  }
  const std::optional<T>& value() const noexcept { return value_; }

 private:
  bool given_ = false;
  std::optional<T> value_;
};

struct quiet_hours_patch {
  patched<std::chrono::minutes> start;
  patched<std::chrono::minutes> end;
  patched<quiet_action> action;
};
struct pause_patch {
  patched<local_date> first_day;
  patched<local_date> last_day;
};

// A merge patch as the adapters read it. `digest`, `quiet_hours`, `pause` and `topics` given as null
// reset all of their members.
struct preferences_patch {
  patched<std::string> time_zone;
  patched<std::string> locale;
  bool digest_reset = false;
  patched<bool> digest_enabled;
  patched<std::chrono::minutes> digest_time;
  patched<weekdays> digest_days;
  patched<std::uint8_t> max_items;
  patched<std::uint8_t> min_items;
  patched<include_instant> instant_items;
  bool quiet_reset = false;
  std::optional<quiet_hours_patch> quiet;
  bool pause_reset = false;
  std::optional<pause_patch> pause;
  patched<instant> mute_until;
  bool topics_reset = false;
  std::vector<std::pair<std::string, std::optional<frequency>>> topics;  // key -> choice or null
};

// The preferences after the patch, or every reason why not: unknown and locked topics, a quiet
// window without an end, a pause that ends before it begins, fewer at most than at least.
std::variant<preferences, std::vector<field_error>> merge(const preferences& before,
                                                               const preferences_patch& patch,
                                                               const catalogue& topics);

// Sets or clears one choice, keeping the order.
void choose_frequency(choices& said, topic_number number, std::optional<frequency> wanted);

// When nothing may be sent to a subscriber, whatever it follows.
struct silence_rules {
  std::optional<paperboy::pause> pause;
  std::optional<instant> mute_until;
};
enum class silence : std::uint8_t { none, muted, paused };
silence silenced(const silence_rules& rules, instant now, local_date today) noexcept;

}  // namespace paperboy

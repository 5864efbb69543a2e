#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace paperboy {

// [a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*){0,3}, at most 64 bytes.
bool valid_topic_key(std::string_view key) noexcept;

// `local/baku` -> `local`; empty where there is none.
std::string_view parent_topic(std::string_view key) noexcept;

// How a subscriber wants one topic. The bits say which lane it feeds.
enum class frequency : std::uint8_t { off = 0, digest = 1, instant = 2, both = 3 };

std::string_view to_text(frequency f) noexcept;
std::optional<frequency> parse_frequency(std::string_view text) noexcept;
inline bool in_digest(frequency f) noexcept { return (static_cast<unsigned>(f) & 1U) != 0; }
inline bool at_once(frequency f) noexcept { return (static_cast<unsigned>(f) & 2U) != 0; }

// Given once per app and topic, never given again: packed records name topics by it.
using topic_number = std::uint16_t;

struct topic {
  std::string key;
  topic_number number = 0;
  std::map<std::string, std::string> names;      // language tag -> name
  std::optional<frequency> default_frequency;    // none: its parent's, else off
  bool critical = false;                         // its notifications may pass quiet hours
  bool required = false;                         // subscribers cannot change it
};

enum class choice_source : std::uint8_t { subscriber, topic, app };
std::string_view to_text(choice_source s) noexcept;

struct effective_choice {
  frequency wanted = frequency::off;
  choice_source source = choice_source::app;
  bool locked = false;
};

// What a subscriber has said about topics, in ascending order of number.
struct explicit_choice {
  topic_number number = 0;
  frequency wanted = frequency::off;
  friend bool operator==(const explicit_choice&, const explicit_choice&) = default;
};
using choices = std::vector<explicit_choice>;

// One app's topics. Immutable once built; built anew when a topic changes.
class catalogue {
 public:
  static constexpr std::size_t max_topics = 4096;

  catalogue() = default;
  explicit catalogue(std::vector<topic> topics);

  const topic* find(std::string_view key) const noexcept;
  const topic* find(topic_number number) const noexcept;
  const std::vector<topic>& topics() const noexcept { return topics_; }  // by key

  // The subscriber's own choice for the topic, else for its nearest ancestor; else the default of
  // the topic, else of its nearest ancestor; else the app's: off. A required topic takes only
  // defaults and is locked.
  effective_choice effective(const choices& said, const topic& t) const noexcept;

  // The numbers of all topics that feed this subscriber's digest, ascending.
  std::vector<topic_number> digest_topics(const choices& said) const;

 private:
  const topic* parent_of(const topic& t) const noexcept;

  std::vector<topic> topics_;
  std::vector<std::int32_t> by_number_;  // index into topics_, or -1
};

}  // namespace paperboy

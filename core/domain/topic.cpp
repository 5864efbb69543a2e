#include "core/domain/topic.hpp"

#include <algorithm>

namespace paperboy {
namespace {

bool starts_part(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

const explicit_choice* find_choice(const choices& said, topic_number number) noexcept {
  const auto at = std::lower_bound(said.begin(), said.end(), number,
                                   [](const auto& c, topic_number n) { return c.number < n; });
  return at != said.end() && at->number == number ? &*at : nullptr;
}

}  // namespace

bool valid_topic_key(std::string_view key) noexcept {
  if (key.empty() || key.size() > 64) return false;
  std::size_t parts = 1;
  bool first = true;
  for (const char c : key) {
    if (c == '/') {
      if (first || ++parts > 4) return false;
      first = true;
    } else if (starts_part(c) || (!first && (c == '_' || c == '-'))) {
      first = false;
    } else {
      return false;
    }
  }
  return !first;
}

std::string_view parent_topic(std::string_view key) noexcept {
  const auto slash = key.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : key.substr(0, slash);
}

std::string_view to_text(frequency f) noexcept {
  switch (f) {
    case frequency::off: return "off";
    case frequency::digest: return "digest";
    case frequency::instant: return "instant";
    case frequency::both: return "both";
  }
  return "off";
}

std::optional<frequency> parse_frequency(std::string_view text) noexcept {
  for (const auto f : {frequency::off, frequency::digest, frequency::instant, frequency::both}) {
    if (to_text(f) == text) return f;
  }
  return std::nullopt;
}

std::string_view to_text(choice_source s) noexcept {
  switch (s) {
    case choice_source::subscriber: return "subscriber";
    case choice_source::topic: return "topic";
    case choice_source::app: return "app";
  }
  return "app";
}

catalogue::catalogue(std::vector<topic> topics) : topics_(std::move(topics)) {
  std::sort(topics_.begin(), topics_.end(),
            [](const topic& a, const topic& b) { return a.key < b.key; });
  for (std::size_t i = 0; i < topics_.size(); ++i) {
    const std::size_t number = topics_[i].number;
    if (by_number_.size() <= number) by_number_.resize(number + 1, -1);
    by_number_[number] = static_cast<std::int32_t>(i);
  }
}

const topic* catalogue::find(std::string_view key) const noexcept {
  const auto at = std::lower_bound(topics_.begin(), topics_.end(), key,
                                   [](const topic& t, std::string_view k) { return t.key < k; });
  return at != topics_.end() && at->key == key ? &*at : nullptr;
}

const topic* catalogue::find(topic_number number) const noexcept {
  if (number >= by_number_.size() || by_number_[number] < 0) return nullptr;
  return &topics_[static_cast<std::size_t>(by_number_[number])];
}

const topic* catalogue::parent_of(const topic& t) const noexcept {
  // A middle part of a key need not be a topic of its own: `local` governs `local/baku/centre`.
  for (auto key = parent_topic(t.key); !key.empty(); key = parent_topic(key)) {
    if (const topic* parent = find(key)) return parent;
  }
  return nullptr;
}

effective_choice catalogue::effective(const choices& said, const topic& t) const noexcept {
  if (!t.required) {
    for (const topic* at = &t; at != nullptr; at = parent_of(*at)) {
      if (const auto* own = find_choice(said, at->number)) {
        return {own->wanted, choice_source::subscriber, false};
      }
    }
  }
  for (const topic* at = &t; at != nullptr; at = parent_of(*at)) {
    if (at->default_frequency) return {*at->default_frequency, choice_source::topic, t.required};
  }
  return {frequency::off, choice_source::app, t.required};
}

std::vector<topic_number> catalogue::digest_topics(const choices& said) const {
  std::vector<topic_number> numbers;
  for (const auto& t : topics_) {
    if (in_digest(effective(said, t).wanted)) numbers.push_back(t.number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace paperboy

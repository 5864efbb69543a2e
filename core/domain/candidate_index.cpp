#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "core/domain/choice.hpp"
#include "core/domain/locale.hpp"

namespace paperboy {
namespace {

constexpr std::int64_t milli = 1000;
constexpr std::uint16_t no_language = 0xFFFF;

// 2^(-i/16) in 65,536ths. Floating point would differ between machines, and with it the order of
// two items that are nearly equal.
constexpr std::array<std::int64_t, 17> sixteenths = {65536, 62757, 60097, 57549, 55109, 52772,
                                                     50535, 48393, 46341, 44376, 42495, 40693,
                                                     38968, 37316, 35734, 34219, 32768};

// `points` after `age`, halved every `half_life`, in thousandths.
std::int64_t decayed(std::int64_t points, std::chrono::milliseconds age,
                     std::chrono::milliseconds half_life) {
  const std::int64_t steps =
      std::clamp<std::int64_t>(age.count(), 0, half_life.count() * 32) * 4096 / half_life.count();
  const std::int64_t halvings = steps / 4096;
  const auto part = static_cast<std::size_t>(steps % 4096 / 256);
  const std::int64_t within = steps % 256;
  const std::int64_t factor =
      (sixteenths[part] * (256 - within) + sixteenths[part + 1] * within) / 256;
  return (points * milli * factor / 65536) >> halvings;
}

std::int32_t base_score(const item& candidate, instant slot, const ranking& w) {
  const std::chrono::milliseconds half_life = std::max(w.half_life, std::chrono::minutes{1});
  const std::int64_t priority = std::clamp(candidate.priority, 0, max_priority);
  return static_cast<std::int32_t>(priority * w.priority * milli / max_priority +
                                   decayed(w.freshness, slot - candidate.arrived_at, half_life));
}

ranking within_limits(ranking w) {
  w.priority = std::clamp(w.priority, 0, 1000);
  w.freshness = std::clamp(w.freshness, 0, 1000);
  w.variety = std::clamp(w.variety, 0, 1000);
  return w;
}

left_out state_at(const item& candidate, instant slot) {
  if (candidate.arrived_at >= slot) return left_out::future;
  if (candidate.expires_at && *candidate.expires_at <= slot) return left_out::expired;
  return left_out::chosen;
}

}  // namespace

candidate_index::candidate_index(std::span<const item> frozen, const catalogue& topics,
                                 instant slot, const ranking& weights)
    : slot_{slot}, weights_{within_limits(weights)} {
  frozen = frozen.first(std::min(frozen.size(), max_candidates));
  entries_.reserve(frozen.size());
  for (std::size_t i = 0; i < frozen.size(); ++i) {
    add(frozen[i], static_cast<ordinal>(i), topics);
  }
  rank(frozen);
  list_by_topic();
}

void candidate_index::add(const item& candidate, ordinal number, const catalogue& topics) {
  entry e;
  e.arrived_at = candidate.arrived_at;
  e.score = base_score(candidate, slot_, weights_);
  e.number = number;
  e.state = state_at(candidate, slot_);
  e.topics_from = static_cast<std::uint32_t>(entry_topics_.size());
  for (const auto& key : candidate.topics) {
    const topic* known = topics.find(key);
    if (known == nullptr) continue;  // removed from the catalogue meanwhile
    if (dense_.size() <= known->number) dense_.resize(known->number + std::size_t{1}, -1);
    auto& dense = dense_[known->number];
    if (dense < 0) {
      dense = static_cast<std::int32_t>(topic_from_.size());
      topic_from_.push_back(0);
    }
    entry_topics_.push_back(static_cast<std::uint16_t>(dense));
    ++e.topics;
  }
  const auto name = language_of(candidate.language);
  const auto known = std::find(languages_.begin(), languages_.end(), name);
  e.language = static_cast<std::uint16_t>(known - languages_.begin());
  if (known == languages_.end()) languages_.push_back(name);
  entries_.push_back(e);
}

void candidate_index::rank(std::span<const item> frozen) {
  std::map<std::string_view, std::uint32_t> stories;
  for (auto& e : entries_) {
    const std::string_view story = frozen[e.number].story;
    if (story.empty()) continue;
    e.story = stories.emplace(story, static_cast<std::uint32_t>(stories.size() + 1)).first->second;
  }
  std::vector<std::uint32_t> by_id(entries_.size());
  std::iota(by_id.begin(), by_id.end(), 0U);
  std::sort(by_id.begin(), by_id.end(), [frozen](std::uint32_t a, std::uint32_t b) {
    return std::tie(frozen[a].id, a) < std::tie(frozen[b].id, b);
  });
  for (std::uint32_t i = 0; i < by_id.size(); ++i) entries_[by_id[i]].id_rank = i;
  std::sort(entries_.begin(), entries_.end(), [](const entry& a, const entry& b) {
    const bool a_dead = a.state != left_out::chosen;
    const bool b_dead = b.state != left_out::chosen;
    return std::tie(a_dead, b.score, b.arrived_at, a.id_rank) <
           std::tie(b_dead, a.score, a.arrived_at, b.id_rank);
  });
  place_.resize(entries_.size());
  for (std::uint32_t i = 0; i < entries_.size(); ++i) place_[entries_[i].number] = i;
  living_ =
      static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), [](const entry& e) {
        return e.state == left_out::chosen;
      }));
}

void candidate_index::list_by_topic() {
  const std::size_t topics = topic_from_.size();
  std::vector<std::vector<std::uint32_t>> lists(topics);
  for (std::uint32_t at = 0; at < living_; ++at) {
    const entry& e = entries_[at];
    for (std::uint32_t i = 0; i < e.topics; ++i) {
      lists[entry_topics_[e.topics_from + i]].push_back(at);
    }
  }
  for (std::size_t t = 0; t < topics; ++t) {
    topic_from_[t] = static_cast<std::uint32_t>(by_topic_.size());
    by_topic_.insert(by_topic_.end(), lists[t].begin(), lists[t].end());
  }
  topic_from_.push_back(static_cast<std::uint32_t>(by_topic_.size()));
}

std::uint16_t candidate_index::language(std::string_view tag) const {
  const auto at = std::find(languages_.begin(), languages_.end(), language_of(tag));
  return at == languages_.end() ? no_language : static_cast<std::uint16_t>(at - languages_.begin());
}

}  // namespace paperboy

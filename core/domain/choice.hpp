#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/item.hpp"
#include "core/domain/outcome.hpp"
#include "core/domain/topic.hpp"

namespace paperboy {

// An item's place in a run's frozen list. Edition ids are made of these.
using ordinal = std::uint16_t;

inline constexpr std::size_t max_candidates =
    65'535;  // of one run; what lies behind is not looked at
inline constexpr std::uint8_t max_digest_items = 20;

// How items are ordered, in points. An item of priority 100 has `priority` points, one that arrived
// at the slot itself `freshness` points, which halve every `half_life`. An item loses `variety`
// points for each item already chosen on its topic; of several topics that the reader follows, the
// one that was told least counts. With these defaults the first three hours and twenty minutes of
// age weigh as much as ten points of priority, and the second item of a topic stands behind the
// first of another unless it is more than fifteen points ahead. Each from 0 to 1000.
struct ranking {
  int priority = 100;
  int freshness = 40;
  int variety = 15;
  std::chrono::minutes half_life{8 * 60};  // at least a minute
};

// What one reader's digest may be made of. Views stay with the caller.
struct wish {
  std::span<const topic_number> topics;  // followed
  instant window_start{};                // the last accepted slot: what arrived before was told
  std::chrono::minutes lookback{36 * 60};
  std::uint8_t max_items = 5;             // 1 to max_digest_items
  std::uint8_t min_items = 1;             // fewer: no digest
  std::optional<std::uint16_t> language;  // from candidate_index::language(): only items in it
  std::span<const ordinal> excluded;      // already seen
  // Held back by quiet hours: come first whatever their topic, language and arrival, unless
  // expired.
  std::span<const ordinal> forced;
};

// The chosen items, best first. Empty where fewer than min_items were found.
class choice_list {
 public:
  std::span<const ordinal> ordinals() const& noexcept { return {ordinals_.data(), size_}; }
  std::span<const ordinal> ordinals() const&& = delete;
  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  void push_back(ordinal o) noexcept { ordinals_[size_++] = o; }
  void clear() noexcept { size_ = 0; }

 private:
  std::array<ordinal, max_digest_items> ordinals_{};
  std::uint8_t size_ = 0;
};

enum class left_out : std::uint8_t {
  chosen,        // it is in the digest
  not_followed,  // none of its topics
  future,        // arrives at the slot or later
  old,           // arrived before the window
  expired,       // at the slot
  other_language,
  already_seen,
  same_story,   // a better item tells it
  did_not_fit,  // more than max_items
  too_few,      // would have been chosen, but there were fewer than min_items
};

std::string_view to_text(left_out reason) noexcept;  // "chosen", "not-followed", …

struct explanation {
  ordinal item = 0;
  left_out reason = left_out::chosen;
  std::int32_t score = 0;  // thousandths of a point, as it stood when the reason was found
};

// A run's candidates, ranked once for one slot instant. Immutable: one serves every thread. Ranking
// is in integers, so that every worker comes to the same list.
class candidate_index {
 public:
  // A candidate as the choice sees it. Internal; public for the tests of ranking.
  struct entry {
    instant arrived_at{};
    std::int32_t score = 0;     // thousandths of a point, before variety
    std::uint32_t story = 0;    // 0: stands alone
    std::uint32_t id_rank = 0;  // the item's place by id
    std::uint32_t topics_from = 0;
    std::uint16_t topics = 0;
    std::uint16_t language = 0;
    ordinal number = 0;
    left_out state = left_out::chosen;  // or why nobody can have it: future, expired
  };

  candidate_index() = default;
  candidate_index(std::span<const item> frozen, const catalogue& topics, instant slot,
                  const ranking& weights = {});

  // The number of a language among the candidates, by primary subtag. A number that no candidate
  // has where there is none.
  std::uint16_t language(std::string_view tag) const;

  instant slot() const noexcept { return slot_; }
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  friend class digest_selection;

  void add(const item& candidate, ordinal number, const catalogue& topics);
  void rank(std::span<const item> frozen);
  void list_by_topic();

  instant slot_{};
  ranking weights_{};
  std::vector<entry> entries_;  // best first; those that nobody can have behind `living_`
  std::size_t living_ = 0;
  std::vector<std::uint32_t> place_;         // ordinal -> index into entries_
  std::vector<std::uint16_t> entry_topics_;  // dense topic numbers of every entry
  std::vector<std::int32_t> dense_;          // topic_number -> dense number, or -1
  std::vector<std::uint32_t> topic_from_;    // dense number -> first index into by_topic_
  std::vector<std::uint32_t> by_topic_;      // indexes into entries_, ascending in each topic
  std::vector<std::string> languages_;
};

// Memory that choosing needs, reused from one reader to the next. One a thread.
struct choice_scratch {
  std::vector<std::uint64_t> open;     // a bit an entry that may still be chosen
  std::vector<std::uint8_t> followed;  // by dense topic number
  std::vector<std::uint8_t> told;      // by dense topic number: items chosen on it
};

// The digest for one wish: what arrived in [max(slot - lookback, window_start), slot), is not
// expired at the slot, one item a story, ranked, at most max_items. Items of equal score: the newer
// first, then by id. Without allocation once the scratch has grown.
choice_list choose(const candidate_index& candidates, const wish& w, choice_scratch& scratch);

// The same, with the reason and score of every candidate, by ordinal.
struct explained_choice {
  choice_list list;
  std::vector<explanation> why;
};
explained_choice explain(const candidate_index& candidates, const wish& w);

}  // namespace paperboy

#include "core/domain/choice.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace paperboy {
namespace {

constexpr std::int32_t milli = 1000;
constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

}  // namespace

// Choosing for one wish. `open` in the scratch holds a bit for each entry that may still be chosen;
// entries lie best first, so that a look for the next one ends early.
class digest_selection {
 public:
  using entry = candidate_index::entry;

  digest_selection(const candidate_index& candidates, const wish& w, choice_scratch& scratch)
      : all_{candidates},
        wish_{w},
        scratch_{scratch},
        from_{std::max(w.window_start, candidates.slot_ - w.lookback)},
        wanted_{std::clamp<std::size_t>(w.max_items, 1, max_digest_items)} {
    const std::size_t topics = all_.topic_from_.empty() ? 0 : all_.topic_from_.size() - 1;
    scratch_.open.assign((all_.living_ + 63) / 64, 0);
    scratch_.followed.assign(topics, 0);
    scratch_.told.assign(topics, 0);
    for (const auto number : wish_.topics) follow(number);
    for (const auto o : wish_.excluded) close(o);
  }

  void take_forced() {
    while (list_.size() < wanted_) {
      std::size_t best = none;
      for (const auto o : wish_.forced) {
        const std::size_t at = o < all_.place_.size() ? all_.place_[o] : none;
        if (at < best && at < all_.living_ && !excluded(o) && !told(all_.entries_[at])) best = at;
      }
      if (best == none) return;
      take(best);
    }
  }

  void take_best() {
    while (list_.size() < wanted_) {
      const std::size_t best = find_best();
      if (best == none) return;
      take(best);
    }
  }

  bool enough() const noexcept { return list_.size() >= wish_.min_items; }
  const choice_list& list() const noexcept { return list_; }
  void give_up() noexcept { list_.clear(); }

  void explain_all(std::span<explanation> why) const noexcept {
    for (const entry& e : all_.entries_) {
      why[e.number] = {e.number, reason_for(e), score(e)};
    }
    for (std::size_t i = 0; i < list_.size(); ++i) why[list_.ordinals()[i]].score = scores_[i];
  }

 private:
  std::int32_t score(const entry& e) const noexcept {
    return e.score - all_.weights_.variety * milli * least_told(e);
  }

  // Why an entry was not taken, once everything is. Checks go from what is the item's own to what
  // is the reader's.
  left_out reason_for(const entry& e) const noexcept {
    const bool is_forced = contains(wish_.forced, e.number);
    if (e.state != left_out::chosen) return e.state;
    if (contains(list_.ordinals(), e.number)) return left_out::chosen;
    if (excluded(e.number)) return left_out::already_seen;
    if (!is_forced && !follows(e)) return left_out::not_followed;
    if (!is_forced && e.arrived_at < from_) return left_out::old;
    if (!is_forced && !readable(e)) return left_out::other_language;
    return told(e) ? left_out::same_story : left_out::did_not_fit;
  }

  void follow(topic_number number) {
    const auto dense = number < all_.dense_.size() ? all_.dense_[number] : -1;
    if (dense < 0) return;
    const auto topic = static_cast<std::size_t>(dense);
    scratch_.followed[topic] = 1;
    for (auto i = all_.topic_from_[topic]; i < all_.topic_from_[topic + 1]; ++i) {
      const auto at = all_.by_topic_[i];
      scratch_.open[at / 64] |= std::uint64_t{1} << (at % 64);
    }
  }

  void close(ordinal o) noexcept {
    if (o >= all_.place_.size()) return;
    if (const auto at = all_.place_[o]; at < all_.living_) close_at(at);
  }

  void close_at(std::size_t at) noexcept {
    scratch_.open[at / 64] &= ~(std::uint64_t{1} << (at % 64));
  }

  // The open entry of the highest score; closes on the way what this reader cannot have.
  std::size_t find_best() noexcept {
    std::size_t best = none;
    std::int32_t best_score = 0;
    for (std::size_t word = 0; word < scratch_.open.size(); ++word) {
      for (auto bits = scratch_.open[word]; bits != 0; bits &= bits - 1) {
        const std::size_t at = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
        const entry& e = all_.entries_[at];
        if (best != none && e.score < best_score) return best;
        if (e.arrived_at < from_ || !readable(e) || told(e)) {
          close_at(at);
          continue;
        }
        const std::int32_t s = score(e);
        if (best == none || s > best_score || (s == best_score && before(e, all_.entries_[best]))) {
          best = at;
          best_score = s;
        }
      }
    }
    return best;
  }

  static bool before(const entry& a, const entry& b) noexcept {
    return a.arrived_at != b.arrived_at ? a.arrived_at > b.arrived_at : a.id_rank < b.id_rank;
  }

  void take(std::size_t at) noexcept {
    const entry& e = all_.entries_[at];
    stories_[list_.size()] = e.story;
    scores_[list_.size()] = score(e);
    list_.push_back(e.number);
    close_at(at);
    for (std::uint32_t i = 0; i < e.topics; ++i) ++scratch_.told[topic_of(e, i)];
  }

  // How many chosen items the reader has on the least told of the entry's followed topics.
  std::int32_t least_told(const entry& e) const noexcept {
    std::uint8_t least = 0xFF;
    for (std::uint32_t i = 0; i < e.topics; ++i) {
      const auto topic = topic_of(e, i);
      if (scratch_.followed[topic] != 0) least = std::min(least, scratch_.told[topic]);
    }
    return least == 0xFF ? 0 : least;
  }

  bool follows(const entry& e) const noexcept {
    for (std::uint32_t i = 0; i < e.topics; ++i) {
      if (scratch_.followed[topic_of(e, i)] != 0) return true;
    }
    return false;
  }

  bool told(const entry& e) const noexcept {
    if (contains(list_.ordinals(), e.number)) return true;
    const auto end = stories_.begin() + static_cast<std::ptrdiff_t>(list_.size());
    return e.story != 0 && std::find(stories_.begin(), end, e.story) != end;
  }

  std::size_t topic_of(const entry& e, std::uint32_t i) const noexcept {
    return all_.entry_topics_[e.topics_from + i];
  }

  bool readable(const entry& e) const noexcept {
    return !wish_.language || *wish_.language == e.language;
  }

  bool excluded(ordinal o) const noexcept { return contains(wish_.excluded, o); }

  static bool contains(std::span<const ordinal> list, ordinal o) noexcept {
    return std::find(list.begin(), list.end(), o) != list.end();
  }

  const candidate_index& all_;
  const wish& wish_;
  choice_scratch& scratch_;
  instant from_;
  std::size_t wanted_;
  choice_list list_;
  std::array<std::uint32_t, max_digest_items> stories_{};  // of the chosen, in their order
  std::array<std::int32_t, max_digest_items> scores_{};    // likewise, when they were taken
};

std::string_view to_text(left_out reason) noexcept {
  switch (reason) {
    case left_out::chosen:
      return "chosen";
    case left_out::not_followed:
      return "not-followed";
    case left_out::future:
      return "future";
    case left_out::old:
      return "old";
    case left_out::expired:
      return "expired";
    case left_out::other_language:
      return "other-language";
    case left_out::already_seen:
      return "already-seen";
    case left_out::same_story:
      return "same-story";
    case left_out::did_not_fit:
      return "did-not-fit";
    case left_out::too_few:
      return "too-few";
  }
  return "unknown";
}

choice_list choose(const candidate_index& candidates, const wish& w, choice_scratch& scratch) {
  digest_selection s{candidates, w, scratch};
  s.take_forced();
  s.take_best();
  if (!s.enough()) s.give_up();
  return s.list();
}

explained_choice explain(const candidate_index& candidates, const wish& w) {
  choice_scratch scratch;
  digest_selection s{candidates, w, scratch};
  explained_choice out;
  out.why.resize(candidates.size());
  s.take_forced();
  s.take_best();
  s.explain_all(out.why);
  if (!s.enough()) {
    s.give_up();
    for (auto& e : out.why) {
      if (e.reason == left_out::chosen) e.reason = left_out::too_few;
    }
  }
  out.list = s.list();
  return out;
}

}  // namespace paperboy

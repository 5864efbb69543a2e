#include "core/domain/choice.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace paperboy {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr instant slot = sys_days{2026y / November / 24} + 4h;

catalogue topics_named(std::size_t count) {
  std::vector<topic> topics(count);
  for (std::size_t i = 0; i < count; ++i) {
    topics[i].key = "t" + std::to_string(i);
    topics[i].number = static_cast<topic_number>(i * 3);
  }
  return catalogue{topics};
}

topic_number numbered(std::size_t topic) {
  return static_cast<topic_number>(topic * 3);
}

struct desk {
  std::vector<item> items;
  ranking weights;

  item& add(std::string id, std::vector<std::string> topics, int priority = 50,
            minutes age = 60min) {
    item i;
    i.id = std::move(id);
    i.topics = std::move(topics);
    i.priority = priority;
    i.language = "en";
    i.arrived_at = slot - age;
    items.push_back(i);
    return items.back();
  }

  candidate_index index() const { return {items, topics_named(20), slot, weights}; }

  std::string chosen(const wish& w) const {
    choice_scratch scratch;
    std::string out;
    const auto list = choose(index(), w, scratch);
    for (const auto o : list.ordinals()) out += items[o].id + " ";
    return out;
  }

  std::string reason(const wish& w, std::size_t ordinal) const {
    return std::string{to_text(explain(index(), w).why[ordinal].reason)};
  }
};

const std::vector<topic_number> first_two = {numbered(0), numbered(1)};

wish wish_for(std::span<const topic_number> topics) {
  wish w;
  w.topics = topics;
  return w;
}

TEST(choice, takes_followed_topics_only) {
  desk d;
  d.add("a", {"t0"});
  d.add("b", {"t5"});
  d.add("c", {"t5", "t1"});
  d.add("d", {"gone"});
  const auto w = wish_for(first_two);
  EXPECT_EQ(d.chosen(w), "a c ");
  EXPECT_EQ(d.reason(w, 1), "not-followed");
  EXPECT_EQ(d.reason(w, 3), "not-followed");
}

TEST(choice, the_window_is_half_open) {
  desk d;
  d.add("at-the-slot", {"t0"}, 50, 0min);
  d.add("just-before", {"t0"}).arrived_at = slot - 1ms;
  d.add("at-the-start", {"t0"}, 50, 24h);
  d.add("before-the-start", {"t0"}).arrived_at = slot - 24h - 1ms;
  auto w = wish_for(first_two);
  w.window_start = slot - 24h;
  EXPECT_EQ(d.chosen(w), "just-before at-the-start ");
  EXPECT_EQ(d.reason(w, 0), "future");
  EXPECT_EQ(d.reason(w, 3), "old");
}

TEST(choice, lookback_caps_a_window_that_began_long_ago) {
  desk d;
  d.add("a", {"t0"}, 50, 36h);
  d.add("b", {"t0"}, 50, 36h + 1min);
  auto w = wish_for(first_two);
  w.window_start = slot - days{10};
  EXPECT_EQ(d.chosen(w), "a ");
}

TEST(choice, an_item_that_expires_at_the_slot_is_left_out) {
  desk d;
  d.add("a", {"t0"}).expires_at = slot;
  d.add("b", {"t0"}).expires_at = slot + 1ms;
  EXPECT_EQ(d.chosen(wish_for(first_two)), "b ");
  EXPECT_EQ(d.reason(wish_for(first_two), 0), "expired");
}

TEST(choice, a_story_is_told_once_by_its_best_item) {
  desk d;
  d.add("a", {"t0"}, 40).story = "quake";
  d.add("b", {"t1"}, 60).story = "quake";
  d.add("c", {"t0"}, 10);
  d.add("d", {"t0"}, 10, 61min);
  EXPECT_EQ(d.chosen(wish_for(first_two)), "b c d ");
  EXPECT_EQ(d.reason(wish_for(first_two), 0), "same-story");
}

TEST(choice, priority_and_freshness_are_weighed) {
  desk d;
  d.weights.variety = 0;
  d.add("old-and-important", {"t0"}, 60, 8h);
  d.add("new", {"t0"}, 50, 1min);
  d.add("very-important", {"t0"}, 90, 24h);
  EXPECT_EQ(d.chosen(wish_for(first_two)), "very-important new old-and-important ");
}

TEST(choice, the_second_item_of_a_topic_is_discounted) {
  desk d;
  d.add("a", {"t0"}, 60);
  d.add("b", {"t0"}, 58);
  d.add("c", {"t1"}, 50);
  EXPECT_EQ(d.chosen(wish_for(first_two)), "a c b ");
  d.weights.variety = 0;
  EXPECT_EQ(d.chosen(wish_for(first_two)), "a b c ");
}

TEST(choice, an_item_that_brings_another_topic_is_not_discounted) {
  desk d;
  d.add("a", {"t0"}, 60);
  d.add("b", {"t0", "t1"}, 58);
  d.add("c", {"t0"}, 59);
  EXPECT_EQ(d.chosen(wish_for(first_two)), "a b c ");
}

TEST(choice, ties_go_to_the_newer_and_then_by_id) {
  desk d;
  d.weights = {100, 0, 0, 60min};
  d.add("b", {"t0"}, 50, 10min);
  d.add("a", {"t0"}, 50, 10min);
  d.add("c", {"t0"}, 50, 5min);
  EXPECT_EQ(d.chosen(wish_for(first_two)), "c a b ");
}

TEST(choice, no_more_than_max_items_and_the_rest_is_told) {
  desk d;
  for (int i = 0; i < 30; ++i) d.add("i" + std::to_string(10 + i), {"t0"}, 90 - i);
  auto w = wish_for(first_two);
  w.max_items = 2;
  EXPECT_EQ(d.chosen(w), "i10 i11 ");
  EXPECT_EQ(d.reason(w, 2), "did-not-fit");
  w.max_items = 200;
  choice_scratch scratch;
  EXPECT_EQ(choose(d.index(), w, scratch).size(), max_digest_items);
}

TEST(choice, fewer_than_min_items_is_no_digest) {
  desk d;
  d.add("a", {"t0"});
  d.add("b", {"t7"});
  auto w = wish_for(first_two);
  w.min_items = 2;
  EXPECT_EQ(d.chosen(w), "");
  EXPECT_EQ(d.reason(w, 0), "too-few");
  EXPECT_EQ(d.reason(w, 1), "not-followed");
}

TEST(choice, already_seen_items_are_left_out) {
  desk d;
  d.add("a", {"t0"});
  d.add("b", {"t0"});
  const std::vector<ordinal> seen = {0, 7};
  auto w = wish_for(first_two);
  w.excluded = seen;
  EXPECT_EQ(d.chosen(w), "b ");
  EXPECT_EQ(d.reason(w, 0), "already-seen");
}

TEST(choice, the_readers_language_alone_if_wished) {
  desk d;
  d.add("a", {"t0"});
  d.add("b", {"t0"}).language = "az-Latn-AZ";
  auto w = wish_for(first_two);
  w.language = d.index().language("az");
  EXPECT_EQ(d.chosen(w), "b ");
  EXPECT_EQ(d.reason(w, 0), "other-language");
  w.language = d.index().language("fr");
  EXPECT_EQ(d.chosen(w), "");
}

TEST(choice, what_quiet_hours_held_comes_first) {
  desk d;
  d.add("a", {"t0"}, 90);
  d.add("held", {"t9"}, 10, days{5});
  d.add("held-and-over", {"t9"}, 10, 60min).expires_at = slot - 1min;
  const std::vector<ordinal> forced = {1, 2, 99};
  auto w = wish_for(first_two);
  w.forced = forced;
  EXPECT_EQ(d.chosen(w), "held a ");
  EXPECT_EQ(d.reason(w, 2), "expired");
  w.max_items = 1;
  EXPECT_EQ(d.chosen(w), "held ");
}

TEST(choice, nothing_to_choose_from_is_empty) {
  desk d;
  EXPECT_EQ(d.chosen(wish_for(first_two)), "");
  d.add("a", {"t0"});
  EXPECT_EQ(d.chosen(wish_for({})), "");
  choice_scratch scratch;
  EXPECT_TRUE(choose(candidate_index{}, wish_for(first_two), scratch).empty());
}

TEST(choice, freshness_halves_every_half_life) {
  desk d;
  d.weights = {0, 64, 0, 60min};
  for (int hours_old = 1; hours_old <= 6; ++hours_old) d.add("x", {"t0"}, 0, hours(hours_old));
  const auto why = explain(d.index(), wish_for(first_two)).why;
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(why[i].score, 32000 >> i);
}

desk random_desk() {
  desk d;
  const auto count = *rc::gen::inRange<std::size_t>(0, 80);
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<std::string> topics;
    for (const auto t : *rc::gen::unique<std::vector<int>>(*rc::gen::inRange<std::size_t>(1, 4),
                                                           rc::gen::inRange(0, 20))) {
      topics.push_back("t" + std::to_string(t));
    }
    auto& added = d.add("i" + std::to_string(i), topics, *rc::gen::inRange(0, 101),
                        minutes{*rc::gen::inRange(-60, 3000)});
    const auto story = *rc::gen::inRange(0, 10);
    if (story > 5) added.story = "s" + std::to_string(story);
    if (*rc::gen::inRange(0, 4) == 0) {
      added.expires_at = added.arrived_at + minutes{*rc::gen::inRange(1, 2000)};
    }
  }
  return d;
}

RC_GTEST_PROP(choice, every_digest_keeps_the_rules, ()) {
  const desk d = random_desk();
  const auto followed = *rc::gen::unique<std::vector<topic_number>>(
      rc::gen::map(rc::gen::inRange<std::size_t>(0, 20), &numbered));
  auto w = wish_for(followed);
  w.max_items = *rc::gen::inRange<std::uint8_t>(1, 21);
  w.min_items = *rc::gen::inRange<std::uint8_t>(1, 4);
  w.window_start = slot - minutes{*rc::gen::inRange(0, 4000)};
  const auto from = std::max(w.window_start, slot - w.lookback);
  choice_scratch scratch;
  const auto list = choose(d.index(), w, scratch);
  RC_ASSERT(list.size() <= w.max_items);
  RC_ASSERT(list.empty() || list.size() >= w.min_items);
  std::set<std::string> stories;
  std::set<ordinal> once;
  for (const auto o : list.ordinals()) {
    const item& i = d.items[o];
    RC_ASSERT(once.insert(o).second);
    RC_ASSERT(i.arrived_at >= from && i.arrived_at < slot);
    RC_ASSERT(!i.expires_at || *i.expires_at > slot);
    RC_ASSERT(i.story.empty() || stories.insert(i.story).second);
    RC_ASSERT(std::any_of(i.topics.begin(), i.topics.end(), [&](const std::string& key) {
      const auto number = numbered(std::stoul(key.substr(1)));
      return std::find(followed.begin(), followed.end(), number) != followed.end();
    }));
  }
  const auto explained = explain(d.index(), w);
  RC_ASSERT(std::equal(list.ordinals().begin(), list.ordinals().end(),
                       explained.list.ordinals().begin(), explained.list.ordinals().end()));
  for (const auto& e : explained.why) {
    RC_ASSERT((e.reason == left_out::chosen) == (once.count(e.item) == 1));
  }
}

// The quick way with its early end against trying every entry in every round.
RC_GTEST_PROP(choice, is_what_trying_everything_gives, ()) {
  desk d = random_desk();
  for (auto& i : d.items) i.expires_at.reset();
  std::vector<topic_number> all;
  for (std::size_t t = 0; t < 20; ++t) all.push_back(numbered(t));
  auto w = wish_for(all);
  w.max_items = 6;
  auto free_of_variety = d;
  free_of_variety.weights.variety = 0;
  const auto base = explain(free_of_variety.index(), w).why;
  std::vector<ordinal> expected;
  while (expected.size() < 6) {
    std::int64_t best_score = 0;
    int best = -1;
    for (std::size_t i = 0; i < d.items.size(); ++i) {
      const item& at = d.items[i];
      if (at.arrived_at >= slot || at.arrived_at < slot - 36h) continue;
      bool told = false;
      std::int64_t least = 1000;
      for (const auto& key : at.topics) {
        std::int64_t count = 0;
        for (const auto o : expected) {
          const auto& t = d.items[o].topics;
          count += std::count(t.begin(), t.end(), key);
        }
        least = std::min(least, count);
      }
      for (const auto o : expected) {
        told = told || o == i || (!at.story.empty() && d.items[o].story == at.story);
      }
      if (told) continue;
      const std::int64_t score = base[i].score - 15000 * least;
      if (best < 0 || score > best_score ||
          (score == best_score &&
           std::make_pair(-at.arrived_at.time_since_epoch().count(), at.id) <
               std::make_pair(
                   -d.items[static_cast<std::size_t>(best)].arrived_at.time_since_epoch().count(),
                   d.items[static_cast<std::size_t>(best)].id))) {
        best = static_cast<int>(i);
        best_score = score;
      }
    }
    if (best < 0) break;
    expected.push_back(static_cast<ordinal>(best));
  }
  choice_scratch scratch;
  const auto list = choose(d.index(), w, scratch);
  RC_ASSERT(std::vector<ordinal>(list.ordinals().begin(), list.ordinals().end()) == expected);
}

}  // namespace
}  // namespace paperboy

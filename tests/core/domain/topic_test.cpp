#include "core/domain/topic.hpp"

#include <gtest/gtest.h>

#include <string>

namespace paperboy {
namespace {

topic make(std::string key, topic_number number, std::optional<frequency> by_default = {},
           bool required = false) {
  topic t;
  t.key = std::move(key);
  t.number = number;
  t.default_frequency = by_default;
  t.required = required;
  return t;
}

TEST(topic_key, is_one_to_four_parts) {
  for (const char* good : {"a", "0", "politics", "local/baku", "a/b/c/d", "a-b_c/0-1"}) {
    EXPECT_TRUE(valid_topic_key(good)) << good;
  }
  EXPECT_TRUE(valid_topic_key(std::string(64, 'a')));
  for (const char* bad : {"", "/", "a/", "/a", "a//b", "-a", "_a", "a/-b", "A", "a b", "a.b",
                          "a/b/c/d/e", "ä", "a\n"}) {
    EXPECT_FALSE(valid_topic_key(bad)) << bad;
  }
  EXPECT_FALSE(valid_topic_key(std::string(65, 'a')));
}

TEST(topic_key, of_the_parent_ends_before_the_last_part) {
  EXPECT_EQ(parent_topic("local/baku/centre"), "local/baku");
  EXPECT_EQ(parent_topic("local"), "");
}

TEST(frequency_text, comes_back) {
  for (const auto f : {frequency::off, frequency::digest, frequency::instant, frequency::both}) {
    EXPECT_EQ(parse_frequency(to_text(f)), f);
  }
  EXPECT_FALSE(parse_frequency("daily"));
  EXPECT_FALSE(parse_frequency(""));
}

TEST(frequency_lanes, both_feeds_both_lanes) {
  EXPECT_TRUE(in_digest(frequency::both) && at_once(frequency::both));
  EXPECT_TRUE(in_digest(frequency::digest) && !at_once(frequency::digest));
  EXPECT_TRUE(!in_digest(frequency::instant) && at_once(frequency::instant));
  EXPECT_TRUE(!in_digest(frequency::off) && !at_once(frequency::off));
}

struct catalogue_test : testing::Test {
  catalogue topics{{make("sport", 9, frequency::digest), make("local", 3), make("local/baku", 4),
                    make("local/baku/metro/red", 5), make("breaking", 7, frequency::instant),
                    make("notices", 2, frequency::both, true)}};
  effective_choice of(const choices& said, std::string_view key) const {
    return topics.effective(said, *topics.find(key));
  }
};

TEST_F(catalogue_test, finds_by_key_and_by_number) {
  EXPECT_EQ(topics.find("local/baku")->number, 4);
  EXPECT_EQ(topics.find(topic_number{9})->key, "sport");
  EXPECT_EQ(topics.find("local/ganja"), nullptr);
  EXPECT_EQ(topics.find(topic_number{1}), nullptr);
  EXPECT_EQ(topics.find(topic_number{5000}), nullptr);
}

TEST_F(catalogue_test, own_choice_wins_over_every_default) {
  const auto c = of({{9, frequency::off}}, "sport");
  EXPECT_EQ(c.wanted, frequency::off);
  EXPECT_EQ(c.source, choice_source::subscriber);
}

TEST_F(catalogue_test, choice_for_a_parent_governs_its_children_past_missing_parts) {
  const auto c = of({{4, frequency::both}}, "local/baku/metro/red");
  EXPECT_EQ(c.wanted, frequency::both);
  EXPECT_EQ(c.source, choice_source::subscriber);
  EXPECT_EQ(of({{3, frequency::both}, {4, frequency::off}}, "local/baku/metro/red").wanted,
            frequency::off);
}

TEST_F(catalogue_test, nothing_said_gives_the_default_and_without_one_off) {
  EXPECT_EQ(of({}, "sport").wanted, frequency::digest);
  EXPECT_EQ(of({}, "sport").source, choice_source::topic);
  EXPECT_EQ(of({}, "local").wanted, frequency::off);
  EXPECT_EQ(of({}, "local").source, choice_source::app);
}

TEST_F(catalogue_test, required_topic_takes_only_its_default) {
  const auto c = of({{2, frequency::off}}, "notices");
  EXPECT_EQ(c.wanted, frequency::both);
  EXPECT_TRUE(c.locked);
}

TEST_F(catalogue_test, digest_topics_are_ascending_numbers_that_feed_the_digest) {
  EXPECT_EQ(topics.digest_topics({{3, frequency::digest}, {7, frequency::instant}}),
            (std::vector<topic_number>{2, 3, 4, 5, 9}));
  EXPECT_EQ(topics.digest_topics({}), (std::vector<topic_number>{2, 9}));
}

}  // namespace
}  // namespace paperboy

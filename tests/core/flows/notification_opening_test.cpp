#include "core/flows/notification_opening.hpp"

#include <gtest/gtest.h>

namespace paperboy {
namespace {

topic topic_of(std::string key, topic_number number, std::optional<frequency> by_default) {
  topic t;
  t.key = std::move(key);
  t.number = number;
  t.default_frequency = by_default;
  return t;
}

const catalogue& topics() {
  static const catalogue known{{topic_of("local", 1, frequency::digest),
                                topic_of("local/baku", 2, std::nullopt),
                                topic_of("breaking", 3, frequency::instant),
                                topic_of("breaking/quake", 4, std::nullopt),
                                topic_of("sport", 5, frequency::off)}};
  return known;
}

audience_query asked(std::vector<std::string> keys, topic_match match = topic_match::any) {
  notification_audience audience;
  audience.topics = std::move(keys);
  audience.match = match;
  return query_for(audience, topics());
}

using numbers = std::vector<topic_number>;

TEST(audience_query, names_the_topic_and_all_above_it) {
  EXPECT_EQ(asked({"local/baku"}), (audience_query{false, numbers{1, 2}}));
}

TEST(audience_query, means_everybody_where_a_topic_comes_at_once_by_default) {
  EXPECT_TRUE(asked({"breaking"}).everybody);
  EXPECT_TRUE(asked({"breaking/quake"}).everybody);
  EXPECT_TRUE(asked({"sport", "breaking"}).everybody);
}

TEST(audience_query, of_all_topics_one_that_is_asked_for_is_enough) {
  EXPECT_EQ(asked({"sport", "breaking"}, topic_match::all), (audience_query{false, numbers{5}}));
  EXPECT_EQ(asked({"sport", "local"}, topic_match::all), (audience_query{false, numbers{5}}));
}

TEST(audience_query, of_any_topics_all_are_asked) {
  EXPECT_EQ(asked({"sport", "local/baku"}), (audience_query{false, numbers{1, 2, 5}}));
}

TEST(audience_query, of_all_topics_that_come_by_default_everybody_is_meant) {
  EXPECT_TRUE(asked({"breaking", "breaking/quake"}, topic_match::all).everybody);
}

TEST(audience_query, a_topic_that_was_removed_is_wanted_by_nobody) {
  EXPECT_EQ(asked({"gone"}), audience_query{});
}

}  // namespace
}  // namespace paperboy

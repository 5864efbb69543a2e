#include <gtest/gtest.h>

#include "core/flows/forgetting.hpp"

namespace paperboy {
namespace {

void answer(dead_token_guard& guard, int times, bool dead) {
  for (int i = 0; i < times; ++i) guard.answered(dead);
}

TEST(a_dead_token_guard, is_alarmed_by_more_than_a_fifth_of_at_least_two_hundred_answers) {
  dead_token_guard guard;
  answer(guard, 199, true);
  EXPECT_FALSE(guard.alarmed());
  answer(guard, 1, true);
  EXPECT_TRUE(guard.alarmed());
}

TEST(a_dead_token_guard, takes_a_fifth_for_the_way_of_the_world) {
  dead_token_guard guard;
  answer(guard, 160, false);
  answer(guard, 40, true);
  EXPECT_FALSE(guard.alarmed());
  answer(guard, 1, true);
  EXPECT_TRUE(guard.alarmed());
}

TEST(a_dead_token_guard, is_calm_again_when_the_share_has_fallen) {
  dead_token_guard guard;
  answer(guard, 1000, true);
  answer(guard, 10'000, false);
  EXPECT_FALSE(guard.alarmed());
}

}  // namespace
}  // namespace paperboy

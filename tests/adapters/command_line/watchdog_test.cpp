#include "adapters/command_line/watchdog.hpp"

#include <gtest/gtest.h>

namespace paperboy::command_line {
namespace {

class a_watchdog : public ::testing::Test {
 protected:
  a_watchdog() { dog.watch("sender 0", sender); }

  // Looks, with who beats before each; the first line said.
  struct beats {
    bool api_turns = true, api_answers = true, sender_turns = true, sender_answers = true;
  };
  std::string look(unsigned times, beats b) {
    for (unsigned i = 0; i < times; ++i) {
      api.turns += b.api_turns;
      api.answers += b.api_answers;
      sender.turns += b.sender_turns;
      sender.answers += b.sender_answers;
      if (auto line = dog.look(); !line.empty()) return line;
    }
    return {};
  }

  heartbeat api, sender;
  watchdog dog{"the thread of the API", api};
};

TEST_F(a_watchdog, says_nothing_while_all_work) { EXPECT_EQ(look(100, {}), ""); }

TEST_F(a_watchdog, names_a_thread_that_stood_still_for_a_minute) {
  EXPECT_EQ(look(watchdog::most_missed - 1, {.sender_turns = false, .sender_answers = false}), "");
  EXPECT_EQ(look(1, {.sender_turns = false}), "sender 0 has stood still for a minute");
  EXPECT_EQ(look(watchdog::most_missed, {.api_turns = false, .api_answers = false}),
            "the thread of the API has stood still for a minute");
}

TEST_F(a_watchdog, names_a_sender_that_alone_has_no_answer_from_redis) {
  EXPECT_EQ(look(watchdog::most_missed - 1, {.sender_answers = false}), "");
  EXPECT_EQ(look(1, {.sender_answers = false}),
            "sender 0 had no answer from Redis for a minute, although Redis answers others");
}

TEST_F(a_watchdog, does_not_blame_a_process_for_a_redis_that_is_away) {
  EXPECT_EQ(look(1000, {.api_answers = false, .sender_answers = false}), "");
  EXPECT_EQ(look(100, {}), "");
}

TEST_F(a_watchdog, begins_anew_with_each_sign_of_life) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(look(watchdog::most_missed - 1, {.sender_answers = false}), "");
    EXPECT_EQ(look(1, {}), "");
  }
}

}  // namespace
}  // namespace paperboy::command_line

#include "core/flows/commit_queue.hpp"

#include <gtest/gtest.h>

#include "core/steady_time.hpp"
#include "tests/core/flows/delivery_fakes.hpp"

namespace paperboy {
namespace {

constexpr std::size_t enough = 100;

// Several blocks that commit at about the same time. Time stands still until a test lets it go on.
class commit_queue_test : public ::testing::Test {
 protected:
  // Of a block under delivery in that shard, which holds so many pushes.
  void commits(std::uint32_t shard, std::uint8_t slot, std::size_t pushes,
               send_lane lane = send_lane::digest) {
    claim& c = claims.emplace_back();
    c.shard = shard;
    c.lane = lane;
    ends.emplace_back(1).front().slot = slot;
    queue.began();
    boost::asio::co_spawn(loop, one(c, ends.back(), pushes), [](const std::exception_ptr& failed) {
      if (failed) std::rethrow_exception(failed);
    });
    loop.restart();
    loop.poll();
  }
  task<void> one(const claim& c, const std::vector<slot_end>& what, std::size_t pushes) {
    const auto answer = co_await queue.commit(c, what, false, pushes);
    answers.push_back(answer.has_value());
    queue.ended();
  }
  void let_time_pass() {
    time.advance();
    loop.restart();
    loop.poll();
  }

  simulated_time time;
  boost::asio::io_context loop{1};
  testing::fake_walk blocks;
  commit_queue queue{blocks, enough};
  std::deque<claim> claims;
  std::deque<std::vector<slot_end>> ends;
  std::vector<bool> answers;
};

TEST_F(commit_queue_test, who_is_alone_waits_for_nobody) {
  commits(3, 0, 1);
  EXPECT_EQ(blocks.commits, 1);
}

TEST_F(commit_queue_test, blocks_of_one_shard_go_in_one_call) {
  queue.began();  // a third one, which has nothing to say yet
  commits(3, 0, 1);
  commits(3, 1, 1);
  EXPECT_EQ(blocks.commits, 0);
  let_time_pass();
  EXPECT_EQ(blocks.commits, 1);
  EXPECT_EQ(blocks.settled.size(), 2U);
  EXPECT_EQ(answers, (std::vector{true, true}));
}

TEST_F(commit_queue_test, shards_and_lanes_have_calls_of_their_own) {
  queue.began();
  commits(3, 0, 1);
  commits(4, 1, 1);
  commits(4, 2, 1, send_lane::instant);
  let_time_pass();
  EXPECT_EQ(blocks.commits, 3);
}

TEST_F(commit_queue_test, what_holds_much_of_the_window_waits_no_longer) {
  queue.began();
  commits(3, 0, enough / 2);
  EXPECT_EQ(blocks.commits, 0);
  commits(4, 1, enough / 2);
  EXPECT_EQ(blocks.commits, 2);
}

TEST_F(commit_queue_test, a_block_that_ended_is_not_waited_for) {
  queue.began();
  commits(3, 0, 1);
  EXPECT_EQ(blocks.commits, 0);
  queue.ended();
  loop.restart();
  loop.poll();
  EXPECT_EQ(blocks.commits, 1);
}

TEST_F(commit_queue_test, a_call_that_failed_failed_for_all_and_the_next_is_another) {
  blocks.failing_commits = 1;
  queue.began();
  commits(3, 0, 1);
  commits(3, 1, 1);
  let_time_pass();
  EXPECT_EQ(answers, (std::vector{false, false}));
  queue.ended();
  commits(3, 2, 1);
  EXPECT_EQ(answers.back(), true);
}

}  // namespace
}  // namespace paperboy

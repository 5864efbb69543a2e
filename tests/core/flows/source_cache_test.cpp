#include "core/flows/source_cache.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/flows/outbox.hpp"
#include "tests/core/flows/delivery_fakes.hpp"

namespace paperboy {
namespace {

using namespace std::chrono_literals;
using made = result<std::shared_ptr<message_source>>;

// Several ask one cache at once; making a source takes its time.
struct the_sources_of_a_worker : ::testing::Test {
  void ask(const std::string& run) {
    boost::asio::co_spawn(loop, one(run), boost::asio::detached);
  }
  task<void> one(std::string run) {
    try {
      answers.push_back(co_await cache.of(app, run));
    } catch (const std::runtime_error&) {
      ++thrown;
    }
  }
  task<made> make() {
    ++makings;
    co_await sleep_for(1ms);
    if (throws) throw std::runtime_error("out of memory, say");
    if (failure) co_return failure;
    co_return std::make_shared<paperboy::testing::fake_source>();
  }

  boost::asio::io_context loop;
  app_context app{"anewz", {}, {}, {}, 0};
  int makings = 0, thrown = 0;
  bool throws = false;
  error_code failure;
  std::vector<made> answers;
  source_cache cache{[this](const app_context&, const std::string&) { return make(); }};
};

TEST_F(the_sources_of_a_worker, makes_a_source_once_however_many_ask) {
  for (int i = 0; i < 8; ++i) ask("run");
  loop.run();
  ask("run");
  loop.restart();
  loop.run();
  EXPECT_EQ(makings, 1);
  ASSERT_EQ(answers.size(), 9U);
  for (const auto& a : answers) EXPECT_EQ(*a, *answers[0]);
}

TEST_F(the_sources_of_a_worker, makes_one_for_each_run) {
  ask("run");
  ask("other");
  loop.run();
  EXPECT_EQ(makings, 2);
  EXPECT_NE(*answers.at(0), *answers.at(1));
}

TEST_F(the_sources_of_a_worker, shares_an_error_with_those_who_wait_and_tries_again_for_the_next) {
  failure = errc::unavailable;
  for (int i = 0; i < 3; ++i) ask("run");
  loop.run();
  EXPECT_EQ(makings, 1);
  for (const auto& a : answers) EXPECT_EQ(a.error(), errc::unavailable);
  failure = {};
  ask("run");
  loop.restart();
  loop.run();
  EXPECT_EQ(makings, 2);
  EXPECT_TRUE(answers.back());
}

TEST_F(the_sources_of_a_worker, leaves_nobody_waiting_when_the_maker_throws) {
  throws = true;
  for (int i = 0; i < 3; ++i) ask("run");
  loop.run();
  EXPECT_EQ(thrown, 1);
  EXPECT_EQ(answers.size(), 2U);
}

TEST_F(the_sources_of_a_worker, forgets_the_oldest_run_of_too_many) {
  for (std::size_t i = 0; i <= source_cache::most; ++i) ask("run " + std::to_string(i));
  loop.run();
  const int before = makings;
  ask("run 1");
  loop.restart();
  loop.run();
  EXPECT_EQ(makings, before);
  ask("run 0");
  loop.restart();
  loop.run();
  EXPECT_EQ(makings, before + 1);
}

}  // namespace
}  // namespace paperboy

// A power cut: redis-server is killed, and the end of its append-only file is cut at a random byte.
// PAPERBOY_SEED repeats a cut.

#include <gtest/gtest.h>
#include <signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "adapters/redis/client.hpp"
#include "adapters/redis/embedded.hpp"
#include "adapters/redis/installation.hpp"
#include "tests/adapters/redis/server.hpp"

namespace paperboy::redis {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::eventually;

constexpr std::uint32_t shards = 4;

std::uint64_t chosen_seed() {
  const char* given = std::getenv("PAPERBOY_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

std::string content_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream{file, std::ios::binary}.rdbuf();
  return text.str();
}

std::string key_of(std::size_t i) {
  std::string number = std::to_string(i);
  return "k:" + std::string(6 - number.size(), '0') + number;
}

class power_cut : public ::testing::Test {
 protected:
  power_cut() : seed(chosen_seed()), chance(seed) {
    RecordProperty("seed", std::to_string(seed));
  }
  void run(task<void> work) { testing::run(context, std::move(work)); }

  // A server that stays dead: the test cuts its file before another is started.
  std::unique_ptr<embedded_server> server() {
    embedded_settings s;
    s.folder = data;
    s.start_limit = 20s;
    s.restart_first = s.restart_most = 10min;
    s.on_event = [this](const embedded_event& e) {
      dead |= e.happened == embedded_event::what::died;
    };
    dead = false;
    return std::make_unique<embedded_server>(context, std::move(s));
  }
  client_settings to(const embedded_server& of) {
    client_settings s;
    s.where = of.where();
    s.reconnect_first = 1ms;
    s.reconnect_most = 20ms;
    return s;
  }
  task<void> kill(embedded_server& of) {
    ::kill(of.pid(), SIGKILL);
    EXPECT_TRUE(co_await eventually([this] { return dead; }));
  }
  fs::path last_file() const {
    for (const auto& entry : fs::directory_iterator(data / "appendonlydir")) {
      if (entry.path().extension() == ".aof" && entry.path().stem().extension() == ".incr") {
        return entry.path();
      }
    }
    throw std::runtime_error("no append-only file");
  }
  std::size_t between(std::size_t least, std::size_t most) {
    return std::uniform_int_distribution<std::size_t>{least, most}(chance);
  }

  const std::uint64_t seed;
  std::mt19937_64 chance;
  testing::scratch_folder scratch;
  const fs::path data = scratch.path() / "data";
  boost::asio::io_context context{1};
  bool dead = false;
};

// One write for each key, one after the other; counts those that were answered.
task<void> write_keys(client& redis, std::size_t from, std::size_t count, std::size_t& answered) {
  for (std::size_t i = from; i < from + count; ++i) {
    const answer a = co_await redis.call("SET", key_of(i), std::string(80, 'v'));
    if (!a) co_return;
    answered = i + 1;
  }
}

task<std::size_t> keys_in(client& redis, std::size_t most) {
  pipeline all;
  for (std::size_t i = 0; i < most; ++i) all.add("EXISTS", key_of(i));
  std::size_t found = 0;
  for (const auto& a : co_await redis.call_all(std::move(all))) {
    if (!a || a->as_int() == 0) break;
    ++found;
  }
  co_return found;
}

TEST_F(power_cut, that_takes_what_was_never_answered_loses_nothing_that_was) {
  constexpr int rounds = 6;
  constexpr std::size_t at_once = 4000;
  std::size_t answered = 0, next = 0;
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE("PAPERBOY_SEED=" + std::to_string(seed) + ", round " + std::to_string(round));
    auto up = server();
    run([&]() -> task<void> {
      EXPECT_TRUE(co_await up->start()) << up->problem();
      client redis{context, to(*up)};
      EXPECT_GE(co_await keys_in(redis, next), answered);
      co_await write_keys(redis, answered, 50, answered);
      next = answered;
      // Many at once, so that some are written and not answered yet when the end comes.
      std::vector<answer> last;
      bool ended = false;
      const std::size_t first = answered;
      const auto flood = [&]() -> task<void> {
        pipeline all;
        for (std::size_t i = 0; i < at_once; ++i) {
          all.add("SET", key_of(first + i), std::string(80, 'v'));
        }
        next = first + all.size();
        last = co_await redis.call_all(std::move(all));
        ended = true;
      };
      boost::asio::co_spawn(context, flood(), [](const std::exception_ptr&) {});
      const auto wanted = redis.statistics().replies + between(1, 1000);
      EXPECT_TRUE(co_await eventually([&] { return redis.statistics().replies >= wanted; }));
      co_await kill(*up);
      EXPECT_TRUE(co_await eventually([&] { return ended; }));
      for (const answer& a : last) {
        if (!a) break;
        ++answered;
      }
    }());
    up.reset();
    const fs::path file = last_file();
    const std::string text = content_of(file);
    const std::size_t key = text.rfind(key_of(answered - 1));
    ASSERT_NE(key, std::string::npos);
    const std::size_t kept = std::min(text.find("\r\n*", key), text.size());
    const std::size_t cut = between(std::min(kept + 2, text.size()), text.size());
    SCOPED_TRACE("cut at " + std::to_string(cut) + " of " + std::to_string(text.size()));
    fs::resize_file(file, cut);
    auto again = server();
    run([&]() -> task<void> {
      EXPECT_TRUE(co_await again->start()) << again->problem();
      client redis{context, to(*again)};
      EXPECT_GE(co_await keys_in(redis, next), answered);
      co_await redis.close();
      co_await again->stop();
    }());
    std::cout << "power cut, seed " << seed << ": " << answered << " answered, "
              << text.size() - cut << " of " << text.size() - kept
              << " bytes that were not are cut, 0 lost\n";
  }
}

// Deeper cuts take what was answered, which no software can help: then everything is as it was at
// one moment before, whole scripts only, or the loss is told.
TEST_F(power_cut, anywhere_leaves_a_moment_of_the_past_or_a_loss_that_is_told) {
  const script pair{"pair", "redis.call('SET', KEYS[1], 'a') redis.call('SET', KEYS[2], 'b')"};
  constexpr std::size_t pairs = 300;
  const installation_settings kept{shards, data / "installation"};
  std::string secret;
  auto first = server();
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await first->start()) << first->problem();
    client redis{context, to(*first)};
    const auto opened = co_await open_installation(redis, kept);
    EXPECT_TRUE(opened) << opened.problem;
    secret = opened.kept.secret;
    for (std::size_t i = 0; i < pairs; ++i) {
      EXPECT_TRUE(co_await redis.eval(pair, {key_of(2 * i), key_of(2 * i + 1)}, {}));
    }
    co_await kill(*first);
  }());
  first.reset();
  const fs::path file = last_file();
  const std::string whole = content_of(file);
  std::size_t told = 0;
  std::vector<std::size_t> cuts{0, 1, whole.size() - 1};
  const std::size_t begin = whole.find(key_of(0));
  for (int i = 0; i < 3; ++i) cuts.push_back(between(2, begin));
  for (int i = 0; i < 6; ++i) cuts.push_back(between(begin, whole.size()));
  for (const std::size_t cut : cuts) {
    SCOPED_TRACE("PAPERBOY_SEED=" + std::to_string(seed) + ", cut at " + std::to_string(cut) +
                 " of " + std::to_string(whole.size()));
    std::ofstream{file, std::ios::binary | std::ios::trunc} << whole.substr(0, cut);
    auto up = server();
    run([&]() -> task<void> {
      EXPECT_TRUE(co_await up->start()) << up->problem();
      client redis{context, to(*up)};
      const std::size_t found = co_await keys_in(redis, 2 * pairs);
      EXPECT_EQ(found % 2, 0U);
      const auto opened = co_await open_installation(redis, kept);
      if (opened) {
        EXPECT_EQ(opened.kept.secret, secret);
      } else {
        ++told;
        EXPECT_EQ(opened.error, errc::shard_regressed) << opened.problem;
        EXPECT_EQ(found, 0U);
      }
      co_await redis.close();
      co_await up->stop();
    }());
    up.reset();
  }
  EXPECT_GE(told, 2U);
  std::cout << "power cut, seed " << seed << ": " << cuts.size() << " cuts, " << told
            << " losses told, no half of a script\n";
}

}  // namespace
}  // namespace paperboy::redis

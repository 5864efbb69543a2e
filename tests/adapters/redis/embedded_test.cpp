#include "adapters/redis/embedded.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/client.hpp"
#include "adapters/redis/server_check.hpp"
#include "tests/adapters/redis/server.hpp"

namespace paperboy::redis {
namespace {

using namespace std::chrono_literals;
using what = embedded_event::what;
using testing::eventually;
using testing::scratch_folder;

class embedded : public ::testing::Test {
 protected:
  void run(task<void> work) { testing::run(context_, std::move(work)); }

  embedded_settings settings() {
    embedded_settings s;
    s.folder = scratch_.path() / "data";
    s.start_limit = 20s;
    s.restart_first = 1ms;
    s.restart_most = 20ms;
    s.on_event = [this](const embedded_event& e) { events_.push_back(e.happened); };
    return s;
  }

  client_settings to(const embedded_server& server) {
    client_settings s;
    s.where = server.where();
    s.command_limit = 10s;
    s.reconnect_first = 1ms;
    s.reconnect_most = 20ms;
    return s;
  }

  // Starts a server in another process, which is then killed like a Paperboy that crashed. Gives
  // the orphan's pid.
  pid_t leave_an_orphan() {
    int ready[2];
    EXPECT_EQ(::pipe2(ready, O_CLOEXEC), 0);
    const pid_t paperboy = ::fork();
    if (paperboy == 0) {
      boost::asio::io_context context{1};
      embedded_server server{context, settings()};
      const auto work = [&]() -> task<void> {
        const result<void> up = co_await server.start();
        client redis{context, to(server)};
        const answer set = co_await redis.call("SET", "kept", "yes");
        const pid_t pid = up && set ? server.pid() : 0;
        (void)!::write(ready[1], &pid, sizeof pid);
      };
      testing::run(context, work());
      for (;;) ::pause();
    }
    ::close(ready[1]);
    pid_t orphan = 0;
    EXPECT_EQ(::read(ready[0], &orphan, sizeof orphan), static_cast<ssize_t>(sizeof orphan));
    ::close(ready[0]);
    ::kill(paperboy, SIGKILL);
    ::waitpid(paperboy, nullptr, 0);
    EXPECT_EQ(::kill(orphan, 0), 0) << "the server died with its Paperboy";
    return orphan;
  }

  scratch_folder scratch_;
  boost::asio::io_context context_{1};
  std::vector<what> events_;
};

TEST_F(embedded, starts_a_durable_private_server_and_stops_it) {
  embedded_server server{context_, settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await server.start()) << server.problem();
    const pid_t pid = server.pid();
    client redis{context_, to(server)};
    const server_check check = co_await check_server(redis);
    EXPECT_TRUE(check.ok()) << check.problem;
    EXPECT_TRUE(check.recommendations.empty());
    const answer fsync = co_await redis.call("CONFIG", "GET", "appendfsync");
    EXPECT_EQ((*fsync)[1].as_string(), "always");
    const answer port = co_await redis.call("CONFIG", "GET", "port");
    EXPECT_EQ((*port)[1].as_string(), "0");
    co_await redis.close();
    co_await server.stop();
    EXPECT_EQ(server.pid(), 0);
    EXPECT_EQ(::kill(pid, 0), -1);
  }());
  struct stat found{};
  EXPECT_EQ(::stat((scratch_.path() / "data").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700U);
  EXPECT_EQ(events_, (std::vector{what::started, what::stopped}));
}

TEST_F(embedded, keeps_the_data_over_a_stop) {
  for (const bool first : {true, false}) {
    embedded_server server{context_, settings()};
    run([&]() -> task<void> {
      EXPECT_TRUE(co_await server.start()) << server.problem();
      client redis{context_, to(server)};
      if (first) {
        EXPECT_TRUE(co_await redis.call("SET", "kept", "yes"));
      } else {
        EXPECT_EQ((co_await redis.call("GET", "kept"))->as_string(), "yes");
      }
      co_await server.stop();
    }());
  }
}

TEST_F(embedded, starts_a_killed_server_again_with_its_data) {
  embedded_server server{context_, settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await server.start()) << server.problem();
    client redis{context_, to(server)};
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(co_await redis.call("SET", "n", i));
      const pid_t before = server.pid();
      ::kill(before, SIGKILL);
      const auto restarted = static_cast<std::uint64_t>(i) + 1;
      EXPECT_TRUE(co_await eventually([&] { return server.restarts() == restarted; }));
      EXPECT_TRUE(co_await eventually([&] { return events_.back() == what::restarted; }));
      EXPECT_NE(server.pid(), before);
      EXPECT_TRUE(co_await eventually([&] { return redis.connected(); }));
      EXPECT_EQ((co_await redis.call("GET", "n"))->as_int(-1), i);
    }
    co_await server.stop();
  }());
}

TEST_F(embedded, goes_on_starting_a_server_that_cannot_start) {
  embedded_settings s = settings();
  embedded_server server{context_, s};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await server.start()) << server.problem();
    // What redis-server reads first, gone from its place: every start fails until it is back.
    const std::filesystem::path log = s.folder / "appendonlydir";
    std::filesystem::rename(log, s.folder / "aside");
    std::ofstream{log} << "no folder";
    ::kill(server.pid(), SIGKILL);
    EXPECT_TRUE(co_await eventually(
        [&] { return std::count(events_.begin(), events_.end(), what::start_failed) >= 2; }));
    EXPECT_NE(server.problem().find("the last line of"), std::string::npos) << server.problem();
    std::filesystem::remove(log);
    std::filesystem::rename(s.folder / "aside", log);
    EXPECT_TRUE(co_await eventually([&] { return events_.back() == what::restarted; }));
    co_await server.stop();
  }());
}

TEST_F(embedded, takes_over_the_server_of_a_killed_paperboy) {
  const pid_t orphan = leave_an_orphan();
  embedded_server server{context_, settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await server.start()) << server.problem();
    EXPECT_EQ(server.pid(), orphan);
    EXPECT_EQ(events_.back(), what::adopted);
    client redis{context_, to(server)};
    EXPECT_EQ((co_await redis.call("GET", "kept"))->as_string(), "yes");
    // One that was taken over is watched as well.
    ::kill(orphan, SIGKILL);
    EXPECT_TRUE(co_await eventually([&] { return events_.back() == what::restarted; }));
    EXPECT_NE(server.pid(), orphan);
    EXPECT_EQ((co_await redis.call("GET", "kept"))->as_string(), "yes");
    co_await server.stop();
  }());
}

TEST_F(embedded, stops_a_server_that_it_took_over) {
  const pid_t orphan = leave_an_orphan();
  embedded_server server{context_, settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await server.start()) << server.problem();
    co_await server.stop();
    EXPECT_TRUE(co_await eventually([&] { return ::kill(orphan, 0) != 0; }));
  }());
}

TEST_F(embedded, says_which_orphan_does_not_answer_and_leaves_it) {
  const pid_t orphan = leave_an_orphan();
  ::kill(orphan, SIGSTOP);
  embedded_settings s = settings();
  s.start_limit = 300ms;
  embedded_server server{context_, s};
  run([&]() -> task<void> {
    const result<void> up = co_await server.start();
    EXPECT_EQ(up.error(), errc::timed_out);
    EXPECT_NE(server.problem().find("process " + std::to_string(orphan)), std::string::npos)
        << server.problem();
    EXPECT_EQ(::kill(orphan, 0), 0);
    ::kill(orphan, SIGCONT);
    embedded_server next{context_, settings()};
    EXPECT_TRUE(co_await next.start()) << next.problem();
    EXPECT_EQ(next.pid(), orphan);
    co_await next.stop();
  }());
}

TEST_F(embedded, waits_for_an_orphan_that_is_on_its_way_out) {
  const pid_t orphan = leave_an_orphan();
  ::kill(orphan, SIGTERM);
  embedded_server server{context_, settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await server.start()) << server.problem();
    client redis{context_, to(server)};
    EXPECT_EQ((co_await redis.call("GET", "kept"))->as_string(), "yes");
    co_await server.stop();
  }());
}

TEST_F(embedded, refuses_a_second_owner_and_names_the_first) {
  embedded_server first{context_, settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await first.start()) << first.problem();
    const pid_t pid = first.pid();
    {
      embedded_server second{context_, settings()};
      const result<void> up = co_await second.start();
      EXPECT_EQ(up.error(), errc::conflict);
      EXPECT_NE(second.problem().find("process " + std::to_string(::getpid())), std::string::npos)
          << second.problem();
    }
    EXPECT_EQ(first.pid(), pid);
    EXPECT_EQ(::kill(pid, 0), 0);
    co_await first.stop();
    embedded_server third{context_, settings()};
    EXPECT_TRUE(co_await third.start()) << third.problem();
    co_await third.stop();
  }());
}

TEST_F(embedded, says_what_to_install_when_there_is_no_redis_server) {
  embedded_settings s = settings();
  s.search_path = "";
  embedded_server server{context_, s};
  run([&]() -> task<void> {
    const result<void> up = co_await server.start();
    EXPECT_EQ(up.error(), errc::not_found);
    EXPECT_EQ(server.problem(),
              "redis-server was not found: install it (apt-get install redis-server), or name a "
              "Redis of your own in [redis] url");
  }());
}

TEST_F(embedded, gives_the_last_words_of_a_server_that_ends_at_its_start) {
  embedded_settings s = settings();
  std::filesystem::create_directories(s.folder);
  std::ofstream{s.folder / "appendonlydir"} << "no folder";
  embedded_server server{context_, s};
  run([&]() -> task<void> {
    const result<void> up = co_await server.start();
    EXPECT_EQ(up.error(), errc::refused);
    EXPECT_NE(server.problem().find("redis.log is: "), std::string::npos) << server.problem();
    EXPECT_NE(server.problem().find("append"), std::string::npos) << server.problem();
  }());
}

TEST_F(embedded, puts_the_socket_apart_when_the_path_is_too_long_for_one) {
  embedded_settings s = settings();
  s.folder = scratch_.path() / std::string(90, 'd') / "with \"quotes\" and spaces";
  s.runtime_folder = scratch_.path();
  embedded_server server{context_, s};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await server.start()) << server.problem();
    EXPECT_LT(server.where().path.size(), 108U);
    const auto apart = std::filesystem::path{server.where().path}.parent_path();
    EXPECT_EQ(std::filesystem::status(apart).permissions(), std::filesystem::perms::owner_all);
    client redis{context_, to(server)};
    EXPECT_TRUE(co_await redis.call("SET", "k", "v"));
    EXPECT_TRUE(std::filesystem::exists(s.folder / "appendonlydir"));
    co_await server.stop();
  }());
}

TEST_F(embedded, puts_no_socket_behind_a_link_of_somebody_else) {
  embedded_settings s = settings();
  s.folder = scratch_.path() / std::string(100, 'd');
  s.runtime_folder = scratch_.path();
  std::filesystem::path apart;
  {
    embedded_server probe{context_, s};
    run([&]() -> task<void> {
      EXPECT_TRUE(co_await probe.start()) << probe.problem();
      apart = std::filesystem::path{probe.where().path}.parent_path();
      co_await probe.stop();
    }());
  }
  std::filesystem::remove_all(apart);
  std::filesystem::create_directory(scratch_.path() / "elsewhere");
  std::filesystem::create_directory_symlink(scratch_.path() / "elsewhere", apart);
  embedded_server server{context_, s};
  run([&]() -> task<void> {
    const result<void> up = co_await server.start();
    EXPECT_EQ(up.error(), errc::refused);
    EXPECT_NE(server.problem().find("no folder of ours"), std::string::npos) << server.problem();
  }());
}

TEST_F(embedded, kills_a_server_that_does_not_end) {
  embedded_settings s = settings();
  s.stop_limit = 100ms;
  embedded_server server{context_, s};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await server.start()) << server.problem();
    const pid_t pid = server.pid();
    ::kill(pid, SIGSTOP);
    co_await server.stop();
    EXPECT_EQ(::kill(pid, 0), -1);
  }());
}

TEST_F(embedded, stops_the_server_when_it_is_destroyed) {
  auto server = std::make_unique<embedded_server>(context_, settings());
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await server->start()) << server->problem();
    const pid_t pid = server->pid();
    server.reset();
    EXPECT_EQ(::kill(pid, 0), -1);
  }());
}

}  // namespace
}  // namespace paperboy::redis

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "adapters/redis/client.hpp"
#include "tests/adapters/redis/server.hpp"

namespace paperboy::redis {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::eventually;
using testing::private_server;

class redis_failures : public ::testing::Test {
 protected:
  void run(task<void> work) { testing::run(context_, std::move(work)); }

  asio::io_context context_{1};
};

TEST_F(redis_failures, a_call_ends_at_its_limit_while_the_server_is_frozen) {
  private_server server;
  client_settings settings = server.settings();
  settings.command_limit = 100ms;
  client redis{context_, settings};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("PING"));
    server.freeze();
    const auto before = std::chrono::steady_clock::now();
    const answer a = co_await redis.call("ECHO", "late");
    const auto took = std::chrono::steady_clock::now() - before;
    EXPECT_EQ(a.error(), errc::timed_out);
    EXPECT_EQ(a.kind(), error_kind::no_answer);
    EXPECT_GE(took, 100ms);
    EXPECT_LT(took, 5s);
    server.thaw();
    const answer next = co_await redis.call("ECHO", "next");
    EXPECT_EQ(next->as_string(), "next");
  }());
  EXPECT_EQ(redis.statistics().connects, 1U);
}

TEST_F(redis_failures, a_pipeline_cut_by_its_limit_keeps_what_was_answered) {
  private_server server;
  client_settings settings = server.settings();
  settings.command_limit = 200ms;
  client redis{context_, settings};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("PING"));
    pipeline p;
    p.add("ECHO", "first");
    p.add("DEBUG", "SLEEP", "0.6");
    p.add("ECHO", "last");
    const std::vector<answer> cut = co_await redis.call_all(std::move(p));
    EXPECT_EQ(cut[2].kind(), error_kind::no_answer);
    EXPECT_TRUE(co_await eventually([&] { return redis.statistics().waiting == 0; }));
    const answer next = co_await redis.call("ECHO", "next");
    EXPECT_EQ(next->as_string(), "next");
  }());
  EXPECT_EQ(redis.statistics().connects, 1U);
}

TEST_F(redis_failures, a_silent_connection_is_given_up) {
  private_server server;
  client_settings settings = server.settings();
  settings.command_limit = 50ms;
  settings.silence_limit = 200ms;
  settings.connect_limit = 100ms;
  std::vector<connection_event> events;
  settings.on_event = [&](const connection_event& e) { events.push_back(e); };
  client redis{context_, settings};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("PING"));
    server.freeze();
    EXPECT_EQ((co_await redis.call("PING")).kind(), error_kind::no_answer);
    EXPECT_TRUE(co_await eventually([&] { return !redis.connected(); }));
    EXPECT_TRUE(co_await eventually([&] { return redis.statistics().connect_failures > 0; }));
    server.thaw();
    EXPECT_TRUE(co_await redis.wait_until_connected(10s));
    EXPECT_EQ((co_await redis.call("ECHO", "again"))->as_string(), "again");
  }());
  EXPECT_EQ(events.front().happened, connection_event::what::connected);
  EXPECT_EQ(events[1].happened, connection_event::what::lost);
  EXPECT_EQ(events.back().happened, connection_event::what::connected);
}

TEST_F(redis_failures, connects_again_after_a_kill) {
  private_server server;
  client redis{context_, server.settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("PING"));
    server.kill();
    EXPECT_TRUE(co_await eventually([&] { return !redis.connected(); }));
    server.start_without_waiting();
    EXPECT_EQ((co_await redis.call("ECHO", "again"))->as_string(), "again");
  }());
  EXPECT_EQ(redis.statistics().connects, 2U);
}

TEST_F(redis_failures, what_was_sent_when_the_server_died_may_have_been_done) {
  private_server server;
  client redis{context_, server.settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("PING"));
    server.freeze();
    answer got;
    bool ended = false;
    const auto ask = [&]() -> task<void> {
      got = co_await redis.call("INCR", "n");
      ended = true;
    };
    asio::co_spawn(context_, ask(), [](const std::exception_ptr&) {});
    EXPECT_TRUE(co_await eventually([&] { return redis.statistics().commands == 2; }));
    server.kill();
    EXPECT_TRUE(co_await eventually([&] { return ended; }));
    EXPECT_EQ(got.kind(), error_kind::connection_lost);
    EXPECT_EQ(got.error(), errc::timed_out);
  }());
}

TEST_F(redis_failures, answers_at_once_when_redis_has_been_away_for_long) {
  private_server server;
  client_settings settings = server.settings();
  settings.command_limit = 100ms;
  server.kill();
  client redis{context_, settings};
  run([&]() -> task<void> {
    const answer first = co_await redis.call("PING");
    EXPECT_EQ(first.error(), errc::unavailable);
    EXPECT_EQ(first.kind(), error_kind::not_connected);
    const result<void> up = co_await redis.wait_until_connected(50ms);
    EXPECT_EQ(up.error(), errc::timed_out);
    const std::uint64_t waiting = redis.statistics().waiting;
    const auto before = std::chrono::steady_clock::now();
    const answer later = co_await redis.call("PING");
    EXPECT_LT(std::chrono::steady_clock::now() - before, 90ms);
    EXPECT_EQ(later.kind(), error_kind::not_connected);
    EXPECT_EQ(waiting, 0U);
    EXPECT_NE(redis.last_failure().find("redis.sock: "), std::string::npos);
  }());
}

TEST_F(redis_failures, a_server_that_reads_its_data_is_no_connection_yet) {
  private_server server{{"--appendonly", "yes"}};
  run([&]() -> task<void> {
    client redis{context_, server.settings()};
    EXPECT_TRUE(co_await redis.call("DEBUG", "POPULATE", 20000));
    EXPECT_TRUE(co_await redis.call("BGREWRITEAOF"));
    bool rewritten = false;
    while (!rewritten) {
      const answer info = co_await redis.call("INFO", "persistence");
      rewritten = info->as_string().find("aof_rewrite_in_progress:0") != std::string_view::npos;
    }
    co_await redis.close();
  }());
  server.kill();
  server.set_options({"--appendonly", "yes", "--key-load-delay", "5000",
                      "--loading-process-events-interval-bytes", "1024"});
  server.start_without_waiting();
  client redis{context_, server.settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await eventually(
        [&] { return redis.last_failure().find("LOADING") != std::string::npos; }));
    EXPECT_FALSE(redis.connected());
    const answer a = co_await redis.call("GET", "key:1");
    EXPECT_EQ(a.error(), errc::unavailable);
  }());
}

TEST_F(redis_failures, a_command_is_unavailable_while_the_data_is_read) {
  private_server server{{"--key-load-delay", "1000", "--loading-process-events-interval-bytes",
                         "1024", "--save", "3600 1"}};
  client redis{context_, server.settings()};
  client_settings patient = server.settings();
  patient.command_limit = 30s;
  client other{context_, patient};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("DEBUG", "POPULATE", 1000));
    bool reloaded = false;
    const auto reload = [&]() -> task<void> {
      (void)co_await other.call("DEBUG", "RELOAD");
      reloaded = true;
    };
    asio::co_spawn(context_, reload(), [](const std::exception_ptr&) {});
    error_kind seen = error_kind::none;
    while (!reloaded && seen == error_kind::none) {
      seen = (co_await redis.call("GET", "key:1")).kind();
    }
    EXPECT_EQ(seen, error_kind::loading);
    EXPECT_EQ(code_of(seen), errc::unavailable);
    EXPECT_TRUE(co_await eventually([&] { return reloaded; }));
    EXPECT_TRUE(co_await redis.call("GET", "key:1"));
  }());
}

TEST_F(redis_failures, a_replica_refuses_writes_for_now) {
  private_server server;
  client redis{context_, server.settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("REPLICAOF", "127.0.0.1", 1));
    const answer a = co_await redis.call("SET", "k", "v");
    EXPECT_EQ(a.kind(), error_kind::read_only);
    EXPECT_EQ(a.error(), errc::unavailable);
    static const script writes{"writes", "return redis.call('SET', KEYS[1], 1)"};
    EXPECT_EQ((co_await redis.eval(writes, {"k"}, {})).kind(), error_kind::read_only);
    EXPECT_TRUE(co_await redis.call("CONFIG", "SET", "replica-serve-stale-data", "no"));
    EXPECT_EQ((co_await redis.call("GET", "k")).kind(), error_kind::master_down);
    EXPECT_TRUE(co_await redis.call("REPLICAOF", "NO", "ONE"));
    EXPECT_TRUE(co_await redis.call("SET", "k", "v"));
  }());
}

TEST_F(redis_failures, a_server_without_memory_is_unavailable_for_writes) {
  private_server server;
  client redis{context_, server.settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("CONFIG", "SET", "maxmemory", 1));
    const answer a = co_await redis.call("SET", "k", "v");
    EXPECT_EQ(a.kind(), error_kind::out_of_memory);
    EXPECT_EQ(a.error(), errc::unavailable);
    EXPECT_TRUE(co_await redis.call("GET", "k"));
  }());
}

TEST_F(redis_failures, a_server_that_cannot_save_is_unavailable_for_writes_and_can_be_read) {
  private_server server{{"--save", "3600 1"}};
  std::filesystem::create_directory(server.folder() / "dump.rdb");
  client redis{context_, server.settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("BGSAVE"));
    bool failed = false;
    while (!failed) {
      const answer info = co_await redis.call("INFO", "persistence");
      failed = info->as_string().find("rdb_last_bgsave_status:err") != std::string_view::npos;
    }
    const answer a = co_await redis.call("SET", "k", "v");
    EXPECT_EQ(a.kind(), error_kind::misconfigured);
    EXPECT_EQ(a.error(), errc::unavailable);
    client another{context_, server.settings()};
    EXPECT_TRUE(co_await another.wait_until_connected(5s));
    EXPECT_TRUE(co_await another.call("GET", "k"));
  }());
}

TEST_F(redis_failures, a_server_busy_with_a_script_is_unavailable) {
  private_server server{{"--busy-reply-threshold", "20"}};
  client redis{context_, server.settings()};
  client other{context_, server.settings()};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("PING"));
    bool ended = false;
    const auto loop = [&]() -> task<void> {
      (void)co_await other.call("EVAL", "while true do end", 0);
      ended = true;
    };
    asio::co_spawn(context_, loop(), [](const std::exception_ptr&) {});
    error_kind seen = error_kind::none;
    while (!ended && seen == error_kind::none) seen = (co_await redis.call("GET", "k")).kind();
    EXPECT_EQ(seen, error_kind::busy);
    EXPECT_TRUE(co_await redis.call("SCRIPT", "KILL"));
    EXPECT_TRUE(co_await eventually([&] { return ended; }));
  }());
}

TEST_F(redis_failures, a_node_of_a_cluster_without_slots_is_unavailable) {
  private_server server{{"--cluster-enabled", "yes"}};
  client redis{context_, server.settings()};
  run([&]() -> task<void> {
    const answer a = co_await redis.call("GET", "k");
    EXPECT_EQ(a.kind(), error_kind::cluster_down);
    EXPECT_EQ(a.error(), errc::unavailable);
  }());
}

TEST_F(redis_failures, a_reply_beyond_the_limit_ends_the_connection_and_no_more) {
  private_server server;
  client_settings settings = server.settings();
  settings.max_reply_bytes = 1U << 20;
  settings.max_reply_values = 1000;
  client redis{context_, settings};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await redis.call("SETRANGE", "long", 2U << 20, "x"));
    const answer a = co_await redis.call("GET", "long");
    EXPECT_EQ(a.kind(), error_kind::protocol);
    EXPECT_EQ(a.error(), errc::protocol);
    const answer many =
        co_await redis.call("EVAL", "local t = {} for i = 1, 2000 do t[i] = i end return t", 0);
    EXPECT_EQ(many.kind(), error_kind::protocol);
    EXPECT_TRUE(co_await redis.call("PING"));
  }());
}

TEST_F(redis_failures, what_does_not_speak_resp_is_no_redis) {
  asio::ip::tcp::acceptor web{context_, {asio::ip::address_v4::loopback(), 0}};
  const auto serve = [&]() -> task<void> {
    for (;;) {
      auto peer = co_await web.async_accept(asio::use_awaitable);
      const std::string page = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
      co_await asio::async_write(peer, asio::buffer(page), asio::use_awaitable);
    }
  };
  asio::co_spawn(context_, serve(), [](const std::exception_ptr&) {});
  client_settings settings;
  settings.where.host = "127.0.0.1";
  settings.where.port = web.local_endpoint().port();
  client redis{context_, settings};
  run([&]() -> task<void> {
    EXPECT_TRUE(co_await eventually([&] { return redis.statistics().connect_failures > 0; }));
    EXPECT_NE(redis.last_failure().find("no Redis"), std::string::npos) << redis.last_failure();
    web.close();
  }());
}

}  // namespace
}  // namespace paperboy::redis

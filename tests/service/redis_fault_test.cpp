// A Redis that is there and does not serve: nothing is answered as done that is not, and everything
// goes on by itself when it is over.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/adapters/redis/server.hpp"
#include "tests/service/eventually.hpp"
#include "tests/service/newsroom.hpp"
#include "tests/service/phone.hpp"
#include "tests/service/redis_console.hpp"

namespace paperboy::service {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using redis::testing::private_server;

constexpr auto recovery_limit = 10s;

api_request item(const std::string& id) {
  return {"PUT", fmt::format("{}/items/{}", app_path(), id), std::string{api_key},
          fmt::format(R"({{"title":"Title {0}","url":"https://anewz.tv/{0}","topics":["politics"],)"
                      R"("language":"en","published_at":"2026-01-01T08:00:00Z"}})",
                      id)};
}

// A newsroom with a phone and an item, over which a fault comes.
class faulty {
 public:
  explicit faulty(newsroom& place) : place_(place) {
    place_.start();
    place_.publish();
    phone_ = new_phone(platform::ios);
    enrol(place_, phone_);
  }

  // Every kind of write is refused as it should be.
  void expect_refused() {
    const std::string id = "refused-" + std::to_string(++items_);
    refused_.push_back(id);
    expect_503(place_.api().send(item(id)));
    expect_503(place_.api().send(registration_of(new_phone(platform::android))));
    expect_503(place_.api().send({"PATCH", "/v1/preferences", phone_.credential,
                                  R"({"digest":{"max_items":7}})",
                                  "application/merge-patch+json"}));
  }

  // Waits until an item can be published again.
  void expect_recovery() {
    const auto before = clock::now();
    const std::string id = "recovered-" + std::to_string(++items_);
    EXPECT_TRUE(eventually(recovery_limit, [&] {
      const auto answer = place_.api().send(item(id));
      if (answer.status == 201 || answer.status == 200) return true;
      expect_503(answer);
      return false;
    })) << place_.state();
    const auto took = std::chrono::ceil<std::chrono::milliseconds>(clock::now() - before);
    ::testing::Test::RecordProperty("recovery_ms", std::to_string(took.count()));
    EXPECT_TRUE(eventually(recovery_limit, [&] {
      return place_.operators().send({"GET", "/readyz"}).status == 200;
    }));
    phone later = new_phone(platform::android);
    enrol(place_, later);
    EXPECT_EQ(status_of_credential(place_, phone_.credential), 200U);
    EXPECT_EQ(status_of_credential(place_, later.credential), 200U);
    EXPECT_EQ(status_of_item("item-1"), 200U);
    EXPECT_EQ(status_of_item(id), 200U);
  }

  // What Redis refused was not done in part.
  void expect_refused_items_absent() {
    for (const auto& id : refused_) EXPECT_EQ(status_of_item(id), 404U) << id;
    const auto json = place_.api().ask({"GET", "/v1/preferences", phone_.credential}, 200);
    EXPECT_NE(json.at("digest").at("max_items").to_number<int>(), 7);
  }

  unsigned status_of_item(const std::string& id) {
    return place_.api()
        .send({"GET", fmt::format("{}/items/{}", app_path(), id), std::string{api_key}})
        .status;
  }

  static void expect_503(const raw_answer& answer) {
    EXPECT_EQ(answer.status, 503U) << answer.body;
    EXPECT_EQ(answer.field("content-type"), "application/problem+json");
    EXPECT_NE(answer.field("retry-after"), "");
  }

 private:
  newsroom& place_;
  phone phone_;
  int items_ = 0;
  std::vector<std::string> refused_;
};

newsroom_settings with_redis(const private_server& server) {
  newsroom_settings s;
  s.redis = "unix:" + (server.folder() / "redis.sock").native();
  return s;
}

class redis_fault : public ::testing::Test {
 protected:
  explicit redis_fault(std::vector<std::string> options = {"--appendonly", "yes"})
      : server(std::move(options)) {}

  private_server server;
  newsroom place{with_redis(server)};
  redis_console console{server.folder() / "redis.sock"};
};

TEST_F(redis_fault, of_its_memory_refuses_writes_until_there_is_room) {
  faulty news(place);
  console.ask({"CONFIG", "SET", "maxmemory", "1"});
  news.expect_refused();
  EXPECT_EQ(news.status_of_item("item-1"), 200U);
  console.ask({"CONFIG", "SET", "maxmemory", "0"});
  news.expect_recovery();
  news.expect_refused_items_absent();
}

TEST_F(redis_fault, of_a_replica_refuses_writes_until_it_is_a_primary_again) {
  faulty news(place);
  console.ask({"REPLICAOF", "127.0.0.1", "1"});
  news.expect_refused();
  console.ask({"REPLICAOF", "NO", "ONE"});
  news.expect_recovery();
  news.expect_refused_items_absent();
}

TEST_F(redis_fault, of_missing_replicas_refuses_writes_until_they_are_there) {
  faulty news(place);
  console.ask({"CONFIG", "SET", "min-replicas-to-write", "1"});
  news.expect_refused();
  console.ask({"CONFIG", "SET", "min-replicas-to-write", "0"});
  news.expect_recovery();
  news.expect_refused_items_absent();
}

// MISCONF: Redis cannot write its snapshot, and takes no writes that it could not keep.
TEST_F(redis_fault, of_its_disk_refuses_writes_until_it_can_keep_them) {
  faulty news(place);
  console.ask({"CONFIG", "SET", "save", "3600 1"});
  fs::create_directories(server.folder() / "dump.rdb" / "in the way");
  const auto last_save_is = [&](const std::string& state) {
    return console.ask({"INFO", "persistence"}).find("rdb_last_bgsave_status:" + state) !=
           std::string::npos;
  };
  console.ask({"BGSAVE"});
  ASSERT_TRUE(eventually(10s, [&] { return last_save_is("err"); }));
  news.expect_refused();
  fs::remove_all(server.folder() / "dump.rdb");
  console.ask({"BGSAVE"});
  ASSERT_TRUE(eventually(10s, [&] { return last_save_is("ok"); }));
  news.expect_recovery();
  news.expect_refused_items_absent();
}

TEST_F(redis_fault, of_a_restart_is_over_once_its_data_is_read) {
  faulty news(place);
  for (int i = 0; i < 1500; ++i) {
    console.ask({"SET", "filler:" + std::to_string(i), std::string(200, 'x')});
  }
  console.ask({"BGREWRITEAOF"});
  ASSERT_TRUE(eventually(10s, [&] {
    return console.ask({"INFO", "persistence"}).find("aof_rewrite_in_progress:0") !=
           std::string::npos;
  }));
  server.kill();
  // Two milliseconds a key, and an ear for those who ask meanwhile.
  server.set_options({"--appendonly", "yes", "--key-load-delay", "2000",
                      "--loading-process-events-interval-bytes", "1024"});
  server.start_without_waiting();
  ASSERT_TRUE(eventually(10s, [&] {
    return place.said().find("LOADING") != std::string::npos;
  })) << place.state();
  news.expect_refused();
  EXPECT_EQ(place.operators().send({"GET", "/readyz"}).status, 503U);
  news.expect_recovery();
}

// An embedded Redis on a disk of its own.
class small_disk {
 public:
  explicit small_disk(const fs::path& at) : at_(at) {
    fs::create_directories(at_);
    mounted_ = ::mount("tmpfs", at_.c_str(), "tmpfs", 0, "size=4m,mode=0700") == 0;
    if (!mounted_) why_ = std::strerror(errno);
  }
  ~small_disk() {
    if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  bool mounted() const noexcept { return mounted_; }
  const std::string& why() const noexcept { return why_; }
  void fill() const {
    std::ofstream out{at_ / "filler", std::ios::binary};
    const std::string piece(4096, 'x');
    while (out.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
    }
  }
  void make_room() const { fs::remove(at_ / "filler"); }

 private:
  fs::path at_;
  bool mounted_ = false;
  std::string why_;
};

TEST(a_full_disk, refuses_writes_until_there_is_room_and_loses_nothing_that_was_answered) {
  newsroom place;
  const small_disk disk(place.data());
  if (!disk.mounted()) GTEST_SKIP() << "a tmpfs cannot be mounted here: " << disk.why();
  faulty news(place);
  disk.fill();
  // The last page of a file may have room for a little more: what is answered then is kept as well.
  std::vector<std::string> kept;
  std::size_t refused = 0;
  EXPECT_TRUE(eventually(30s, [&] {
    const std::string id = fmt::format("disk-{}", kept.size() + refused);
    const auto answer = place.api().send(item(id));
    if (answer.status == 201) {
      kept.push_back(id);
    } else {
      faulty::expect_503(answer);
      ++refused;
    }
    return refused >= 20;
  })) << place.state();
  EXPECT_FALSE(place.child().wait(0s)) << place.state();
  disk.make_room();
  news.expect_recovery();
  EXPECT_EQ(place.stop(), 0) << place.said();
  place.start();
  std::size_t lost = 0;
  for (const auto& id : kept) lost += news.status_of_item(id) == 200 ? 0 : 1;
  EXPECT_EQ(lost, 0U);
  RecordProperty("refused", std::to_string(refused));
  RecordProperty("kept", std::to_string(kept.size()));
}

}  // namespace
}  // namespace paperboy::service

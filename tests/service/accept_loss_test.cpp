// The operator's word that what is lost is lost.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <sstream>

#include "tests/adapters/redis/server.hpp"
#include "tests/service/newsroom.hpp"
#include "tests/service/phone.hpp"
#include "tests/service/redis_console.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;
using redis::testing::private_server;

struct ended {
  int status = -1;
  std::string out, err;
};

class accept_loss : public ::testing::Test {
 protected:
  accept_loss() : place(settings()) {}

  newsroom_settings settings() const {
    newsroom_settings s;
    s.redis = "unix:" + socket().native();
    return s;
  }
  std::filesystem::path socket() const { return server.folder() / "redis.sock"; }
  ended run(std::vector<std::string> arguments) {
    const auto errors = server.folder() / "errors";
    std::filesystem::remove(errors);
    arguments.insert(arguments.begin(), {"accept-loss", "--config", place.configuration()});
    program p(arguments, errors.native());
    ended e;
    e.status = p.wait(30s).value_or(-1);
    e.out = p.output();
    std::ostringstream text;
    text << std::ifstream{errors}.rdbuf();
    e.err = text.str();
    return e;
  }

  private_server server{{"--appendonly", "yes", "--hash-max-listpack-entries", "512",
                         "--hash-max-listpack-value", "512"}};
  newsroom place;
  redis_console console{socket()};
};

TEST_F(accept_loss, has_nothing_to_accept_where_nothing_is_lost) {
  place.start();
  ASSERT_EQ(place.stop(), 0);
  const auto e = run({"--all"});
  EXPECT_EQ(e.status, 64);
  EXPECT_EQ(e.err, "nothing is lost: there is nothing to accept, and nothing was changed\n");
  EXPECT_EQ(e.out, "");
}

TEST_F(accept_loss, is_refused_while_a_paperboy_works_on_that_redis) {
  place.start();
  console.remove_all("{s003}:");
  const auto e = run({"--all"});
  EXPECT_EQ(e.status, 69);
  EXPECT_NE(e.err.find("a Paperboy works on this Redis ("), std::string::npos) << e.err;
  EXPECT_NE(e.err.find("): stop it first\n"), std::string::npos) << e.err;
  EXPECT_EQ(console.ask({"EXISTS", "{s003}:gen"}), "0");
}

TEST_F(accept_loss, says_what_is_gone_and_changes_nothing_until_it_is_told) {
  place.start();
  ASSERT_EQ(place.stop(), 0);
  console.remove_all("{s003}:");
  const auto e = run({});
  EXPECT_EQ(e.status, 64);
  EXPECT_EQ(e.out,
            "lost: shard 3: it does not say that it was ever installed; 0 subscribers are found in "
            "it\n"
            "1 of 16 shards: their subscribers, preferences and push tokens but for those found\n");
  EXPECT_EQ(e.err,
            "nothing was changed: to accept this say --all, or --shard N for each of them\n");
  EXPECT_EQ(console.ask({"EXISTS", "{s003}:gen"}), "0");
}

TEST_F(accept_loss, of_a_shard_that_is_whole_is_refused) {
  place.start();
  ASSERT_EQ(place.stop(), 0);
  console.remove_all("{s003}:");
  const auto e = run({"--shard", "4"});
  EXPECT_EQ(e.status, 64);
  EXPECT_EQ(e.err, "nothing was changed: shard 4 is not lost\n");
}

TEST_F(accept_loss, of_one_shard_lets_the_program_start_and_its_readers_register_again) {
  place.start();
  place.publish();
  std::vector<phone> phones;
  for (int i = 0; i < 24; ++i) {
    phones.push_back(new_phone(platform::ios));
    enrol(place, phones.back());
  }
  ASSERT_EQ(place.stop(), 0);
  console.remove_all("{s003}:");
  console.remove_all("{s007}:");
  const auto part = run({"--shard", "3"});
  EXPECT_EQ(part.status, 0) << part.err;
  EXPECT_NE(part.out.find("accepted: shard 3; shard 7 left\n"), std::string::npos) << part.out;
  EXPECT_EQ(run({"--shard", "7"}).status, 0);
  place.start();
  std::size_t lost = 0;
  for (phone& p : phones) {
    const unsigned status = status_of_credential(place, p.credential);
    EXPECT_TRUE(status == 200 || status == 401) << status;
    if (status == 401) ++lost;
    // As an app does that meets a 401, and one that does not.
    enrol(place, p, p.credential);
    EXPECT_EQ(status_of_credential(place, p.credential), 200U);
  }
  EXPECT_LT(lost, phones.size());
}

TEST_F(accept_loss, of_everything_begins_anew) {
  place.start();
  place.publish();
  phone p = new_phone(platform::ios);
  enrol(place, p);
  ASSERT_EQ(place.stop(), 0);
  console.remove_all("{s");
  const auto all = run({"--all"});
  EXPECT_EQ(all.status, 0) << all.err;
  EXPECT_NE(all.out.find("16 of 16 shards"), std::string::npos) << all.out;
  EXPECT_NE(all.out.find("accepted: Paperboy can be started\n"), std::string::npos) << all.out;
  place.start();
  EXPECT_EQ(status_of_credential(place, p.credential), 401U);
  enrol(place, p, p.credential);
}

TEST(accept_loss_of_an_embedded_redis, is_refused_while_its_paperboy_runs_and_done_afterwards) {
  newsroom place;
  place.start();
  {
    redis_console console(place.data() / "redis.sock");
    console.ask({"FLUSHALL"});
  }
  const auto run = [&](const std::string& how) {
    program p({"accept-loss", "--config", place.configuration(), how}, place.errors());
    return p.wait(30s).value_or(-1);
  };
  EXPECT_EQ(run("--all"), 69);
  EXPECT_NE(place.said().find("is in use by another paperboy"), std::string::npos) << place.said();
  place.stop();
  EXPECT_EQ(run("--shard=3"), 64);
  EXPECT_NE(place.said().find("the loss can only be accepted as a whole"), std::string::npos);
  EXPECT_EQ(run("--all"), 0) << place.said();
  EXPECT_EQ(place.redis(), 0);
  place.start();
  place.publish();  // everything was lost
  phone p = new_phone(platform::ios);
  enrol(place, p);
  EXPECT_EQ(status_of_credential(place, p.credential), 200U);
}

}  // namespace
}  // namespace paperboy::service

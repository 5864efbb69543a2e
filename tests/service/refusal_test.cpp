// What the program does not start on, and what it goes on without.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "tests/adapters/http/raw_client.hpp"
#include "tests/adapters/redis/server.hpp"
#include "tests/service/eventually.hpp"
#include "tests/service/newsroom.hpp"
#include "tests/service/phone.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;
using redis::testing::private_server;

// The line on standard error of a start that ends with `status`.
std::string refusal(const private_server& server, int status) {
  newsroom_settings s;
  s.redis = "unix:" + (server.folder() / "redis.sock").native();
  newsroom place(s);
  program refused({"serve", "--config", place.configuration()}, place.errors());
  EXPECT_EQ(refused.wait(60s), status);
  EXPECT_EQ(refused.output(), "");
  return place.said();
}

TEST(serve, does_not_start_on_a_redis_that_evicts) {
  const private_server server{{"--maxmemory-policy", "allkeys-lru"}};
  EXPECT_NE(refusal(server, 69).find("set maxmemory-policy noeviction"), std::string::npos);
}

TEST(serve, does_not_start_on_a_replica) {
  const private_server server{{"--replicaof", "127.0.0.1 1"}};
  EXPECT_NE(refusal(server, 69).find("this Redis is a replica and takes no writes"),
            std::string::npos);
}

TEST(serve, goes_on_with_sixty_four_file_descriptors) {
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
  GTEST_SKIP() << "the sanitizer needs a descriptor to look at an object's type";
#endif
#endif
  newsroom place;
  place.start();
  place.publish();
  phone p = new_phone(platform::ios);
  enrol(place, p);
  const rlimit few{64, 64};
  ASSERT_EQ(::prlimit(place.child().pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  {
    std::vector<std::unique_ptr<http::testing::raw_client>> many;
    for (int i = 0; i < 100; ++i) {
      many.push_back(std::make_unique<http::testing::raw_client>(place.port()));
    }
    // Those that were let in are served, and Redis is still talked to.
    many.front()->send(fmt::format(
        "GET /v1/devices/self HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\r\n",
        p.credential));
    const auto answer = many.front()->receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200U);
    EXPECT_TRUE(eventually(20s, [&] {
      return place.said().find("cannot accept a connection") != std::string::npos;
    })) << place.state();
  }
  EXPECT_TRUE(eventually(20s, [&] {
    const auto answer = place.api().try_send({"GET", "/v1/devices/self", p.credential});
    return answer && answer->status == 200;
  })) << place.state();
  EXPECT_FALSE(place.child().wait(0s));
}

TEST(serve, goes_on_when_its_log_cannot_be_written) {
  newsroom place;
  place.start_with_errors_in("/dev/full");
  place.publish();
  phone p = new_phone(platform::ios);
  enrol(place, p);
  ::kill(place.redis(), SIGKILL);  // something to say
  EXPECT_TRUE(eventually(20s, [&] {
    const auto answer = place.api().try_send(registration_of(new_phone(platform::android)));
    return answer && answer->status == 201;
  }));
  EXPECT_EQ(status_of_credential(place, p.credential), 200U);
  EXPECT_EQ(place.stop(), 0);
}

}  // namespace
}  // namespace paperboy::service

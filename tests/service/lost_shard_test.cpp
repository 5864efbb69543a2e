// Redis loses data while the program serves: that is loud, nothing that touches it is answered as
// if it were there, and no run ends because of it.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iostream>
#include <stdexcept>
#include <unordered_set>

#include "core/domain/identifiers.hpp"
#include "tests/service/crowd.hpp"
#include "tests/service/eventually.hpp"
#include "tests/service/redis_console.hpp"
#include "tests/service/story.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 16;

std::uint32_t shard_of(const phone& p) {
  return parse_subscriber_id(p.subscriber_id).value().shard(shards);
}

std::string tag_of(std::uint32_t shard) {
  return fmt::format("{{s{:03}}}:", shard);
}

double number_of(newsroom& place, std::string_view metric) {
  const auto text = place.operators().send({"GET", "/metrics"}).body;
  const auto line = text.find(fmt::format("\n{} ", metric));
  if (line == std::string::npos) return -1;
  return std::stod(text.substr(line + metric.size() + 2));
}

void expect_503(newsroom& place, const api_request& r) {
  const auto answer = place.api().send(r);
  EXPECT_EQ(answer.status, 503U) << r.method << ' ' << r.target << ": " << answer.body;
  EXPECT_NE(answer.field("retry-after"), "");
  EXPECT_NE(answer.body.find("lost data"), std::string::npos) << answer.body;
}

TEST(an_emptied_redis, is_loud_and_answered_with_503) {
  newsroom place;
  place.start();
  place.publish();
  phone reader = new_phone(platform::ios);
  enrol(place, reader);
  EXPECT_EQ(place.operators().send({"GET", "/readyz"}).status, 200U);
  EXPECT_EQ(number_of(place, "paperboy_shard_regressed"), 0);

  redis_console console(place.data() / "redis.sock");
  console.ask({"FLUSHALL"});
  // At once, not when somebody looks the next time.
  expect_503(place, {"GET", "/v1/devices/self", reader.credential});
  expect_503(place, {"GET", "/v1/preferences", reader.credential});
  expect_503(place, {"PUT", std::string{app_path()} + "/items/item-1", std::string{api_key},
                     R"({"title":"T","url":"https://anewz.tv/1","topics":["politics"],)"
                     R"("language":"en","published_at":"2026-01-01T08:00:00Z"})"});
  expect_503(place, registration_of(new_phone(platform::android)));
  expect_503(place, {"GET", std::string{app_path()} + "/runs", std::string{api_key}});

  EXPECT_TRUE(eventually(10s, [&] { return number_of(place, "paperboy_shard_regressed") == 17; }));
  const auto ready = place.operators().send({"GET", "/readyz"});
  EXPECT_EQ(ready.status, 503U);
  EXPECT_NE(ready.body.find("SHARD_REGRESSED: Redis lost data that it held before: shards 0, 1"),
            std::string::npos)
      << ready.body;
  EXPECT_NE(place.said().find("error SHARD_REGRESSED: shard 15 lost data"), std::string::npos)
      << place.said();
  EXPECT_TRUE(console.list({"KEYS", "{s*}:gen"}).empty());  // nothing was made anew
}

// One of sixteen shards is emptied in the middle of a run.

struct lost_shard : disturbed_run {
  std::uint32_t shard = 0;
  std::size_t there = 0;             // devices in it
  std::size_t elsewhere_missed = 0;  // devices of others without a push
  unsigned reader_there = 0, reader_elsewhere = 0, readiness = 0, run_answer = 0;
  std::string run_state;  // in Redis
  int refused_start = 0;
  std::string refused_because;
  int accepted = -1;
};

lost_shard play_lost_shard() {
  lost_shard seen;
  seen.window = 16;
  crowd readers(600, seen.window);
  newsroom& place = readers.place();
  seen.shard = shard_of(readers.phones().front());
  readers.wait_until_taken(100);
  seen.taken_before = place.taken();
  redis_console console(place.data() / "redis.sock");
  console.remove_all(tag_of(seen.shard));
  const phone* elsewhere = nullptr;
  for (const auto& p : readers.phones()) {
    if (shard_of(p) == seen.shard) {
      ++seen.there;
    } else {
      elsewhere = &p;
    }
  }
  const auto missed = [&] {
    std::unordered_set<std::string> reached;
    for (const auto& push : place.pushes()) {
      if (push.taken) reached.insert(push.token);
    }
    std::size_t count = 0;
    for (const auto& p : readers.phones()) {
      count += shard_of(p) != seen.shard && !reached.contains(p.token) ? 1 : 0;
    }
    return count;
  };
  eventually(60s, [&] { return missed() == 0; });
  seen.elsewhere_missed = missed();
  seen.reader_there = status_of_credential(place, readers.phones().front().credential);
  seen.reader_elsewhere = status_of_credential(place, elsewhere->credential);
  seen.readiness = place.operators().send({"GET", "/readyz"}).status;
  // The others have reported; the run waits.
  const auto run = console.list({"SMEMBERS", "{a:anewz}:running"});
  if (run.size() != 1) throw std::runtime_error("the run is not under way any more");
  eventually(20s, [&] {
    return std::stoul(console.ask({"HLEN", "{a:anewz}:run:" + run.front()})) >= 5 + 2 * shards - 1;
  });
  seen.run_state = console.ask({"HGET", "{a:anewz}:run:" + run.front(), "state"});
  seen.run_answer =
      place.api()
          .send({"GET", fmt::format("{}/runs/{}", app_path(), run.front()), std::string{api_key}})
          .status;
  place.stop();
  program refused({"serve", "--config", place.configuration()}, place.errors());
  seen.refused_start = refused.wait(30s).value_or(-1);
  program accept({"accept-loss", "--config", place.configuration(), "--shard",
                  std::to_string(seen.shard)},
                 place.errors());
  seen.accepted = accept.wait(30s).value_or(-1);
  place.start();
  readers.finish(seen);
  return seen;
}

const story<lost_shard> emptied{"an_emptied_shard", play_lost_shard};

TEST(an_emptied_shard, does_not_keep_the_others_from_being_served) {
  const auto& seen = emptied.outcome();
  EXPECT_GT(seen.there, 0U);
  EXPECT_EQ(seen.elsewhere_missed, 0U);
  EXPECT_EQ(seen.reader_elsewhere, 200U);
}

TEST(an_emptied_shard, is_answered_with_503_and_makes_the_program_not_ready) {
  const auto& seen = emptied.outcome();
  EXPECT_EQ(seen.reader_there, 503U);
  EXPECT_EQ(seen.readiness, 503U);
  EXPECT_EQ(seen.run_answer, 503U);
}

TEST(an_emptied_shard, keeps_its_run_from_being_done) {
  EXPECT_EQ(emptied.outcome().run_state, "running");
}

TEST(an_emptied_shard, is_refused_at_the_next_start_until_its_loss_is_accepted) {
  const auto& seen = emptied.outcome();
  EXPECT_EQ(seen.refused_start, 69);
  EXPECT_EQ(seen.accepted, 0);
  EXPECT_EQ(seen.run.state, "done") << seen.run.text();
  EXPECT_EQ(seen.run.eligible, seen.devices - seen.there) << seen.run.text();
  std::cout << fmt::format(
      "an emptied shard: {} of {} devices in it, {} others without a push, the run {} until the "
      "loss was accepted\n",
      seen.there, seen.devices, seen.elsewhere_missed, seen.run_state);
}

}  // namespace
}  // namespace paperboy::service

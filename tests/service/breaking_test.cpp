// Breaking news: to whom it goes, when, and what it leaves to the digest.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/domain/text_time.hpp"
#include "core/wall_time.hpp"
#include "tests/service/crowd.hpp"
#include "tests/service/eventually.hpp"
#include "tests/service/story.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;

void put_topic(newsroom& place, std::string_view key, std::string_view by_default) {
  place.api().ask({"PUT", fmt::format("{}/topics/{}", app_path(), key), std::string{api_key},
                   fmt::format(R"({{"names":{{"en":"{}"}},"default":"{}"}})", key, by_default)},
                  201);
}

std::vector<simulators::received_push> pushes_to(newsroom& place, const phone& p,
                                                 std::string_view kind) {
  std::vector<simulators::received_push> theirs;
  const std::string mark = fmt::format("kind\":\"{}\"", kind);
  for (auto& push : place.pushes()) {
    if (push.token == p.token && push.payload.find(mark) != std::string::npos) {
      theirs.push_back(std::move(push));
    }
  }
  return theirs;
}

// One newsroom, a night of readers, one piece of news, and the digest after it.

struct news {
  std::map<std::string, phone> phones;
  run_view run;
  std::map<std::string, std::vector<simulators::received_push>> at_once, digest;
  std::map<std::string, std::vector<std::string>> told;  // item ids of the digest
  std::string repeated_run, run_id;
  unsigned other_body = 0;
  instant asked{}, slot{};
};

class player {
 public:
  news play() {
    place_.start();
    place_.publish();
    put_topic(place_, "breaking", "off");
    seen_.slot = slot_after(12s);
    enrol_readers();
    publish_quake();
    send();
    const auto until_slot = std::chrono::ceil<std::chrono::seconds>(seen_.slot - now_wall());
    seen_.run = run_in_state(place_, seen_.run_id, "done", until_slot + 30s);
    run_watch(place_, seen_.slot).until_done(60s);
    for (const auto& [role, p] : seen_.phones) {
      seen_.at_once[role] = pushes_to(place_, p, "notification");
      seen_.digest[role] = pushes_to(place_, p, "digest");
      open_edition(role, p);
    }
    return std::move(seen_);
  }

 private:
  void add(const std::string& role, std::string topics, const std::string& patch = {},
           platform system = platform::ios) {
    phone p = new_phone(system);
    p.topics = std::move(topics);
    enrol(place_, p);
    if (!patch.empty()) prefer(place_, p, patch);
    prefer(place_, p, time_patch(p, seen_.slot));
    seen_.phones[role] = p;
  }

  // Quiet from an hour ago until the slot, or an hour past it.
  std::string quiet(std::string_view action, std::chrono::minutes beyond) const {
    const auto at = [](instant when) {
      return format_time_of_day(std::chrono::floor<std::chrono::minutes>(zone::utc().at(when).time));
    };
    return fmt::format(R"({{"quiet_hours":{{"start":"{}","end":"{}","action":"{}"}}}})",
                       at(seen_.slot - 1h), at(seen_.slot + beyond), action);
  }

  void enrol_readers() {
    const std::string instant_and_politics = R"({"breaking":"instant","politics":"digest"})";
    add("instant", instant_and_politics);
    add("instant android", instant_and_politics, {}, platform::android);
    add("both", R"({"breaking":"both"})");
    add("digest only", R"({"breaking":"digest"})");
    add("not interested", R"({"politics":"digest"})");
    add("muted", instant_and_politics,
        fmt::format(R"({{"mute_until":"{}"}})", format_instant(seen_.slot + 1h)));
    add("dropped", instant_and_politics, quiet("drop", 60min));
    add("held", instant_and_politics, quiet("hold", 0min));
    add("folded", instant_and_politics, quiet("fold", 60min));
  }

  void publish_quake() {
    place_.api().ask(
        {"PUT", fmt::format("{}/items/quake", app_path()), std::string{api_key},
         fmt::format(R"({{"title":"Quake near the coast","url":"https://anewz.tv/quake",)"
                     R"("topics":["breaking"],"language":"en","published_at":"{}"}})",
                     format_instant(now_wall() - 1min))},
        201);
  }

  void send() {
    const std::string order =
        R"({"audience":{"topics":["breaking"]},"title":{"en":"Quake"},"item_id":"quake",)"
        R"("url":"https://anewz.tv/quake","time_to_live":"PT2H"})";
    seen_.asked = now_wall();
    seen_.run_id = post_notification(place_, "quake-1", order);
    seen_.repeated_run = post_notification(place_, "quake-1", order);
    seen_.other_body =
        place_.api()
            .send({"POST", fmt::format("{}/notifications", app_path()), std::string{api_key},
                   R"({"audience":{"topics":["breaking"]},"title":{"en":"Another"}})",
                   "application/json", "quake-1"})
            .status;
  }

  void open_edition(const std::string& role, const phone& p) {
    static const std::regex id{R"re("(?:paperboy_)?edition":"([^"]+)")re"};
    std::smatch found;
    const auto& pushes = seen_.digest[role];
    if (pushes.empty() || !std::regex_search(pushes[0].payload, found, id)) return;
    const auto edition =
        place_.api().ask({"GET", "/v1/editions/" + found[1].str(), p.credential}, 200);
    for (const auto& item : edition.at("items").as_array()) {
      seen_.told[role].push_back(text_of(item, "id"));
    }
  }

  newsroom place_;
  news seen_;
};

news play_news() { return player{}.play(); }

const story<news> quake{"breaking_news", play_news};

const news& seen() { return quake.outcome(); }

TEST(breaking_news, reaches_at_once_who_wants_the_topic_at_once) {
  for (const char* role : {"instant", "instant android", "both"}) {
    ASSERT_EQ(seen().at_once.at(role).size(), 1U) << role;
    EXPECT_TRUE(seen().at_once.at(role)[0].taken) << role;
    EXPECT_TRUE(seen().at_once.at(role)[0].sounds) << role;
    EXPECT_LT(seen().at_once.at(role)[0].at - seen().asked, 5s) << role;
  }
}

TEST(breaking_news, reaches_nobody_else) {
  for (const char* role : {"digest only", "not interested", "muted", "dropped", "folded"}) {
    EXPECT_TRUE(seen().at_once.at(role).empty()) << role;
  }
}

TEST(breaking_news, waits_for_the_end_of_quiet_hours_that_hold) {
  ASSERT_EQ(seen().at_once.at("held").size(), 1U);
  EXPECT_GE(seen().at_once.at("held")[0].at, seen().slot);
}

TEST(breaking_news, counts_its_audience_and_says_why_somebody_got_nothing) {
  const auto& run = seen().run;
  EXPECT_TRUE(run.balanced()) << run.text();
  EXPECT_EQ(run.eligible, 7U) << run.text();
  EXPECT_EQ(run.accepted, 4U) << run.text();
  EXPECT_EQ(run.skipped,
            (std::map<std::string, std::uint64_t>{{"folded", 1}, {"muted", 1}, {"quiet_hours", 1}}))
      << run.text();
}

TEST(breaking_news, is_told_once_however_often_it_is_asked_for) {
  EXPECT_EQ(seen().repeated_run, seen().run_id);
  EXPECT_EQ(seen().other_body, 422U);
}

TEST(breaking_news, is_not_told_again_by_the_digest_of_who_had_it) {
  const auto has_quake = [](const std::string& role) {
    const auto& items = seen().told.contains(role) ? seen().told.at(role)
                                                   : std::vector<std::string>{};
    return std::find(items.begin(), items.end(), "quake") != items.end();
  };
  EXPECT_FALSE(has_quake("both"));
  EXPECT_FALSE(has_quake("instant"));
  EXPECT_TRUE(has_quake("digest only"));
}

TEST(breaking_news, is_the_first_item_of_the_digest_into_which_quiet_hours_fold_it) {
  ASSERT_EQ(seen().digest.at("folded").size(), 1U);
  ASSERT_FALSE(seen().told.at("folded").empty());
  EXPECT_EQ(seen().told.at("folded")[0], "quake");
}

// Steering, and the lane of its own, beside a digest that takes its time.

struct steered {
  run_view paused, resumed, cancelled, digest;
  std::uint64_t taken_when_paused = 0, taken_later = 0;
  std::chrono::milliseconds first_push{};
  std::size_t waiting = 0;  // of the digest, when the news was asked for
};

std::vector<simulators::received_push> pushes_of_kind(newsroom& place, std::string_view kind) {
  const std::string mark = fmt::format("kind\":\"{}\"", kind);
  auto pushes = place.pushes();
  std::erase_if(pushes, [&mark](const auto& p) {
    return !p.taken || p.payload.find(mark) == std::string::npos;
  });
  return pushes;
}

std::uint64_t taken_of_kind(newsroom& place, std::string_view kind) {
  return pushes_of_kind(place, kind).size();
}

std::string digest_of(newsroom& place) {
  const auto runs = place.api().ask(
      {"GET", fmt::format("{}/runs?kind=digest&limit=1", app_path()), std::string{api_key}}, 200);
  return text_of(runs.at("runs").as_array().at(0), "run_id");
}

run_view steer(newsroom& place, const std::string& run, std::string_view how) {
  place.api().ask({"POST", fmt::format("{}/runs/{}/{}", app_path(), run, how),
                   std::string{api_key}},
                  200);
  return find_run(place, run);
}

steered play_steering() {
  steered seen;
  crowd readers(400, 10);
  newsroom& place = readers.place();
  put_topic(place, "all", "instant");
  readers.wait_until_taken(20);
  const std::string digest = digest_of(place);

  // One reader is told at once, however many digests wait.
  seen.waiting = find_run(place, digest).pending;
  const auto asked = std::chrono::system_clock::now();
  tell(place, "one", readers.phones()[0]);
  if (!eventually(30s, [&] { return taken_of_kind(place, "notification") == 1; })) {
    throw std::runtime_error("no breaking news came; " + place.state());
  }
  // When the gateway had it, not when this asked for it.
  const auto arrived = pushes_of_kind(place, "notification").front().at;
  seen.first_push = std::chrono::ceil<std::chrono::milliseconds>(arrived - asked);

  seen.paused = steer(place, digest, "pause");
  // What was under way when the order came is still answered.
  std::uint64_t before = 0;
  eventually(10s, [&] {
    return std::exchange(before, taken_of_kind(place, "digest")) == before && before != 0;
  });
  eventually(2s, [] { return false; });
  seen.taken_when_paused = taken_of_kind(place, "digest");
  eventually(2s, [] { return false; });
  seen.taken_later = taken_of_kind(place, "digest");
  seen.resumed = steer(place, digest, "resume");
  eventually(30s, [&] { return taken_of_kind(place, "digest") > seen.taken_later + 20; });
  seen.cancelled = steer(place, digest, "cancel");
  if (!eventually(60s, [&] { return find_run(place, digest).pending == 0; })) {
    throw std::runtime_error("a cancelled run does not end; " + find_run(place, digest).text());
  }
  seen.digest = find_run(place, digest);
  return seen;
}

const story<steered> steering{"a_steered_run", play_steering};

TEST(a_steered_run, is_overtaken_by_breaking_news_within_a_second) {
  const auto& seen = steering.outcome();
  EXPECT_GT(seen.waiting, 100U);
  RecordProperty("milliseconds_to_the_first_push", std::to_string(seen.first_push.count()));
  EXPECT_LE(seen.first_push, under_a_sanitizer ? 5s : 1s);
}

TEST(a_steered_run, sends_nothing_while_it_is_paused) {
  const auto& seen = steering.outcome();
  EXPECT_EQ(seen.paused.state, "paused");
  EXPECT_EQ(seen.taken_later, seen.taken_when_paused);
  EXPECT_GT(seen.paused.pending, 0U);
}

TEST(a_steered_run, goes_on_when_it_is_resumed) {
  const auto& seen = steering.outcome();
  EXPECT_EQ(seen.resumed.state, "running");
  EXPECT_GT(seen.digest.accepted, seen.taken_later);
}

TEST(a_steered_run, skips_whoever_is_left_when_it_is_cancelled) {
  const auto& seen = steering.outcome();
  EXPECT_EQ(seen.cancelled.state, "cancelled");
  EXPECT_EQ(seen.digest.state, "cancelled");
  EXPECT_TRUE(seen.digest.balanced()) << seen.digest.text();
  EXPECT_GT(seen.digest.skipped.at("cancelled"), 0U) << seen.digest.text();
  EXPECT_EQ(seen.digest.eligible, 400U);
}

}  // namespace
}  // namespace paperboy::service

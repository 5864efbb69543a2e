// The program ends by itself at each named point of its work, once, and is started again.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <future>
#include <iostream>
#include <set>
#include <stdexcept>
#include <string>

#include "core/kill_points.hpp"
#include "core/wall_time.hpp"
#include "tests/service/crowd.hpp"
#include "tests/service/eventually.hpp"
#include "tests/service/story.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;
using simulators::gateway_name;

constexpr std::size_t window = 16;
constexpr int status_of_abort = 128 + SIGABRT;

struct ending {
  std::string point;
  int status = 0;      // of the program that was to end there
  bool there = false;  // and did, as it said
  run_view run{};
  push_tally tally{};
  std::size_t kills = 1;
};

variables ending_at(const std::string& order) { return {{kill_point_variable, order}}; }

std::string point_of(const std::string& order) { return order.substr(0, order.find(':')); }

void wait_for_the_end(newsroom& place, ending& seen, std::chrono::seconds limit) {
  seen.status = place.child().wait(limit).value_or(0);
  seen.there = place.said().find("kill point " + seen.point + '\n') != std::string::npos;
}

// A digest run. All of these fall due together.

ending play_digest(const std::string& order) {
  ending seen{.point = point_of(order)};
  crowd_settings s{.devices = 120, .window = window, .workers = 2};
  s.environment = ending_at(order);
  crowd readers(s);
  const auto until_slot = std::chrono::ceil<std::chrono::seconds>(readers.slot() - now_wall());
  wait_for_the_end(readers.place(), seen, until_slot + s.run_limit);
  readers.place().start();
  disturbed_run run;
  readers.finish(run);
  seen.run = run.run;
  seen.tally = run.tally;
  return seen;
}

const std::vector<std::string> in_a_digest_run{
    "before_run_start", "after_run_start",  "after_freeze",   "after_open_shard:3",
    "after_open_noted:3", "after_send:30",  "before_commit:2", "after_commit:2",
    "after_finish:4",   "before_report:2"};

// Breaking news, which waits for no slot: one piece after another in one newsroom.

enum class meant : std::uint8_t { everybody, listed };

struct piece {
  std::string order;
  meant whom = meant::everybody;
  std::string fault{};         // of the gateways until the program has ended
  bool told_to_stop = false;   // the point is on the way out
  unsigned kills_before = 0;   // so that blocks have lost holders
};

// A run of some seconds: it is not over before it is seen to have begun.
const std::string at_leisure = "delay=500ms";

const std::vector<std::vector<piece>> in_news{
    {{"before_enter"},
     {"after_run_item"},
     {"before_open_news"},
     {"after_open_news_shard:3"},
     {"before_news_opened"},
     {"before_claim:3"},
     {"after_read:3"},
     {"before_send:25"},
     {"before_finish:3"}},
    {{"after_enter"},
     {"after_news_listed:4", meant::listed},
     {"after_open_news_noted:3", meant::listed},
     {"after_news_opened"},
     {"after_claim:3"},
     {"after_answer:25"},
     {"after_report:3"},
     {"before_release", meant::everybody, at_leisure, true},
     {"after_release", meant::everybody, at_leisure, true}},
    {{"before_forget", meant::everybody, "BadDeviceToken,gateway=apns,times=2"},
     {"after_forget", meant::everybody, "BadDeviceToken,gateway=apns,times=2"}},
    {{"before_note", meant::everybody, {}, false, 2},
     {"after_note", meant::everybody, {}, false, 2}}};

// An entry that its holder vanished with comes back after a lease and the limit of an answer: these
// take half a minute each, side by side.
const std::vector<std::string> in_retries{
    "before_retry_claim:2", "after_retry_claim",     "before_retry_send:3",
    "after_retry_send:3",   "before_retry_settle:2", "after_retry_settle:2"};

class news_place {
 public:
  explicit news_place(unsigned shards, std::size_t readers) : place_(settings(shards)) {
    place_.start();
    place_.api().ask({"PUT", fmt::format("{}/topics/all", app_path()), std::string{api_key},
                      R"({"names":{"en":"all"},"default":"instant"})"},
                     201);
    std::vector<api_request> requests;
    for (std::size_t i = 0; i < readers; ++i) {
      phones_.push_back(new_phone(i % 2 == 0 ? platform::ios : platform::android));
      phones_.back().topics = "{}";
      requests.push_back(registration_of(phones_.back()));
    }
    const auto answers = place_.api().send_all(requests);
    for (std::size_t i = 0; i < readers; ++i) take_registration(phones_[i], answers[i]);
  }

  ending play(const piece& p) {
    ending seen{.point = point_of(p.order)};
    seen.kills += p.kills_before;
    order_ = p;
    place_.stop();
    place_.gateways().call([&](auto& g) { g.forget_received(); });
    if (!p.fault.empty()) place_.add_fault(p.fault);
    for (unsigned i = 0; i < p.kills_before; ++i) {
      ending before{.point = "after_send"};
      end_at("after_send:5", before);
      // Until the lease has run out, so that the next start takes the block over.
      eventually(3s, [] { return false; });
    }
    end_at(p.order, seen);
    place_.gateways().call([](auto& g) { g.clear_faults(); });
    place_.start();
    const std::string run = ask();
    seen.run = run_in_state(place_, run, "done", 120s);
    seen.tally = tally_of(phones_, place_.pushes());
    return seen;
  }

 private:
  static newsroom_settings settings(unsigned shards) {
    newsroom_settings s;
    s.shards = shards;
    s.workers = 2;
    s.delivery = fmt::format("spread = \"0s\"\nlease = \"2s\"\nwindow = {}\n", window);
    s.gateway_latency = 50ms;
    // No digest comes between.
    s.digest_time = format_hour(now_wall() + 12h);
    return s;
  }
  static std::string format_hour(instant at) {
    const auto hour = std::chrono::floor<std::chrono::hours>(at.time_since_epoch()) % 24h;
    return fmt::format("{:02}:00", std::chrono::duration_cast<std::chrono::hours>(hour).count());
  }

  api_request request() const {
    std::string audience = R"({"topics":["all"]})";
    if (order_.whom == meant::listed) {
      audience = R"({"subscriber_ids":[)";
      for (const auto& p : phones_) audience += fmt::format(R"("{}",)", p.subscriber_id);
      audience.back() = ']';
      audience += '}';
    }
    return {"POST", fmt::format("{}/notifications", app_path()), std::string{api_key},
            fmt::format(R"({{"audience":{},"title":{{"en":"News"}},"url":"https://anewz.tv/n"}})",
                        audience),
            "application/json", order_.order};
  }
  // The newsroom repeats a request until it is answered: it is one run.
  std::string ask() { return text_of(place_.api().ask(request(), 202), "run_id"); }

  void end_at(const std::string& order, ending& seen) {
    const auto taken_before = place_.taken();
    try {
      place_.start(ending_at(order));
      place_.api().try_send(request());
    } catch (const std::runtime_error&) {
      // With a run under way it may get there before it says that it is ready.
      if (place_.child().wait(0s) != status_of_abort) throw;
    }
    if (order_.told_to_stop) {
      eventually(30s, [&] { return place_.taken() > taken_before + window; });
      place_.child().signal(SIGTERM);
    }
    wait_for_the_end(place_, seen, 30s);
  }

  newsroom place_;
  std::vector<phone> phones_;
  piece order_;
};

using endings = std::vector<ending>;

// What is thrown says which of the plays it was.
template <class Play>
ending named(const std::string& order, Play play) {
  try {
    return play();
  } catch (const std::exception& e) {
    throw std::runtime_error(fmt::format("{}: {}", order, e.what()));
  }
}

endings play_pieces(const std::vector<piece>& pieces) {
  const bool careful = pieces[0].kills_before > 0;
  news_place place(careful ? 1 : 16, careful ? 40 : 120);
  endings all;
  for (const auto& p : pieces) all.push_back(named(p.order, [&] { return place.play(p); }));
  return all;
}

endings play_retry(const std::string& order) {
  return play_pieces(
      {{order, meant::everybody, "UNAVAILABLE,gateway=fcm,times=8,retry-after=1"}});
}

// For those that are not played alone: all of them, side by side.
endings play_all() {
  std::vector<std::future<endings>> under_way;
  for (const auto& order : in_a_digest_run) {
    under_way.push_back(std::async(std::launch::async, [&] {
      return endings{named(order, [&] { return play_digest(order); })};
    }));
  }
  for (const auto& pieces : in_news) {
    under_way.push_back(std::async(std::launch::async, [&] { return play_pieces(pieces); }));
  }
  for (const auto& order : in_retries) {
    under_way.push_back(std::async(std::launch::async, [&] { return play_retry(order); }));
  }
  endings all;
  for (auto& one : under_way) {
    for (auto& e : one.get()) all.push_back(std::move(e));
  }
  return all;
}

const story<endings> killed{"a_kill_point",
                            kill_points_are_on ? play_all : [] { return endings{}; }};

class a_kill_point : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!kill_points_are_on) GTEST_SKIP() << "built without PAPERBOY_KILL_POINTS";
  }
};

TEST_F(a_kill_point, is_reached_each_of_them) {
  std::set<std::string_view> reached;
  for (const auto& e : killed.outcome()) {
    EXPECT_TRUE(e.there && e.status == status_of_abort) << e.point << ": status " << e.status;
    if (e.there) reached.insert(e.point);
  }
  for (const auto name : kill_point_names) EXPECT_TRUE(reached.contains(name)) << name;
}

TEST_F(a_kill_point, loses_nobody) {
  for (const auto& e : killed.outcome()) {
    SCOPED_TRACE(e.point + ": " + e.run.text());
    EXPECT_EQ(e.run.state, "done");
    EXPECT_TRUE(e.run.balanced());
    const std::uint64_t dead = e.point.ends_with("_forget") ? 2 : 0;  // tokens
    EXPECT_EQ(e.run.accepted, e.run.eligible - dead);
    EXPECT_EQ(e.run.rejected, dead);
    EXPECT_EQ(e.tally.lost, dead);
  }
}

TEST_F(a_kill_point, repeats_at_most_a_window_without_a_sound) {
  std::size_t copies = 0, most = 0;
  for (const auto& e : killed.outcome()) {
    SCOPED_TRACE(e.point);
    EXPECT_LE(e.tally.copies, window * e.kills);
    EXPECT_EQ(e.tally.visible, std::vector<std::string>{});
    copies += e.tally.copies;
    most = std::max(most, e.tally.copies);
  }
  std::cout << fmt::format("kill points: {} plays over {} points, {} copies, at most {} in one\n",
                           killed.outcome().size(), kill_point_names.size(), copies, most);
}

}  // namespace
}  // namespace paperboy::service

// A gateway that fails, and one that declares every token dead, in the middle of a run.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <stdexcept>
#include <string>

#include "core/wall_time.hpp"
#include "tests/service/crowd.hpp"
#include "tests/service/eventually.hpp"
#include "tests/service/story.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;
using simulators::gateway_name;
using clock = std::chrono::steady_clock;

void break_fcm(newsroom& place, const std::string& how) {
  place.gateways().call([](auto& g) { g.clear_faults(); });
  if (!how.empty()) place.add_fault(how + ",gateway=fcm");
}

std::uint64_t asked_of(newsroom& place, gateway_name gateway) {
  return place.gateways().call([&](auto& g) { return g.counts(gateway).requests; });
}

// The value of the first line of /metrics that begins so; -1 without one.
double metric(newsroom& place, const std::string& begins) {
  const std::string text = place.operators().send({"GET", "/metrics"}).body;
  const auto at = text.find('\n' + begins);
  if (at == std::string::npos) return -1;
  const auto line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  return std::stod(line.substr(line.rfind(' ') + 1));
}

// 503 to three in ten, 429, 500 to everybody, and then as before.

struct phase {
  std::string name;
  std::uint64_t requests = 0;
  std::chrono::duration<double> took{};
};

struct outage : disturbed_run {
  std::vector<phase> phases;  // the first is before it
  std::uint64_t requests = 0;  // of the whole run, to FCM
  std::chrono::milliseconds to_the_end{};  // since it was healed
};

phase watch(newsroom& place, std::string name, std::chrono::milliseconds length) {
  phase p;
  p.name = std::move(name);
  const auto before = asked_of(place, gateway_name::fcm);
  const auto began = clock::now();
  eventually(60s, [&] { return clock::now() - began >= length; });
  p.took = clock::now() - began;
  p.requests = asked_of(place, gateway_name::fcm) - before;
  return p;
}

outage play_outage() {
  outage seen;
  seen.window = 12;
  crowd_settings s{.devices = under_a_sanitizer ? 2000U : 3000U, .window = seen.window};
  s.run_limit = 240s;
  crowd readers(s);
  newsroom& place = readers.place();
  readers.wait_until_taken(50);
  seen.phases.push_back(watch(place, "before", 2s));
  seen.taken_before = place.taken();
  break_fcm(place, "UNAVAILABLE,chance=0.3");
  seen.phases.push_back(watch(place, "30 % 503", 3s));
  break_fcm(place, "RATE_LIMIT_EXCEEDED,status=429,retry-after=2");
  seen.phases.push_back(watch(place, "429", 4s));
  break_fcm(place, "INTERNAL");
  seen.phases.push_back(watch(place, "500", 6s));
  break_fcm(place, {});
  const auto healed = clock::now();
  readers.finish(seen);
  seen.to_the_end = std::chrono::ceil<std::chrono::milliseconds>(clock::now() - healed);
  seen.requests = asked_of(place, gateway_name::fcm);
  return seen;
}

const story<outage> failing{"a_failing_gateway", play_outage};

TEST(a_failing_gateway, loses_and_repeats_nothing) {
  const auto& seen = failing.outcome();
  EXPECT_GT(seen.taken_before, 0U);
  EXPECT_LT(seen.taken_before, seen.devices);
  EXPECT_EQ(seen.run.state, "done") << seen.run.text();
  EXPECT_EQ(seen.run.accepted, seen.devices) << seen.run.text();
  EXPECT_EQ(seen.tally.lost, 0U);
  EXPECT_EQ(seen.tally.copies, 0U);
  EXPECT_EQ(seen.wrong_looks, std::vector<std::string>{});
}

TEST(a_failing_gateway, is_not_asked_more_than_usual) {
  const auto& seen = failing.outcome();
  const double usual = static_cast<double>(seen.phases[0].requests) / seen.phases[0].took.count();
  double requests = 0, seconds = 0;
  std::string text;
  for (const auto& p : seen.phases) {
    text += fmt::format("{}: {} requests in {:.1f} s; ", p.name, p.requests, p.took.count());
    if (&p == &seen.phases[0]) continue;
    requests += static_cast<double>(p.requests);
    seconds += p.took.count();
  }
  EXPECT_GT(usual, 0);
  EXPECT_LE(requests / seconds, 1.2 * usual) << text;
  std::cout << fmt::format(
      "a failing gateway: {}load during it {:.2f} of the usual, {} requests for {} devices, ended "
      "{} ms after it was healed, lost {}, copies {}\n",
      text, requests / seconds / usual, seen.requests, seen.devices / 2, seen.to_the_end.count(),
      seen.tally.lost, seen.tally.copies);
}

// A way to Apple that takes everything and brings nothing back.

constexpr auto way_out = faults::fault_proxy::way::to_target;
constexpr auto way_back = faults::fault_proxy::way::to_client;

struct black_hole : disturbed_run {
  double usual = 0, meanwhile = 0;  // pushes a second that Google's phones took
  std::chrono::milliseconds found{};  // until a connection was given up
};

double taken_a_second(newsroom& place, gateway_name gateway, std::chrono::milliseconds length) {
  const auto taken = [&] {
    return place.gateways().call([&](auto& g) { return g.counts(gateway).taken; });
  };
  const auto began = clock::now();
  const auto before = taken();
  eventually(60s, [&] { return clock::now() - began >= length; });
  return static_cast<double>(taken() - before) /
         std::chrono::duration<double>(clock::now() - began).count();
}

black_hole play_black_hole() {
  black_hole seen;
  seen.window = 16;
  crowd_settings s{.devices = under_a_sanitizer ? 3000U : 4400U, .window = seen.window};
  s.apns_through_proxy = true;
  s.run_limit = 240s;
  crowd readers(s);
  newsroom& place = readers.place();
  readers.wait_until_taken(150);
  seen.usual = taken_a_second(place, gateway_name::fcm, 3s);
  const std::string lost = R"(paperboy_gateway_connections_lost_total{app="anewz",gateway="apns"})";
  const double lost_before = metric(place, lost);
  seen.taken_before = place.taken();
  const auto began = clock::now();
  place.way_to_apns().swallow(way_out, true);
  place.way_to_apns().swallow(way_back, true);
  seen.meanwhile = taken_a_second(place, gateway_name::fcm, 8s);
  const bool found =
      eventually(60s, [&] { return metric(place, lost) > std::max(lost_before, 0.0); });
  if (!found) throw std::runtime_error("the black hole is not found; " + place.state());
  seen.found = std::chrono::ceil<std::chrono::milliseconds>(clock::now() - began);
  place.way_to_apns().cut();
  place.way_to_apns().swallow(way_out, false);
  place.way_to_apns().swallow(way_back, false);
  readers.finish(seen);
  return seen;
}

const story<black_hole> swallowing{"a_swallowing_gateway", play_black_hole};

TEST(a_swallowing_gateway, is_found_within_a_quarter_of_a_minute) {
  EXPECT_LE(swallowing.outcome().found, 20s);  // and some time for this machine
}

TEST(a_swallowing_gateway, does_not_slow_the_other_down) {
  const auto& seen = swallowing.outcome();
  EXPECT_GE(seen.meanwhile, 0.4 * seen.usual);  // alone on a machine: all of it
  std::cout << fmt::format(
      "a swallowing gateway: the other took {:.0f} pushes a second, usually {:.0f}; found after {} "
      "ms; lost {}, copies {}\n",
      seen.meanwhile, seen.usual, seen.found.count(), seen.tally.lost, seen.tally.copies);
}

TEST(a_swallowing_gateway, loses_nobody_and_repeats_at_most_the_window) {
  const auto& seen = swallowing.outcome();
  EXPECT_EQ(seen.run.state, "done") << seen.run.text();
  EXPECT_EQ(seen.run.accepted, seen.devices) << seen.run.text();
  EXPECT_EQ(seen.tally.lost, 0U);
  EXPECT_LE(seen.tally.copies, seen.window);
  EXPECT_EQ(seen.tally.visible, std::vector<std::string>{});
  EXPECT_EQ(seen.wrong_looks, std::vector<std::string>{});
}

// BadDeviceToken to everybody: a wrong environment, no dead phones.

struct mass_death : disturbed_run {
  double alarm = 0, alarm_of_the_other = 0;
  std::uint64_t google = 0;     // pushes that its phones took
};

mass_death play_mass_death() {
  mass_death seen;
  seen.window = 16;
  crowd_settings s{.devices = under_a_sanitizer ? 1000U : 1600U, .window = seen.window};
  s.run_limit = 240s;
  crowd readers(s);
  newsroom& place = readers.place();
  place.add_fault("BadDeviceToken,gateway=apns");
  readers.finish(seen);
  const auto alarm_of = [&](std::string_view gateway) {
    return metric(place, fmt::format(R"(paperboy_removals_stopped{{app="anewz",gateway="{}"}})",
                                     gateway));
  };
  seen.alarm = alarm_of("apns");
  seen.alarm_of_the_other = alarm_of("fcm");
  seen.google = place.gateways().call([](auto& g) { return g.counts(gateway_name::fcm).taken; });
  return seen;
}

const story<mass_death> death{"a_mass_of_dead_tokens", play_mass_death};

TEST(a_mass_of_dead_tokens, stops_their_removal_and_raises_an_alarm) {
  const auto& seen = death.outcome();
  const auto apple = seen.devices / 2;
  EXPECT_EQ(seen.alarm, 1);
  EXPECT_EQ(seen.run.rejected, apple) << seen.run.text();
  // What the first two hundred answers said, and those that were under way.
  EXPECT_LE(seen.run.devices_removed, 200 + seen.window) << seen.run.text();
  std::cout << fmt::format(
      "a mass of dead tokens: {} of {} removed, {} of {} of the other reached\n",
      seen.run.devices_removed, apple, seen.google, seen.devices - apple);
}

TEST(a_mass_of_dead_tokens, does_not_concern_the_other_gateway) {
  const auto& seen = death.outcome();
  EXPECT_EQ(seen.google, seen.devices / 2);
  EXPECT_EQ(seen.run.accepted, seen.devices / 2) << seen.run.text();
  EXPECT_LE(seen.alarm_of_the_other, 0);
  EXPECT_EQ(seen.run.state, "done");
  EXPECT_EQ(seen.wrong_looks, std::vector<std::string>{});
}

// A token that was registered again since the gateway last saw it dead.

TEST(a_token_declared_dead, is_kept_when_it_was_registered_since) {
  newsroom place;
  place.start();
  phone again = new_phone(platform::ios), gone = new_phone(platform::ios);
  again.topics = gone.topics = "{}";
  enrol(place, again);
  enrol(place, gone);
  const auto dead_since = [&](const phone& p, instant when) {
    place.add_fault(
        fmt::format("Unregistered,token={},timestamp={},times=1", p.token,
                    when.time_since_epoch().count()));
  };
  dead_since(again, now_wall() - 1h);
  dead_since(gone, now_wall() + 1min);
  EXPECT_EQ(run_in_state(place, tell(place, "1", again), "done", 30s).devices_removed, 0U);
  const auto second = run_in_state(place, tell(place, "2", gone), "done", 30s).id;
  EXPECT_TRUE(eventually(10s, [&] { return find_run(place, second).devices_removed == 1; }));
  EXPECT_EQ(run_in_state(place, tell(place, "3", again), "done", 30s).accepted, 1U);
  EXPECT_EQ(run_in_state(place, tell(place, "4", gone), "done", 30s).eligible, 0U);
}

}  // namespace
}  // namespace paperboy::service

// A run in whose midst Apple refuses the key.

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string>

#include "tests/service/crowd.hpp"
#include "tests/service/eventually.hpp"
#include "tests/service/story.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;
using simulators::gateway_name;

constexpr std::size_t everybody = 600;  // half of them on each platform
constexpr std::size_t window = 16;

struct refused_key : disturbed_run {
  std::size_t refusals_before_alarm = 0;  // answers until the circuit was open, those under way too
  std::size_t refusals = 0;               // until the key was good again
  std::uint64_t apple_before = 0, apple_meanwhile = 0;  // pushes that phones took
  std::uint64_t google_meanwhile = 0;
  run_view while_refused;
  std::string alarm_while_refused, alarm_afterwards;  // the metric's line
  std::size_t error_lines = 0;
};

std::string alarm_of(newsroom& place) {
  const std::string& ready = place.ready_line();
  const auto colon = ready.rfind(':', ready.find(' ', ready.find("operator=")));
  std::uint16_t port = 0;
  std::from_chars(ready.data() + colon + 1, ready.data() + ready.size(), port);
  api_client operator_side(port);
  const std::string text = operator_side.send({"GET", "/metrics"}).body;
  const auto at = text.find("\npaperboy_circuit_open{");
  return at == std::string::npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

std::uint64_t taken_by(newsroom& place, gateway_name gateway) {
  return place.gateways().call([&](auto& g) { return g.counts(gateway).taken; });
}

std::size_t refusals_at(newsroom& place) {
  return place.gateways().call([](auto& g) {
    const auto counts = g.counts(gateway_name::apns);
    const auto found = counts.by_reason.find("InvalidProviderToken");
    return found == counts.by_reason.end() ? 0 : found->second;
  });
}

std::size_t occurrences(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

refused_key play_refused_key() {
  refused_key seen;
  seen.window = window;
  crowd readers(everybody, window);
  readers.wait_until_taken(150);
  newsroom& place = readers.place();
  simulators::fault refusal;
  refusal.gateway = gateway_name::apns;
  refusal.reason = "InvalidProviderToken";
  place.gateways().call([&](auto& g) { g.add_fault(refusal); });
  seen.apple_before = taken_by(place, gateway_name::apns);
  seen.taken_before = place.taken();
  if (!eventually(20s, [&] { return alarm_of(place).ends_with(" 1"); })) {
    throw std::runtime_error("no alarm was raised; " + place.state());
  }
  seen.refusals_before_alarm = refusals_at(place);
  if (!eventually(20s, [&] { return taken_by(place, gateway_name::fcm) == everybody / 2; })) {
    throw std::runtime_error("the other gateway stands still; " + place.state());
  }
  seen.alarm_while_refused = alarm_of(place);
  // A connection that was kept meanwhile may have been closed: that is no look.
  const bool looked = eventually(10s, [&] {
    seen.while_refused = readers.look();
    return seen.while_refused.eligible > 0;
  });
  if (!looked) throw std::runtime_error("the run cannot be seen; " + place.state());
  seen.refusals = refusals_at(place);
  seen.apple_meanwhile = taken_by(place, gateway_name::apns);
  seen.google_meanwhile = taken_by(place, gateway_name::fcm);

  place.gateways().call([](auto& g) { g.clear_faults(); });
  place.child().signal(SIGHUP);
  readers.finish(seen);
  seen.alarm_afterwards = alarm_of(place);
  seen.error_lines = occurrences(place.said(), "refuses the credential (");
  return seen;
}

const story<refused_key> refused{"a_refused_key", play_refused_key};

TEST(a_refused_key, stops_pushes_after_three_refusals_and_what_is_under_way) {
  const auto& seen = refused.outcome();
  EXPECT_GE(seen.refusals_before_alarm, 3U);
  EXPECT_LE(seen.refusals, 2 + window);
  RecordProperty("refusals", std::to_string(seen.refusals));
}

TEST(a_refused_key, marks_nobody) {
  const auto& seen = refused.outcome();
  const run_view& run = seen.while_refused;
  EXPECT_EQ(run.rejected + run.expired, 0U) << run.text();
  EXPECT_LE(run.accepted, seen.apple_meanwhile + seen.google_meanwhile) << run.text();
  EXPECT_GE(run.pending, everybody / 2 - seen.apple_meanwhile) << run.text();
  EXPECT_LT(seen.apple_meanwhile, everybody / 2);
}

TEST(a_refused_key, does_not_hold_up_the_other_gateway) {
  EXPECT_EQ(refused.outcome().google_meanwhile, everybody / 2);
}

TEST(a_refused_key, raises_an_alarm_and_says_once_what_to_do) {
  const auto& seen = refused.outcome();
  EXPECT_EQ(seen.alarm_while_refused,
            R"(paperboy_circuit_open{app="anewz",gateway="apns",reason="credential"} 1)");
  EXPECT_EQ(seen.alarm_afterwards,
            R"(paperboy_circuit_open{app="anewz",gateway="apns",reason="credential"} 0)");
  EXPECT_EQ(seen.error_lines, 1U);
}

TEST(a_refused_key, loses_nobody_once_another_is_there) {
  const auto& seen = refused.outcome();
  EXPECT_EQ(seen.run.state, "done") << seen.run.text();
  EXPECT_EQ(seen.run.accepted, everybody) << seen.run.text();
  EXPECT_EQ(seen.tally.lost, 0U);
  EXPECT_EQ(seen.tally.copies, 0U);
  EXPECT_EQ(seen.wrong_looks, std::vector<std::string>{});
}

}  // namespace
}  // namespace paperboy::service

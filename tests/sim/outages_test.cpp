// Minutes in which one gateway fails: how much it is asked meanwhile, and when all have their push.

#include <gtest/gtest.h>

#include <iostream>

#include "tests/core/fakes/said.hpp"
#include "tests/sim/morning.hpp"

namespace paperboy::sim {
namespace {

using namespace std::chrono_literals;
using paperboy::testing::said;

const gateway_world::line google{"app1", platform::android};

struct outage {
  std::chrono::seconds lasts;
  std::function<std::optional<gateway_answer>(std::uint64_t n)> answer;  // of the n-th request
};

struct played {
  std::size_t asked = 0;             // from the beginning of the outage to its end
  std::chrono::milliseconds last{};  // push taken, after the beginning
  std::set<std::string> reached;     // tokens
  std::size_t pushes = 0;
};

played play(const std::optional<outage>& of) {
  morning m;
  const instant from = morning::slot + 500ms;
  m.play_until(from);
  if (of) {
    m.gateways().refuse([answer = of->answer, n = std::uint64_t{0}](
                            const gateway_world::request& r) mutable {
      return r.to == google ? answer(n++) : std::nullopt;
    });
    m.play_until(from + of->lasts);
    m.gateways().refuse({});
    m.play_until(from + 2 * of->lasts + 10min);
  } else {
    m.play_until(from + 60s);
  }
  played seen;
  const instant until = of ? from + of->lasts : from + 60s;
  seen.asked = static_cast<std::size_t>(std::ranges::count_if(
      m.gateways().asked(google), [&](instant at) { return at >= from && at < until; }));
  for (const taken_push& p : m.gateways().taken()) {
    if (p.app != google.first || p.system != google.second) continue;
    seen.reached.insert(p.token);
    ++seen.pushes;
    seen.last = std::max(seen.last, p.at - from);
  }
  return seen;
}

const played& usual() {
  static const played all = play({});
  return all;
}

void expect_little_and_soon(const char* what, const outage& of) {
  const played seen = play(of);
  std::cout << fmt::format(
      "an outage, {} for {} s: asked {} times meanwhile, usually {}; the last push {:.0f} s after the outage "
      "began, usually {:.0f} s after; {} of {} reached, {} copies\n",
      what, of.lasts.count(), seen.asked, usual().asked,
      std::chrono::duration<double>(seen.last).count(),
      std::chrono::duration<double>(usual().last).count(), seen.reached.size(),
      usual().reached.size(), seen.pushes - seen.reached.size());
  EXPECT_GT(usual().reached.size(), 300U);
  EXPECT_LE(static_cast<double>(seen.asked), 1.2 * static_cast<double>(usual().asked));
  EXPECT_EQ(seen.reached, usual().reached);
  EXPECT_EQ(seen.pushes, seen.reached.size());
  // FCM is never asked again within ten seconds, and what is over the budget waits for up to 45.
  EXPECT_LE(seen.last, of.lasts + std::max(of.lasts / 5, 75s));
}

TEST(an_outage, of_a_third_of_503_for_a_minute) {
  expect_little_and_soon("503 to three of ten",
                         {60s, [](std::uint64_t n) -> std::optional<gateway_answer> {
                            if (n % 10 >= 3) return {};
                            return said(503, "UNAVAILABLE");
                          }});
}

TEST(an_outage, of_429_with_retry_after_for_two_minutes) {
  expect_little_and_soon("429 with Retry-After: 30", {120s, [](std::uint64_t) {
                                                        return said(429, "", 30s);
                                                      }});
}

TEST(an_outage, of_nothing_but_500_for_ten_minutes) {
  expect_little_and_soon("500", {600s, [](std::uint64_t) { return said(500, "INTERNAL"); }});
}

}  // namespace
}  // namespace paperboy::sim

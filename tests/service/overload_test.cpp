// Ten times as many clients as the API takes at once: those that it has are served on, the others are
// told at once, and nothing grows.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/service/crowd.hpp"
#include "tests/service/newsroom.hpp"
#include "tests/service/phone.hpp"
#include "tests/service/story.hpp"

namespace paperboy::service {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr std::size_t taken_at_once = 32;
constexpr std::size_t usual = 16;
constexpr std::size_t flood = 10 * taken_at_once;
constexpr auto usual_time = 3s;
constexpr auto flood_time = 8s;

struct counts {
  std::atomic<std::uint64_t> served{0};     // 200
  std::atomic<std::uint64_t> turned_away{0};  // 503, or a new connection that ended unanswered
  std::atomic<std::uint64_t> wrong{0};      // whatever else
};

// One client: asks on one connection after the other, for as long as it lasts.
void ask_until(clock::time_point end, std::uint16_t port, const std::string& request, counts& into) {
  while (clock::now() < end) {
    std::uint64_t served = 0;  // a connection ends when it has served its number
    try {
      http::testing::raw_client one(port);
      while (clock::now() < end) {
        one.send(request);
        const auto answer = one.receive();
        if (answer && answer->status != 200 && answer->status != 503) ++into.wrong;
        if (!answer || answer->status != 200) break;
        ++served;
      }
    } catch (const std::exception&) {  // it ended while this side was sending
    }
    into.served += served;
    if (served == 0) ++into.turned_away;
  }
}

void ask(std::size_t clients, clock::duration time, std::uint16_t port, const std::string& request,
         counts& into) {
  const auto end = clock::now() + time;
  std::vector<std::jthread> all;
  for (std::size_t i = 0; i < clients; ++i) {
    all.emplace_back([&] { ask_until(end, port, request, into); });
  }
}

std::uint64_t resident_kilobytes(pid_t of) {
  std::ifstream status("/proc/" + std::to_string(of) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6));
  }
  return 0;
}

struct overload {
  counts before, meanwhile, after;
  std::uint64_t resident_before = 0, resident_after = 0;
};

std::shared_ptr<const overload> play() {
  newsroom place;
  place.start({{"PAPERBOY_HTTP__MAX_CONNECTIONS", std::to_string(taken_at_once)}});
  place.publish();
  phone reader = new_phone(platform::android);
  enrol(place, reader);
  const std::string request = fmt::format(
      "GET /v1/preferences HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
      reader.credential);
  auto seen = std::make_shared<overload>();
  ask(usual, usual_time, place.port(), request, seen->before);
  seen->resident_before = resident_kilobytes(place.child().pid());
  ask(flood, flood_time, place.port(), request, seen->meanwhile);
  seen->resident_after = resident_kilobytes(place.child().pid());
  ask(usual, usual_time, place.port(), request, seen->after);
  return seen;
}

const story<std::shared_ptr<const overload>> flooded{"an_overload", play};

double rate(const counts& of, clock::duration time) {
  return static_cast<double>(of.served) / std::chrono::duration<double>(time).count();
}

TEST(an_overload, is_shed_and_whoever_was_taken_is_served_on) {
  const auto& seen = *flooded.outcome();
  const double before = rate(seen.before, usual_time), meanwhile = rate(seen.meanwhile, flood_time);
  std::cout << fmt::format(
      "an overload: {:.0f} answers a second of {} clients, {:.0f} of {} ({} turned away), {:.0f} "
      "after it; {} KiB before, {} KiB after\n",
      before, usual, meanwhile, flood, seen.meanwhile.turned_away.load(),
      rate(seen.after, usual_time), seen.resident_before, seen.resident_after);
  EXPECT_GT(seen.before.served, 0U);
  EXPECT_EQ(seen.before.turned_away, 0U);
  EXPECT_GT(seen.meanwhile.turned_away, 0U);
  EXPECT_EQ(seen.before.wrong + seen.meanwhile.wrong + seen.after.wrong, 0U);
  // The machine has other stories to play, so this is far below what it does alone.
  EXPECT_GT(meanwhile, before / 4);
}

TEST(an_overload, leaves_nothing_behind) {
  const auto& seen = *flooded.outcome();
  EXPECT_GT(seen.after.served, 0U);
  EXPECT_EQ(seen.after.turned_away, 0U);
  // The address sanitizer keeps what was freed, up to 256 MiB, so that memory says nothing there.
  if (!under_a_sanitizer) {
    EXPECT_LT(seen.resident_after, seen.resident_before + 32 * 1024);
  }
}

}  // namespace
}  // namespace paperboy::service

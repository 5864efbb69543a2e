#include <gtest/gtest.h>
// rapidcheck/gtest.h needs gtest first.
#include <rapidcheck/gtest.h>

#include <array>

#include "core/domain/slot.hpp"
#include "core/domain/text_time.hpp"

namespace paperboy {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::chrono::minutes, 5> times{0min, 90min, 150min, 480min, 1439min};
constexpr std::int32_t two_years = 730;  // 2026 and 2027

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PAPERBOY_SAMPLED 1
#endif
#endif
#ifdef PAPERBOY_SAMPLED
constexpr std::size_t step = 10;  // every tenth zone
#else
constexpr std::size_t step = 1;
#endif

std::chrono::seconds wall(local_date date, std::chrono::seconds time) {
  return std::chrono::days{date.days} + time;
}

// Holds for any zone and date: the slot shows its local time, or the clock jumped over it.
testing::AssertionResult right(const zone& z, const slot& s) {
  const auto wanted = wall(s.date, s.time);
  const auto shown = z.at(s.at);
  const auto before = z.at(s.at - 1s);
  const auto late = wall(shown.date, shown.time) - wanted;
  const auto failed = [&](const char* what) {
    return testing::AssertionFailure() << z.name() << ' ' << schedule_line(s, z) << ": " << what;
  };
  if (late < 0s) return failed("before its local time");
  if (late > 0s && wall(before.date, before.time) >= wanted) return failed("late without a gap");
  if (late > shown.offset - before.offset && late > 0s) return failed("later than the gap is long");
  for (const auto earlier : {30min, 60min, 120min, 180min}) {
    const auto then = z.at(s.at - earlier);
    if (wall(then.date, then.time) == wanted) return failed("not the first time");
  }
  return testing::AssertionSuccess();
}

TEST(every_zone, has_one_slot_for_every_local_date_of_two_years) {
  const local_date begin = *make_local_date(2026, 1, 1);
  for (std::size_t i = 0; i < zone_names().size(); i += step) {
    const zone z = *zone::named(zone_names()[i]);
    for (const auto time : times) {
      std::optional<slot> last = slot_on(z, begin.plus(-1), time);
      ASSERT_TRUE(last);
      for (std::int32_t day = 0; day < two_years; ++day) {
        const auto next = next_slot(z, time, weekdays::all(), last->at);
        ASSERT_TRUE(next);
        ASSERT_EQ(next->date, begin.plus(day)) << z.name() << ' ' << format_time_of_day(time);
        ASSERT_EQ(next, slot_on(z, begin.plus(day), time));
        ASSERT_GT(next->at, last->at);
        ASSERT_TRUE(right(z, *next));
        last = next;
      }
    }
  }
}

// At full size from the first case on: small cases would all lie in 1970.
template <class T>
rc::Gen<T> full_range(T first, T end) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange(first, end));
}

struct any_slot_query {
  zone z = zone::utc();
  std::chrono::minutes time{};
  weekdays days;
  instant when;
};

any_slot_query any_query() {
  const auto& names = zone_names();
  const auto which = *full_range<std::size_t>(0, names.size()).as("zone");
  const auto time = *full_range(0, 1440).as("time");
  const auto bits = *full_range(1, 128).as("days");
  // 1970 to 2100.
  const auto when = *full_range<std::int64_t>(0, 4'102'444'800'000).as("when");
  return {*zone::named(names[which]), std::chrono::minutes{time},
          weekdays::from_bits(static_cast<std::uint8_t>(bits)),
          instant{std::chrono::milliseconds{when}}};
}

RC_GTEST_PROP(any_zone, has_no_slot_between_the_previous_and_the_next, ()) {
  const auto q = any_query();
  const auto next = next_slot(q.z, q.time, q.days, q.when);
  const auto previous = previous_slot(q.z, q.time, q.days, q.when);
  RC_ASSERT(next.has_value());
  RC_ASSERT(previous.has_value());
  RC_ASSERT(next->at > q.when);
  RC_ASSERT(previous->at <= q.when);
  RC_ASSERT(previous->date < next->date);
  RC_ASSERT(q.days.has(next->date) && q.days.has(previous->date));
  RC_ASSERT(next_slot(q.z, q.time, q.days, previous->at) == next);
  RC_ASSERT(previous_slot(q.z, q.time, q.days, next->at) == next);
  RC_ASSERT(previous_slot(q.z, q.time, q.days, next->at - 1ms) == previous);
  for (auto date = previous->date.plus(1); date < next->date; date = date.plus(1)) {
    RC_ASSERT(!q.days.has(date) || !slot_on(q.z, date, q.time));
  }
}

RC_GTEST_PROP(any_zone, shows_the_chosen_time_unless_the_clock_jumped_over_it, ()) {
  const auto q = any_query();
  const auto next = next_slot(q.z, q.time, q.days, q.when);
  RC_ASSERT(next.has_value());
  RC_ASSERT(right(q.z, *next));
}

RC_GTEST_PROP(any_move, never_gives_a_date_that_was_sent_nor_an_hour_that_is_past, ()) {
  const auto q = any_query();
  const auto ahead = *rc::gen::inRange(-3, 4).as("last sent");
  const local_date last_sent = q.z.at(q.when).date.plus(ahead);
  const auto first = first_slot_after_move(q.when, q.z, q.time, q.days, last_sent);
  RC_ASSERT(first.has_value());
  RC_ASSERT(first->date > last_sent);
  RC_ASSERT(first->at > q.when);
  // And none is left out that could have been sent.
  const auto before = previous_slot(q.z, q.time, q.days, first->at - 1ms);
  RC_ASSERT(before->at <= q.when || before->date <= last_sent);
}

}  // namespace
}  // namespace paperboy

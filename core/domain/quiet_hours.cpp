#include "core/domain/quiet_hours.hpp"

namespace paperboy {
namespace {

constexpr std::chrono::seconds a_day = std::chrono::days{1};

bool inside(const quiet_hours& q, std::chrono::seconds time) noexcept {
  if (q.start <= q.end) return q.start <= time && time < q.end;
  return q.start <= time || time < q.end;
}

// How long a clock that nobody sets takes from `time`, inside, to the end.
std::chrono::seconds left_of(const quiet_hours& q, std::chrono::seconds time) noexcept {
  const std::chrono::seconds left = q.end - time;
  return left > std::chrono::seconds{0} ? left : left + a_day;
}

// The first second in (from, to] at which the clock has another offset than at `from`: less than a
// day apart, in which no zone sets its clock twice.
std::chrono::sys_seconds clock_set(const zone& z, std::chrono::sys_seconds from,
                                   std::chrono::sys_seconds to) noexcept {
  const auto offset = z.at(from).offset;
  while (to - from > std::chrono::seconds{1}) {
    const auto middle = from + (to - from) / 2;
    (z.at(middle).offset == offset ? from : to) = middle;
  }
  return to;
}

instant wake_after(const quiet_hours& q, const zone& z, instant now) noexcept {
  auto at = std::chrono::floor<std::chrono::seconds>(now);
  // Twice at most where a clock is set in between: up to that, and from there on.
  for (auto shown = z.at(at); inside(q, shown.time); shown = z.at(at)) {
    const auto end = at + left_of(q, shown.time);
    at = z.at(end).offset == shown.offset ? end : clock_set(z, at, end);
  }
  return at;
}

quiet_judgement::verdict verdict_of(quiet_action a) noexcept {
  using enum quiet_judgement::verdict;
  switch (a) {
    case quiet_action::drop:
      return drop;
    case quiet_action::hold:
      return hold;
    case quiet_action::fold:
      return fold;
  }
  return fold;
}

}  // namespace

quiet_judgement judge_quiet(const std::optional<quiet_hours>& quiet, const zone& z, instant now,
                            bool passes) {
  if (!quiet || passes || !inside(*quiet, z.at(now).time)) {
    return {quiet_judgement::verdict::send, now};
  }
  return {verdict_of(quiet->action), wake_after(*quiet, z, now)};
}

}  // namespace paperboy

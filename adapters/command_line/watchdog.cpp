#include "adapters/command_line/watchdog.hpp"

#include <utility>

namespace paperboy::command_line {

watchdog::watchdog(std::string name, const heartbeat& first) {
  watch(std::move(name), first);
}

void watchdog::watch(std::string name, const heartbeat& of) {
  all_.push_back({std::move(name), &of});
}

std::string watchdog::look() {
  // Only while the first is answered is it another thread's own fault that it is not.
  const bool redis_is_there = all_.front().of->answers != all_.front().answers;
  for (watched& w : all_) {
    const std::uint64_t turns = w.of->turns, answers = w.of->answers;
    w.still = turns == w.turns ? w.still + 1 : 0;
    w.unanswered = answers == w.answers && redis_is_there ? w.unanswered + 1 : 0;
    w.turns = turns;
    w.answers = answers;
    if (w.still >= most_missed) return w.name + " has stood still for a minute";
    if (w.unanswered >= most_missed) {
      return w.name + " had no answer from Redis for a minute, although Redis answers others";
    }
  }
  return {};
}

}  // namespace paperboy::command_line

#include "adapters/command_line/redis_numbers.hpp"

namespace paperboy::command_line {

redis_numbers::redis_numbers(metrics& numbers, const std::string& role)
    : commands_(numbers.counter("paperboy_redis_commands_total", "Commands given to Redis",
                                {{"role", role}})),
      connects_(numbers.counter("paperboy_redis_connects_total", "Connections to Redis made",
                                {{"role", role}})),
      waiting_(numbers.gauge("paperboy_redis_commands_waiting",
                             "Commands that Redis has not answered yet", {{"role", role}})) {
  for (std::size_t kind = 1; kind < errors_.size(); ++kind) {
    const auto reason = redis::to_text(static_cast<redis::error_kind>(kind));
    errors_[kind] = &numbers.counter("paperboy_redis_errors_total", "Commands without an answer to use",
                                     {{"role", role}, {"reason", std::string(reason)}});
  }
}

void redis_numbers::report(const redis::client_statistics& now) noexcept {
  commands_.add(static_cast<double>(now.commands - seen_.commands));
  connects_.add(static_cast<double>(now.connects - seen_.connects));
  waiting_.add(static_cast<double>(now.waiting) - static_cast<double>(seen_.waiting));
  for (std::size_t kind = 1; kind < errors_.size(); ++kind) {
    const auto more = now.errors[kind] - seen_.errors[kind];
    if (more != 0) errors_[kind]->add(static_cast<double>(more));
  }
  seen_ = now;
}

}  // namespace paperboy::command_line

#include <utility>

#include "adapters/simulators/connection.hpp"

namespace paperboy::simulators {

void delay_line::add(clock::time_point at, std::weak_ptr<connection> to, std::int32_t id) {
  waiting_.push({at, order_++, std::move(to), id});
  if (waiting_.top().at < armed_for_) arm();
}

void delay_line::stop() {
  waiting_ = {};
  armed_for_ = clock::time_point::max();
  timer_.cancel();
}

void delay_line::arm() {
  armed_for_ = waiting_.top().at;
  timer_.expires_at(armed_for_);
  timer_.async_wait([this, alive = std::weak_ptr<int>(alive_)](const auto& error) {
    if (!error && !alive.expired()) ring();
  });
}

void delay_line::ring() {
  armed_for_ = clock::time_point::max();
  const clock::time_point now = clock::now();
  while (!waiting_.empty() && waiting_.top().at <= now) {
    const entry next = waiting_.top();
    waiting_.pop();
    if (const std::shared_ptr<connection> to = next.to.lock()) to->due(next.id);
  }
  if (!waiting_.empty() && waiting_.top().at < armed_for_) arm();
}

}  // namespace paperboy::simulators

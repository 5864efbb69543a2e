#include "tests/core/fakes/fake_notification_desk.hpp"

namespace paperboy::testing {

std::optional<order_answer> fake_notification_desk::known(const std::string& app,
                                                          const request_identity& once) const {
  for (const auto& e : entered) {
    if (e.app != app || e.once.key != once.key) continue;
    if (e.once.body != once.body) return order_answer{order_end::other_body, {}};
    return order_answer{order_end::repeated, e.run};
  }
  return std::nullopt;
}

task<result<order_answer>> fake_notification_desk::enter(const std::string& app,
                                                         const std::string& run, instant at,
                                                         const notification_order& order,
                                                         const request_identity& once) {
  if (gate != nullptr) co_await gate->wait();
  if (failure) co_return failure;
  if (const auto before = known(app, once)) co_return *before;
  entered.push_back({app, run, at, order, once});
  states[app + '/' + run] = order.send_at ? run_state::scheduled : run_state::running;
  co_return order_answer{order_end::entered, run};
}

task<result<std::optional<order_answer>>> fake_notification_desk::recall(
    const std::string& app, const request_identity& once) {
  if (failure) co_return failure;
  co_return known(app, once);
}

task<result<run_state>> fake_notification_desk::steer(const std::string& app,
                                                      const std::string& run, steering to) {
  if (failure) co_return failure;
  const auto found = states.find(app + '/' + run);
  if (found == states.end()) co_return make_error_code(errc::not_found);
  run_state& state = found->second;
  if (state == run_state::done) co_return make_error_code(errc::conflict);
  switch (to) {
    case steering::cancel:
      state = run_state::cancelled;
      break;
    case steering::pause:
      if (state == run_state::cancelled) co_return make_error_code(errc::conflict);
      state = run_state::paused;
      break;
    case steering::resume:
      if (state == run_state::running) co_return state;
      if (state != run_state::paused) co_return make_error_code(errc::conflict);
      state = run_state::running;
      break;
  }
  co_return state;
}

task<result<std::vector<dead_letter>>> fake_notification_desk::dead_letters(
    const std::string& app, const std::string& run) {
  if (failure) co_return failure;
  if (!states.contains(app + '/' + run)) co_return make_error_code(errc::not_found);
  const auto found = dead.find(app + '/' + run);
  co_return found == dead.end() ? std::vector<dead_letter>{} : found->second;
}

}  // namespace paperboy::testing

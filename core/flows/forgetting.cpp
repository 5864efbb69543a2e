#include "core/flows/forgetting.hpp"

#include "core/domain/decision.hpp"

namespace paperboy {
namespace {
constexpr int most_conflicts = 4;
}

void dead_token_guard::answered(bool dead) noexcept {
  ++answers_;
  if (dead) ++dead_;
  if (answers_ >= most_answers) {
    answers_ /= 2;
    dead_ /= 2;
  }
}

task<result<forgotten>> forget_token(roster& people, const app_context& app, const dead_token& dead,
                                std::chrono::sys_seconds now) {
  for (int tries = 0; tries < most_conflicts; ++tries) {
    auto found = co_await people.find(app.id, dead.subscriber);
    if (!found) {
      if (found.error() == errc::not_found) co_return forgotten::kept;
      co_return found.error();
    }
    subscriber after = found->value;
    device* d = after.find_device(dead.device);
    if (d == nullptr || !d->live() || d->token != dead.token) co_return forgotten::kept;
    if (dead.dead_since && !may_forget(latest_moment(d->registered_at), *dead.dead_since)) co_return forgotten::kept;
    d->state = device_state::dead;
    d->token.clear();
    d->lost_at = now;
    auto changed = co_await people.change(*found, std::move(after), app.defaults);
    if (changed) co_return forgotten::removed;
    if (changed.error() != errc::conflict) co_return changed.error();
  }
  co_return errc::conflict;
}

}  // namespace paperboy

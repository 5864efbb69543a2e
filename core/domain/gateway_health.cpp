#include "core/domain/gateway_health.hpp"

namespace paperboy {

gateway_word word_of(const gateway_answer& answer, const outcome& o) noexcept {
  if (answer.end != attempt_end::answered) return gateway_word::silent;
  if (o.what == verdict::stop_credential) return gateway_word::refused;
  if (answer.status >= 500) return gateway_word::failing;
  if (answer.status == 429 && o.scope == retry_scope::gateway) return gateway_word::limited;
  return gateway_word::well;
}

void last_hundred::add(bool bad) noexcept {
  if (full() && bad_.test(next_)) --count_;
  bad_.set(next_, bad);
  if (bad) ++count_;
  next_ = (next_ + 1) % size;
  if (!full()) ++known_;
}

}  // namespace paperboy

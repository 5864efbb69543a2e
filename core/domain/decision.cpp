#include "core/domain/decision.hpp"

#include <algorithm>

#include "core/domain/decision_steps.hpp"

namespace paperboy {
namespace decisions {

outcome settled(verdict what, std::string_view metric) noexcept {
  return {.what = what, .metric = metric};
}

outcome later(std::chrono::milliseconds lower_limit, retry_scope scope,
              const gateway_answer& answer, std::string_view metric) noexcept {
  const auto asked = std::clamp(answer.retry_after.value_or(std::chrono::seconds{0}),
                                std::chrono::seconds{0}, longest_retry_after);
  return {.what = verdict::retry,
          .retry_in = std::max<std::chrono::milliseconds>(lower_limit, asked),
          .scope = scope,
          .metric = metric};
}

outcome elsewhere(std::string_view metric) noexcept {
  return {.what = verdict::resend_now, .replace_connection = true, .metric = metric};
}

std::optional<outcome> without_answer(const gateway_answer& answer, const attempt& a,
                                      std::chrono::milliseconds ambiguous_retry) noexcept {
  switch (answer.end) {
    case attempt_end::answered:
      break;
    case attempt_end::not_processed:
      if (a.resends < most_resends) return settled(verdict::resend_now, "not_processed");
      // Refused or unreachable several times in a row: nothing of this credential gets through.
      return later(not_processed_retry, retry_scope::gateway, answer, "not_processed");
    case attempt_end::ambiguous: {
      outcome o = later(ambiguous_retry, retry_scope::device, answer, "ambiguous");
      o.ambiguous = true;
      return o;
    }
  }
  if (answer.status >= 200 && answer.status < 300) return settled(verdict::accepted, "accepted");
  // Neither gateway redirects or answers below 200: something else answers at this address.
  if (answer.status < 400 || answer.status > 599) {
    return settled(verdict::stop_credential, "unexpected_status");
  }
  return std::nullopt;
}

}  // namespace decisions

std::chrono::milliseconds retry_delay(unsigned attempt_number,
                                      std::chrono::milliseconds lower_limit,
                                      std::uint64_t random) noexcept {
  using std::chrono::milliseconds;
  constexpr unsigned most_doublings = 6;  // 64 s
  const unsigned doublings = std::min(std::max(attempt_number, 1U) - 1U, most_doublings);
  const milliseconds base = std::chrono::seconds{1} * (1 << doublings);
  const milliseconds lower = std::max(lower_limit, milliseconds{0});
  const milliseconds span = std::max(base, lower / 8);
  const auto share = random % (static_cast<std::uint64_t>(span.count()) + 1);
  return lower + milliseconds{static_cast<milliseconds::rep>(share)};
}

}  // namespace paperboy

#include "core/domain/quota_share.hpp"

#include <algorithm>

namespace paperboy {

bool quota_share::allows(steady_instant now, bool urgent) noexcept {
  if (left_ > 0 && now - filled_at_ > keeps) left_ = 0;
  const std::uint32_t kept = urgent ? 0 : last_grant_ / 10;
  if (left_ > kept) return true;
  lacked_ = true;
  return false;
}

void quota_share::sent() noexcept {
  ++used_;
  if (left_ > 0) --left_;
}

void quota_share::withdrawn() noexcept {
  if (used_ == 0) return;  // counted in a grant before
  --used_;
  ++left_;
}

bool quota_share::due(steady_instant now) const noexcept {
  if (used_ == 0 && !lacked_ && !refused_) return false;
  return !asked_ || now - asked_at_ >= grant;
}

quota_share::wish quota_share::ask(steady_instant now) noexcept {
  // More than what went out, so that a rate can grow; what is left need not be given again.
  std::uint32_t wanted = std::max(first_wish, 2 * used_);
  if (lacked_) wanted = std::max(wanted, 4 * last_grant_);
  const wish w{wanted - std::min(wanted, left_), refused_};
  asked_ = true;
  asked_at_ = now;
  used_ = 0;
  lacked_ = false;
  refused_ = false;
  return w;
}

void quota_share::granted(std::uint32_t messages, steady_instant now) noexcept {
  if (now - filled_at_ > keeps) left_ = 0;
  left_ += messages;
  last_grant_ = left_;
  granted_at_ = filled_at_ = now;
}

void quota_share::unanswered(steady_instant now) noexcept {
  lacked_ = true;  // ask again
  if (now - granted_at_ > keeps_rate) {
    left_ = last_grant_ = 0;
    return;
  }
  left_ = std::max(left_, last_grant_);
  filled_at_ = now;
}

}  // namespace paperboy

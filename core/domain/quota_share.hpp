#pragma once

#include <chrono>
#include <cstdint>

#include "core/domain/steady_instant.hpp"

namespace paperboy {

// One worker's part of what a project may send: messages that it was granted from the bucket all
// workers share, and when to ask for more. A push takes from it without asking anybody.
class quota_share {
 public:
  // What one grant is meant to last for, and how long one may be kept.
  static constexpr std::chrono::milliseconds grant{250};
  static constexpr std::chrono::seconds keeps{1};
  // While the bucket cannot be asked, the last grant is given again for so long.
  static constexpr std::chrono::seconds keeps_rate{10};
  static constexpr std::uint32_t first_wish = 256;

  // Whether a message may go out now. The last tenth of a grant is for what cannot wait.
  bool allows(steady_instant now, bool urgent) noexcept;
  void sent() noexcept;
  void withdrawn() noexcept;  // what was let through did not go after all
  // FCM said that the project's quota is used up: the bucket has to know.
  void refused() noexcept { refused_ = true; }

  // Whether it is time to ask the bucket: somebody wants to send, and the last grant is spent or old.
  bool due(steady_instant now) const noexcept;
  struct wish {
    std::uint32_t messages = 0;
    bool refused = false;
  };
  wish ask(steady_instant now) noexcept;
  void granted(std::uint32_t messages, steady_instant now) noexcept;
  void unanswered(steady_instant now) noexcept;

 private:
  std::uint32_t left_ = 0;
  std::uint32_t last_grant_ = 0;
  std::uint32_t used_ = 0;    // since the last ask
  bool lacked_ = false;       // somebody was turned away since
  bool refused_ = false;
  bool asked_ = false;
  steady_instant asked_at_{};
  steady_instant granted_at_{};  // by the bucket itself
  steady_instant filled_at_{};
};

}  // namespace paperboy

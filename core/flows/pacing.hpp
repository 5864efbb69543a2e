#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/circuit.hpp"
#include "core/domain/congestion_window.hpp"
#include "core/domain/notification.hpp"
#include "core/domain/quota_share.hpp"
#include "core/domain/ramp.hpp"
#include "core/domain/retry_budget.hpp"
#include "core/domain/window_share.hpp"
#include "core/flows/outbox.hpp"
#include "core/ports/quota.hpp"

namespace paperboy {

// Told of what concerns a whole gateway. Called on the worker's thread.
class pace_observer {
 public:
  // `reason` is the label of the answer that opened it, static storage; empty when it closed.
  virtual void circuit_changed(const std::string& app, platform p, circuit_cause cause, bool open,
                               std::string_view reason) noexcept = 0;
  virtual void put_off(const std::string& app, platform p) noexcept = 0;  // a retry over the budget

 protected:
  ~pace_observer() = default;
};

// What a push is, for its pace.
struct push_class {
  push_kind kind = push_kind::digest;  // a digest ramps up, a breaking push does not
  bool again = false;                  // a second or later attempt: has to fit the budget
};

enum class pace_reason : std::uint8_t { none, circuit, hold, budget, window, quota };

// May this push go out now?
struct pace_answer {
  pace_reason kept_by = pace_reason::none;  // none: it goes out
  std::chrono::milliseconds wait{};         // how long to wait before asking again is worth it
  std::uint32_t era = 0;                    // to be given back with the answer

  bool goes() const noexcept { return kept_by == pace_reason::none; }
};

// The pace of one worker's pushes to one gateway of one app: its circuit, how long the gateway asked
// to be left alone, how many pushes may be under way, the share of its project's quota, and the
// budget of retries. Every push asks, and gives its answer; neither allocates or looks at a clock.
class gateway_pace {
 public:
  // A gateway that has pushes under way and answered none of them for so long gets no more until it
  // answers one, or the connection is given up: they would only wait, and blocks with them. The
  // shorter time is for one that has all that it may have.
  static constexpr std::chrono::seconds longest_silence{3};
  static constexpr std::chrono::seconds longest_silence_when_full{1};
  static constexpr std::chrono::milliseconds silence_pause{2500};

  struct setting {
    std::string app;
    paperboy::platform platform = platform::ios;
    const gateway* way = nullptr;
    std::size_t window = 64;
    window_share* in_window = nullptr;  // of the worker; none: all of it
    bool ramped = true;
    quota_share* share = nullptr;      // of the project; none: no limit
    signal* share_lacks = nullptr;     // notified when the share is to be filled
    pace_observer* observer = nullptr;
  };

  explicit gateway_pace(setting s);

  // Of a push that goes, sent() or withdrawn() has to follow. It may wait for a permit meanwhile, and
  // counts as under way from sent() on.
  pace_answer ask(steady_instant now, push_class what) noexcept;
  void sent(steady_instant now) noexcept {
    if (under_way_++ == 0) heard_at_ = now;
  }

  // Its last answer: one that is followed by resend_now is none.
  void answered(std::uint32_t era, const gateway_answer& answer, const outcome& o,
                steady_instant now, std::uint64_t random) noexcept;
  // It was not sent after all.
  void withdrawn(std::uint32_t era) noexcept;
  // A push that is sent without asking, beside one that was let through: a second device of one
  // subscriber.
  std::uint32_t goes_along(steady_instant now, push_class what) noexcept;

  // How long nothing goes out at all: an open circuit, a silent gateway, or one that asked for it.
  std::chrono::milliseconds closed_for(steady_instant now) noexcept;
  void credential_replaced() noexcept;

  std::size_t under_way() const noexcept { return under_way_; }
  std::size_t window() const noexcept { return congestion_.size(); }
  bool open_circuit() const noexcept { return circuit_.open(); }
  // It has pushes under way and has answered none of them for too long.
  bool silent(steady_instant now) const noexcept {
    return under_way_ > 0 && now - heard_at_ >= (under_way_ >= most_ ? longest_silence_when_full
                                                                     : longest_silence);
  }

  // While announced, `s` is notified when a push may go that had to wait for others to be answered.
  void announce(signal& s) { waiting_.push_back(&s); }
  void withdraw(signal& s) noexcept { std::erase(waiting_, &s); }
  void wake() noexcept;

 private:
  std::uint32_t let_through(steady_instant now, push_class what) noexcept;
  pace_answer kept(pace_reason why, std::chrono::milliseconds wait) const noexcept;
  bool answers_well() const noexcept;
  void tell(bool was_open, circuit_cause was, std::string_view reason) noexcept;

  setting with_;
  circuit circuit_;
  congestion_window congestion_;
  ramp ramp_;
  retry_budget budget_;
  last_hundred troubles_;  // 5xx, limits of the credential, and silence
  steady_instant troubles_since_{};
  steady_instant not_before_{};
  steady_instant heard_at_{};  // its last answer, or the first push after a rest
  std::size_t share_number_ = 0;
  std::size_t most_ = 0;  // under way, when it was asked last
  std::size_t under_way_ = 0;
  std::vector<signal*> waiting_;
};

using app_paces = std::array<gateway_pace*, platforms>;  // null: no gateway

// What paces are measured on.
steady_instant pace_clock() noexcept;

// All paces of one worker, and what they have in common: the projects' quotas.
class pacing {
 public:
  // A wait shorter than this is worth sitting out; for a longer one a block is put aside.
  static constexpr std::chrono::milliseconds patience{2000};

  struct parts {
    const std::map<std::string, app_context>& apps;
    quota& quotas;
    pace_observer& observer;
    std::function<steady_instant()> now;
    std::size_t window = 64;
    bool ramped = true;  // false where nothing is spread
    std::size_t reserve = 0;  // of the window, for breaking news alone
  };

  explicit pacing(parts p);
  ~pacing();

  // Null for an app or a platform without a gateway. They live as long as this object.
  gateway_pace* of(const std::string& app, platform p) noexcept;
  app_paces of(const std::string& app) noexcept;

  // How long nothing of the app goes out, by any gateway; zero if some of it does.
  std::chrono::milliseconds closed_for(const std::string& app) noexcept;

  // The operator had the credentials read again: refused ones are tried with one push.
  void credentials_replaced() noexcept;

  // Fills the shares of the quotas, until stop(). Spawned once by whoever owns this.
  task<void> draw_quotas();
  void stop() noexcept;

 private:
  struct project {
    std::string id;
    std::uint32_t per_minute = 0;
    quota_share share;
  };
  project* project_of(const app_context& app);

  parts with_;
  window_share in_window_;
  std::map<std::string, std::unique_ptr<project>> projects_;
  std::map<std::string, std::array<std::unique_ptr<gateway_pace>, 2>> paces_;
  signal lacks_;
  bool stopping_ = false;
};

}  // namespace paperboy

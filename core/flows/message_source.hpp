#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/domain/ledger.hpp"
#include "core/domain/notification.hpp"
#include "core/ports/gateway.hpp"
#include "core/ports/walk.hpp"

namespace paperboy {

// One notification, ready for both gateways.
struct edition {
  std::string id;
  notification text;
  std::shared_ptr<const prepared_message> apns;
  std::shared_ptr<const prepared_message> fcm;

  const prepared_message* for_platform(platform p) const noexcept {
    return p == platform::ios ? apns.get() : fcm.get();
  }
};

// What decides what one subscriber gets, beside its wish.
struct reader {
  local_date mark{};  // date of the last digest
  weekdays days;      // on which digests fall due
  silence_rules silence{};
  std::optional<quiet_hours> quiet{};
  std::string_view cohort{};  // as text; its zone is the reader's
  std::span<const instant_mark> instant{};
};

// What one member of an audience gets, or why nothing.
struct judgement {
  enum class kind : std::uint8_t {
    send,     // `chosen`
    skip,     // for `reason`
    expire,   // too late
    exclude,  // not of the audience
    hold,     // to be judged anew at `wake`
  };
  kind what = kind::skip;
  const edition* chosen = nullptr;  // lives as long as its source
  skip_reason reason = skip_reason::empty;
  instant wake{};

  static judgement send(const edition& e) { return {kind::send, &e, skip_reason::empty, {}}; }
  static judgement skip(skip_reason why) { return {kind::skip, nullptr, why, {}}; }
  static judgement expire() { return {kind::expire, nullptr, skip_reason::empty, {}}; }
  static judgement exclude() { return {kind::exclude, nullptr, skip_reason::empty, {}}; }
  static judgement hold(instant until) {
    return {kind::hold, nullptr, skip_reason::empty, until};
  }
};

// Where the messages of a run come from. One digest run has one for all its cohorts; a notification
// run has one message for everybody.
class message_source {
 public:
  virtual ~message_source() = default;

  // `wish` is the packed bytes of the record: the same bytes are decided once.
  virtual judgement judge(const part_of_run& part, const reader& who, std::string_view wish,
                          instant now) = 0;
  // The same for a subscriber that was read whole.
  virtual judgement judge(const part_of_run& part, const reader& who, const wish_values& wish,
                          instant now) = 0;
  virtual instant expires_at(const part_of_run& part) const = 0;

  // The part that an entry of the retry set belongs to; nothing if it cannot be told any more.
  virtual std::optional<part_of_run> part_of(const retry_entry& entry) const = 0;

  // Breaking news: its pushes do not wait behind digests.
  virtual bool urgent() const noexcept = 0;
  // Whether the readers' next digests are to know that they had it.
  virtual bool remembered() const noexcept = 0;
};

}  // namespace paperboy

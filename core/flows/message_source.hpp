#pragma once

#include <memory>
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

// What one member of an audience gets, or why nothing.
struct choice_for_member {
  const edition* chosen = nullptr;  // lives as long as its source
  skip_reason reason = skip_reason::empty;
};

// What decides what one subscriber gets.
struct reader {
  local_date mark{};  // date of the last digest
  weekdays days;      // on which digests fall due
};

// Where the messages of a run come from. One digest run has one for all its cohorts; a notification
// run has one message for everybody.
class message_source {
 public:
  virtual ~message_source() = default;

  // `wish` is the packed bytes of the record: the same bytes are decided once.
  virtual choice_for_member choose(const part_of_run& part, const reader& who,
                                   std::string_view wish) = 0;
  // The same for a subscriber that was read whole.
  virtual choice_for_member choose(const part_of_run& part, const reader& who,
                                   const wish_values& wish) = 0;
  virtual instant expires_at(const part_of_run& part) const = 0;
};

}  // namespace paperboy

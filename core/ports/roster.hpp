#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/domain/subscriber.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy {

// A registration as it was asked for, already validated.
struct enrolment {
  std::string app;
  paperboy::device device;               // number, generation, joined and times are filled in by the roster
  preferences wishes;                    // for a new subscriber only
  std::optional<device_id> previous;     // an opened previous_credential …
  std::uint32_t previous_generation = 0; // … and its generation: same device, same subscriber
  digest_defaults defaults;
  std::chrono::sys_seconds now{};
};

struct enrolled {
  stored_subscriber subscriber;
  std::uint8_t device_number = 0;
  bool new_subscriber = false;
};

// Devices and their subscribers. Every write is durable when it returns, and all or nothing: one
// token never belongs to two devices. A write against a record that somebody else changed meanwhile
// is errc::conflict and changes nothing: read again, decide again.
class roster {
 public:
  virtual ~roster() = default;

  // Gives the token to this device; whoever had it becomes `moved`. A `previous` that is unknown, of
  // another app or of another generation counts as not given. `e` lives until it is done.
  virtual task<result<enrolled>> enrol(const enrolment& e) = 0;

  // errc::not_found if there is none in this app.
  virtual task<result<stored_subscriber>> find(const std::string& app, subscriber_id id) = 0;

  // Writes `after` in place of `before`. Where its cohort differs the record moves, with its mark
  // and with its duty in the parts under way. Follows changed tokens in the token index.
  virtual task<result<stored_subscriber>> change(const stored_subscriber& before, subscriber after,
                                                 const digest_defaults& defaults) = 0;

  // Frees the place; nothing of the subscriber is left.
  virtual task<result<void>> erase(const stored_subscriber& before,
                                   const digest_defaults& defaults) = 0;
};

}  // namespace paperboy

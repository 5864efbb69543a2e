#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/service/phone.hpp"

namespace paperboy::service {

// What digests/preview said before the slot.
struct promise {
  std::string apns, fcm;           // payloads, byte for byte
  std::vector<std::string> items;  // ids in order
};

// Two slots of one newsroom, a minute or more apart. Everybody below is due in the first.
struct morning {
  instant slot{};
  // "reader …": follows something, in zones of whole, half and quarter hours, on both platforms.
  // "deleted", "opted out", "topics off", "paused", "muted": get nothing.
  // "returned": has come back with another token and previous_credential; "returned before": as it
  // was. "former" lost its token to "latter", who registered it without a previous_credential.
  // "dead ios", "dead android": the gateway says that the app is gone.
  // "busy 1", "busy 2": FCM answers 503 with Retry-After the first time.
  // "mover": moves the hour to the second slot after the digest of the first; "witness": is due in
  // the second slot.
  std::map<std::string, phone> phones;
  std::map<std::string, promise> promised;  // the readers

  run_view run;
  std::vector<std::string> wrong_looks;
  std::size_t looks = 0;
  std::vector<simulators::received_push> pushes;           // up to the end of the first run
  std::map<std::string, std::string> reports;              // state and reason of the first slot
  std::map<std::string, std::vector<std::string>> opened;  // readers: the edition's items

  std::map<std::string, unsigned> credential;  // status when all was over, by role
  std::string returned_preferences_before, returned_preferences;
  bool dead_were_forgotten = false;
  std::map<std::string, std::string> revived;  // "dead …": the subscriber it came back to
  std::map<std::string, std::string> revived_frequency;

  std::string mover_next_slot;  // the date that next_digest names after the move
  std::string mover_date;       // of the first slot
  run_view second_run;
  std::vector<std::string> second_wrong_looks;
  std::vector<simulators::received_push> second_pushes;  // of both runs
};

std::vector<simulators::received_push> pushes_to(
    const std::vector<simulators::received_push>& pushes, const std::string& token);

morning play_morning();

}  // namespace paperboy::service

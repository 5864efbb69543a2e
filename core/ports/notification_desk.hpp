#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/domain/ledger.hpp"
#include "core/domain/notification_order.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy {

// One request of one caller, by its Idempotency-Key: for a day, the same key with the same body is
// the same request (draft-ietf-httpapi-idempotency-key-header).
struct request_identity {
  std::string key;   // of the caller and its key together, hashed: safe inside a Redis key
  std::string body;  // a hash of what was asked
};

enum class order_end : std::uint8_t {
  entered,     // the run is new
  repeated,    // the request was taken before: `run` is the run that it made
  other_body,  // the key stands for another request
};

struct order_answer {
  order_end end = order_end::entered;
  std::string run;
};

enum class steering : std::uint8_t { pause, resume, cancel };

// A device that was set aside because its place stopped the walk again and again.
struct dead_letter {
  subscriber_id subscriber;
  std::string reason;
  instant at{};
};

// Where the newsroom's notifications are taken, and runs of both kinds are steered.
class notification_desk {
 public:
  virtual ~notification_desk() = default;

  // Enters a notification run, due at `at`, and what makes the request repeatable, durably and in
  // one step. `run` is the caller's proposal for its id.
  virtual task<result<order_answer>> enter(const std::string& app, const std::string& run,
                                           instant at, const notification_order& order,
                                           const request_identity& once) = 0;

  // What enter() would answer to a request that was taken before, `repeated` or `other_body`;
  // nothing if none was. Changes nothing.
  virtual task<result<std::optional<order_answer>>> recall(const std::string& app,
                                                           const request_identity& once) = 0;

  // Answers the state that the run has from now on; asking for the state it has changes nothing.
  // errc::not_found: no such run. errc::conflict: it is done or cancelled, or not paused and to be
  // resumed.
  virtual task<result<run_state>> steer(const std::string& app, const std::string& run,
                                        steering to) = 0;

  // At most a bounded number, newest first; errc::not_found: no such run.
  virtual task<result<std::vector<dead_letter>>> dead_letters(const std::string& app,
                                                              const std::string& run) = 0;
};

}  // namespace paperboy

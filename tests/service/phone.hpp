#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/outcome.hpp"
#include "core/domain/zone.hpp"
#include "tests/service/newsroom.hpp"

namespace paperboy::service {

struct phone {
  platform system = platform::ios;
  std::string token;
  std::string time_zone = "UTC";
  std::string topics = R"({"politics":"digest"})";  // JSON, as it registers
  // From the answer.
  std::string credential;
  std::string device_id;
  std::string subscriber_id;
};

// With a token as the platform's gateway gives it, another at each call.
phone new_phone(platform system, std::string time_zone = "UTC");

api_request registration_of(const phone& p, std::string_view previous_credential = {});
// Takes over ids and credential. Throws std::runtime_error unless the answer is a 201.
void take_registration(phone& p, const raw_answer& answer);
void enrol(newsroom& place, phone& p, std::string_view previous_credential = {});

// The status of GET /v1/devices/self.
unsigned status_of_credential(newsroom& place, const std::string& credential);
// PATCH /v1/preferences; the answer, as GET gives it.
boost::json::value prefer(newsroom& place, const phone& p, const std::string& patch);
// The body that moves the digest to the wall clock's time at `slot`.
std::string time_patch(const phone& p, instant slot);
// The first whole minute that is at least `lead` ahead.
instant slot_after(std::chrono::seconds lead);

// A run as GET shows it.
struct run_view {
  std::string id;
  std::string state;
  std::uint64_t eligible = 0, accepted = 0, rejected = 0, expired = 0, pending = 0;
  std::uint64_t retries = 0, devices_removed = 0;
  std::map<std::string, std::uint64_t> skipped;

  bool balanced() const;
  std::string text() const;
};

// Breaking news; its run.
std::string post_notification(newsroom& place, const std::string& key, const std::string& body);
// The same, to one reader.
std::string tell(newsroom& place, const std::string& key, const phone& whom);

// One run of any kind.
run_view find_run(newsroom& place, const std::string& run);
// Looks at it until it has that state. Throws std::runtime_error after the limit.
run_view run_in_state(newsroom& place, const std::string& run, std::string_view state,
                      std::chrono::seconds limit);

// Looks at the run that is due at `slot` until it is done, and at its ledger each time.
class run_watch {
 public:
  run_watch(newsroom& place, instant slot) : place_(place), slot_(slot) {}

  // One look; true when the run is done. An answer that does not come counts as none.
  bool look();
  // Throws std::runtime_error when it is not done within the limit after its slot.
  run_view until_done(std::chrono::seconds limit);

  const run_view& last() const noexcept { return last_; }
  // Looks that did not balance, or were done with something pending.
  const std::vector<std::string>& wrong() const noexcept { return wrong_; }
  std::size_t looks() const noexcept { return looks_; }

 private:
  newsroom& place_;
  instant slot_;
  run_view last_;
  std::vector<std::string> wrong_;
  std::size_t looks_ = 0;
};

// "skipped, paused": the subscriber's slot of that run; empty where the run knows nothing of it.
std::string slot_report(newsroom& place, const phone& p, const std::string& run);

}  // namespace paperboy::service

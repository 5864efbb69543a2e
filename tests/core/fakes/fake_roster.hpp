#pragma once

#include <map>
#include <string>

#include "core/ports/roster.hpp"

namespace paperboy::testing {

// The roster in memory, with the same promises: writes are conditional, a token has one device.
class fake_roster final : public roster {
 public:
  task<result<enrolled>> enrol(const enrolment& asked) override;
  task<result<stored_subscriber>> find(const std::string& app, subscriber_id id) override;
  task<result<stored_subscriber>> change(const stored_subscriber& before, subscriber after,
                                         const digest_defaults& defaults) override;
  task<result<void>> erase(const stored_subscriber& before,
                           const digest_defaults& defaults) override;

  // What the next calls meet: this many writes are outrun, or every call fails.
  int conflicts = 0;
  error_code failure;
  int finds = 0;
  int writes = 0;

  std::map<subscriber_id, stored_subscriber> people;
  // The device that has the token, by app, platform, environment and token.
  std::map<std::string, device_id> tokens;

 private:
  bool outrun(const stored_subscriber& before);
  stored_subscriber& put(subscriber s, const digest_defaults& defaults);
  void take_token(const std::string& app, const device& d, device_id owner,
                  std::chrono::sys_seconds now);

  std::uint8_t next_ = 0;
  std::uint32_t generation_ = 0;
  int record_ = 0;
};

}  // namespace paperboy::testing

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "adapters/redis/client.hpp"
#include "adapters/redis/roster_writing.hpp"
#include "adapters/redis/subscriber_reading.hpp"
#include "core/ports/roster.hpp"

namespace paperboy::redis {

// The roster on Redis: keys.hpp has the layout, scripts/write.lua the one step that all writes are.
// A write whose answer was lost is repeated once, and one that the caller repeats answers as the
// first. Belongs to one client, and so to one thread.
class roster_store final : public roster {
 public:
  struct settings {
    std::uint32_t shards = 16;
    std::function<instant()> now;  // a checked wall clock; empty: the system's
  };

  roster_store(client& redis, settings s);

  task<result<enrolled>> enrol(const enrolment& e) override;
  // An empty `app` finds the subscriber of any app: a device credential names none.
  task<result<stored_subscriber>> find(const std::string& app, subscriber_id id) override;
  // Devices that have not been live for lost_device_kept are left out of what is written.
  task<result<stored_subscriber>> change(const stored_subscriber& before, subscriber after,
                                         const digest_defaults& defaults) override;
  task<result<void>> erase(const stored_subscriber& before,
                           const digest_defaults& defaults) override;

  // Ends the token moves of one shard that a crash left half done, at most `most` of them; how many
  // there were. To be called every ten seconds or so by anybody: two at once do no harm.
  task<result<std::size_t>> sweep(std::uint32_t shard, std::size_t most,
                                  const defaults_of_app& defaults);

 private:
  task<result<stored_subscriber>> earlier(const enrolment& e);
  subscriber newcomer(const enrolment& e) const;
  subscriber returning(const enrolment& e, const subscriber& before) const;

  client& redis_;
  settings with_;
  subscriber_reader reader_;
  roster_writer writer_;
};

}  // namespace paperboy::redis

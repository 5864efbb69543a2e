#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/domain/notification.hpp"
#include "core/domain/outcome.hpp"

namespace paperboy {

// The bytes of one notification as one gateway wants them, written once and used for every push of
// an edition. Only the gateway that made it knows what is inside.
class prepared_message {
 public:
  virtual ~prepared_message() = default;
};

// One push to one device. The views stay valid until the answer has been handed over.
struct push {
  const prepared_message* message = nullptr;
  std::string_view token;  // APNs: raw bytes; FCM: text
  environment gateway_environment = environment::production;  // APNs only
  message_id id{};
  instant expires_at{};    // APNs apns-expiration; FCM android.ttl is the time left until then
  bool quiet = false;      // a copy that may be the second one: no sound, passive
  bool urgent = false;     // breaking news: it does not wait behind digests
  std::uint64_t ticket = 0;  // given back with the answer
};

// Takes the answers. Called on the gateway's own thread, never from within send().
class answer_sink {
 public:
  virtual void answered(std::uint64_t ticket, const gateway_answer& answer) noexcept = 0;

 protected:
  ~answer_sink() = default;
};

// One app's way to one push gateway. Belongs to one thread. Every push that was taken is answered
// within `answer_limit`, whatever happens to the network.
class gateway {
 public:
  static constexpr std::chrono::seconds answer_limit{30};

  virtual ~gateway() = default;

  // Writes what does not differ between devices.
  virtual std::shared_ptr<const prepared_message> prepare(const notification& n) = 0;

  // Takes one push; the sink hears of it later. The caller bounds how many are under way.
  virtual void send(const push& p, answer_sink& sink) = 0;

  // The payload as JSON, byte for byte what send() writes, with the given ids and token.
  virtual std::string payload(const notification& n, std::string_view token, const message_id& id,
                              std::chrono::seconds time_to_live) const = 0;

  // The credential is refused: nothing is to be claimed for this app until it is renewed.
  virtual bool credential_stopped() const noexcept = 0;
};

}  // namespace paperboy

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace paperboy {

enum class platform : std::uint8_t { ios = 0, android = 1 };
inline constexpr std::size_t platforms = 2;
// Its place in what has one element for each platform.
constexpr std::size_t index_of(platform p) noexcept { return static_cast<std::size_t>(p); }

enum class environment : std::uint8_t { production = 0, sandbox = 1 };

using instant = std::chrono::sys_time<std::chrono::milliseconds>;

// How one attempt to hand a push to a gateway ended.
enum class attempt_end : std::uint8_t {
  answered,       // a complete answer: status and reason are set
  not_processed,  // provably not acted on: not connected, REFUSED_STREAM, above GOAWAY's last id
  ambiguous,      // sent, but no complete answer: connection lost, stream reset, time limit
};

// A gateway's complete answer, or the lack of one. `reason` is APNs' "reason" or FCM's errorCode by
// the algorithm of the ErrorCode page (FcmError, else ErrorInfo reason, else status).
struct gateway_answer {
  attempt_end end = attempt_end::answered;
  std::uint16_t status = 0;
  std::string reason{};
  // FCM: the field of the first BadRequest violation, with 429 the subject of the first
  // QuotaFailure violation; or empty.
  std::string field{};
  // Retry-After, seconds or date, already relative.
  std::optional<std::chrono::seconds> retry_after{};
  std::optional<instant> dead_since{};  // APNs 410 `timestamp`
};

// What is to be done with one push after an attempt. Counted in the ledger as named.
enum class verdict : std::uint8_t {
  accepted,         // the gateway took it
  rejected,         // final; this push is over, the device stays
  forget_device,    // final; the token is dead by the rules of the gateway's table
  retry,            // try again not before `retry_in`
  resend_now,       // never processed: the same push again at once, on another connection
  stop_credential,  // nobody is marked; the app's credential or configuration is wrong
};

enum class retry_scope : std::uint8_t { device, gateway };

struct outcome {
  verdict what = verdict::rejected;
  std::chrono::milliseconds retry_in{0};    // lower limit before jitter
  retry_scope scope = retry_scope::device;  // gateway: everything of this credential waits as well
  bool ambiguous = false;                   // a next copy goes quietly
  bool renew_credential = false;            // mint or fetch a new token before the next attempt
  bool replace_connection = false;          // the connection is spent; open another
  std::optional<instant> dead_since{};      // forget only what was registered not after this
  std::string_view metric{};                // a stable label, static storage: "unregistered", …
};

}  // namespace paperboy

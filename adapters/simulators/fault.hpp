#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "adapters/simulators/exchange.hpp"

namespace paperboy::simulators {

enum class gateway_name : std::uint8_t { apns, sandbox, fcm, oauth };
inline constexpr std::size_t gateway_count = 4;
std::string_view name_of(gateway_name gateway) noexcept;

// Something that goes wrong on request. A fault meets a request when all its conditions hold; what
// it then does replaces the gateway's own answer, but for a delay, which comes on top of it.
struct fault {
  // Conditions.
  std::optional<gateway_name> gateway;  // absent: every gateway, the token endpoint included
  std::string token;                    // device token; a last '*' stands for any rest; empty: any
  std::uint64_t every = 1;  // of the requests that fit the above, the every-th, 2 * every-th, …
  std::uint64_t at = 0;     // if not 0: only the at-th of them, counted from 1
  double chance = 1.0;      // and then with this probability, 0 to 1
  std::uint64_t times = 0;  // at most so often; 0: always

  // What happens.
  ending end = ending::answer;
  std::string reason;        // answer: APNs reason, FCM error or OAuth error; empty: as usual
  std::uint16_t status = 0;  // answer: instead of the reason's own; 0: that, or 400 if unknown
  std::string body;          // answer without a reason: the body as it is
  std::string retry_after;   // answer: the header as it is, seconds or HTTP-date
  std::optional<std::int64_t> timestamp;  // answer with 410: milliseconds since 1970; absent: now
  std::uint32_t error_code = 0;           // reset and go_away: HTTP/2 error code
  goaway_last last = goaway_last::before_this_one;
  bool goaway_twice = false;
  std::string debug;  // go_away: the debug data as it is
  std::chrono::milliseconds delay{0};
  std::uint32_t piece = 0;                    // bytes in one DATA frame of the answer
  std::optional<std::uint32_t> stream_limit;  // SETTINGS_MAX_CONCURRENT_STREAMS from here on

  // The push reaches the phone and the log before the fault strikes: what a sender cannot tell from
  // a push that was lost.
  bool delivered = false;

  // It takes the place of the gateway's own answer, rather than only delaying or shaping it.
  bool answers() const noexcept {
    return end == ending::answer && (!reason.empty() || status != 0);
  }
  // The request gets no answer at all.
  bool silences() const noexcept {
    return end != ending::answer && !(end == ending::go_away && last == goaway_last::this_one);
  }
};

// Reads one fault from text: an action, then conditions and details in any order, comma-separated.
//
//   Unregistered,token=00fc*    an APNs reason, an FCM errorCode or an OAuth error by its name
//   Novel,status=418            any other name, with a status
//   500,body=oops               a status and the body as it is
//   reset=REFUSED_STREAM        RST_STREAM with an HTTP/2 error code by name or number
//   goaway=NO_ERROR,last=none   GOAWAY, likewise; last=this|before|none, twice, debug=TEXT
//   swallow, half, close, freeze, as `ending` has them
//   delay=2s                    the usual answer, late; a number with ms, s, m or h
//   piece=5                     the usual answer, in DATA frames of so many bytes
//   streams=1                   the usual answer, after a new MAX_CONCURRENT_STREAMS
//
// Conditions: gateway=apns|sandbox|fcm|oauth, token=T or T*, every=N, at=N, chance=P, times=N.
// Details: status=N, retry-after=V, timestamp=MS, delay=D, piece=N, streams=N, delivered. A comma
// before a space separates nothing; debug= and body= take the rest of the text, so they come last.
// The alternative is one English sentence.
std::variant<fault, std::string> parse_fault(std::string_view text);

// All faults that are set, and how often each has met a request.
class fault_script {
 public:
  explicit fault_script(std::uint64_t seed) : random_(seed) {}

  void add(fault f);
  void clear();
  bool empty() const noexcept { return entries_.empty(); }

  // The first fault, in the order of adding, that meets this request; null when none does. Valid
  // until the next add() or clear().
  const fault* strike(gateway_name gateway, std::string_view token);

 private:
  struct entry {
    fault what;
    std::uint64_t seen = 0;
    std::uint64_t struck = 0;
  };
  bool strikes(entry& e, gateway_name gateway, std::string_view token);

  std::vector<entry> entries_;
  std::vector<std::size_t> general_;  // entries without an exact token
  std::unordered_map<std::string, std::vector<std::size_t>> by_token_;
  std::string key_;
  std::mt19937_64 random_;
};

}  // namespace paperboy::simulators

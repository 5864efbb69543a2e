#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "tests/service/phone.hpp"

namespace paperboy::service {

// What became of the pushes to a crowd. A copy is a second push that a phone took.
struct push_tally {
  std::size_t reached = 0;  // phones that took a push
  std::size_t lost = 0;     // phones that took none
  std::size_t copies = 0;
  std::size_t strangers = 0;         // pushes to tokens of nobody
  std::vector<std::string> visible;  // copies with a sound, or with another collapse id or tag
};

// A run over a crowd that something came into the middle of.
struct disturbed_run {
  std::size_t devices = 0;
  std::size_t window = 0;
  std::uint64_t taken_before = 0;  // pushes that phones had taken when it came
  run_view run;
  std::vector<std::string> wrong_looks;
  push_tally tally;
};

push_tally tally_of(const std::vector<phone>& phones,
                    const std::vector<simulators::received_push>& pushes);

// Such a program registers and sends several times as slowly, so that stories have fewer devices;
// and libfaketime cannot be put before it.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool under_a_sanitizer = true;
#else
inline constexpr bool under_a_sanitizer = false;
#endif
#else
inline constexpr bool under_a_sanitizer = false;
#endif

// From the start to the slot, at least: other stories have their readers registered meanwhile.
constexpr std::chrono::seconds time_to_register(std::size_t devices) {
  const std::chrono::seconds others{under_a_sanitizer ? 90 : 20};
  const std::chrono::milliseconds each{under_a_sanitizer ? 20 : 10};
  return std::chrono::ceil<std::chrono::seconds>(others + devices * each);
}

struct crowd_settings {
  std::size_t devices = 0;
  std::size_t window = 16;
  std::string redis = "embedded:./data";  // [redis] url
  std::string delivery = "lease = \"2s\"\n";  // lines of [delivery], beside spread and window
  unsigned workers = 1;
  bool apns_through_proxy = false;
  variables environment{};                // of the program's first start
  std::chrono::seconds run_limit{60};  // from the slot to the end of the run
};

// A newsroom whose subscribers, half of them on each platform, are all due at one slot, with
// gateways that take 50 ms for an answer.
class crowd {
 public:
  // Registered when this returns, before the slot. Throws std::runtime_error where this machine
  // does not make that.
  explicit crowd(const crowd_settings& settings);
  crowd(std::size_t devices, std::size_t window, std::string redis = "embedded:./data");

  newsroom& place() { return place_; }
  const std::vector<phone>& phones() const noexcept { return phones_; }
  instant slot() const noexcept { return slot_; }
  // Returns when so many pushes were taken by phones; throws std::runtime_error if that takes a
  // minute from the slot on.
  void wait_until_taken(std::uint64_t pushes);
  run_view look();  // at the run, in its midst
  // Lets the run end, and looks at everything.
  void finish(disturbed_run& into);

 private:
  crowd_settings with_;
  instant slot_;
  std::vector<phone> phones_;
  newsroom place_;
  run_watch watch_;
};

}  // namespace paperboy::service

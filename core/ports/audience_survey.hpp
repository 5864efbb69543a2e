#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/domain/topic.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy {

struct audience_size {
  std::uint64_t subscribers = 0;  // with at least one live device
  std::uint64_t ios_devices = 0;  // live ones
  std::uint64_t android_devices = 0;

  friend bool operator==(const audience_size&, const audience_size&) = default;
};

// Counts people by what they said about topics. A walk over everybody of one app, in bounded reads:
// what changes meanwhile may or may not be counted.
class audience_survey {
 public:
  virtual ~audience_survey() = default;

  // Subscribers of the app whose own choices `wanted` takes. It is called for each of them, keeps
  // nothing and does not throw.
  virtual task<result<audience_size>> count(const std::string& app,
                                            const std::function<bool(const choices&)>& wanted) = 0;
};

}  // namespace paperboy

#pragma once

#include <cstdint>
#include <string>

#include "core/domain/quota_share.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy {

// What one Firebase project may send in a minute, shared by all workers of all processes: a bucket
// that fills evenly.
class quota {
 public:
  virtual ~quota() = default;

  // Up to `wish.messages` of the project's, to be sent in the next quota_share::grant; fewer where
  // others draw as well. A wish that says `refused` makes the bucket fill more slowly for a while.
  // A call that is repeated takes a second grant: what nobody sends is lost, never more is sent.
  virtual task<result<std::uint32_t>> draw(const std::string& project, std::uint32_t per_minute,
                                           quota_share::wish wish) = 0;
};

}  // namespace paperboy

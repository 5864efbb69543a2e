#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/domain/identifiers.hpp"
#include "core/domain/topic.hpp"
#include "core/result.hpp"
#include "core/task.hpp"

namespace paperboy {

// Somebody who may be meant by a notification: which of the subscriber's devices were live, and
// where its record lay, which is a hint only.
struct frozen_member {
  subscriber_id id;
  std::uint32_t devices = 0;  // bit n: device number n
  std::string cohort;         // text
  std::uint32_t slot = 0;     // in the cohort
};

// Everybody in one shard who may want one of some topics at once.
struct shard_audience {
  // More than a tenth of the shard's subscribers of the app, or a topic that is wanted at once by
  // default: the whole roster is walked, and `members` is empty.
  bool everybody = false;
  std::vector<frozen_member> members;
};

// Who said of a topic that it is wanted at once. What each of them wants now is in the record: the
// index may name somebody who does not want the topic, and leaves nobody out who does.
class audience_index {
 public:
  virtual ~audience_index() = default;

  // `wanted` has the topics and all their ancestors, whose choices hold for them.
  virtual task<result<shard_audience>> find(std::uint32_t shard, const std::string& app,
                                            const std::vector<topic_number>& wanted) = 0;

  // Those of the given who exist in this shard, with at least one live device of those asked for.
  struct wanted_member {
    subscriber_id id;
    std::uint32_t devices = 0xFFFF'FFFF;
  };
  virtual task<result<std::vector<frozen_member>>> look_up(
      std::uint32_t shard, const std::string& app, const std::vector<wanted_member>& wanted) = 0;
};

}  // namespace paperboy

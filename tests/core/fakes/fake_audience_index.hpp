#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/ports/audience_index.hpp"

namespace paperboy::testing {

// The index in memory: people whom a test entered, in that order, with the same promises.
class fake_audience_index final : public audience_index {
 public:
  struct person {
    std::uint32_t shard = 0;
    std::string app;
    frozen_member member;
    std::vector<topic_number> at_once;  // explicit choices
  };

  task<result<shard_audience>> find(std::uint32_t shard, const std::string& app,
                                    const std::vector<topic_number>& wanted) override;
  task<result<std::vector<frozen_member>>> look_up(
      std::uint32_t shard, const std::string& app,
      const std::vector<wanted_member>& wanted) override;

  std::vector<person> people;
  bool dense = false;  // find() says everybody, however few want the topics
  error_code failure;  // of every call
  int finds = 0;
  int look_ups = 0;
};

}  // namespace paperboy::testing

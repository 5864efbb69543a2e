#include "tests/core/fakes/fake_audience_index.hpp"

#include <algorithm>

namespace paperboy::testing {

task<result<shard_audience>> fake_audience_index::find(std::uint32_t shard, const std::string& app,
                                                       const std::vector<topic_number>& wanted) {
  ++finds;
  if (failure) co_return failure;
  if (dense) co_return shard_audience{true, {}};
  shard_audience audience;
  for (const person& p : people) {
    if (p.shard != shard || p.app != app || p.member.devices == 0) continue;
    const bool meant = std::any_of(wanted.begin(), wanted.end(), [&](topic_number t) {
      return std::find(p.at_once.begin(), p.at_once.end(), t) != p.at_once.end();
    });
    if (meant) audience.members.push_back(p.member);
  }
  co_return audience;
}

task<result<std::vector<frozen_member>>> fake_audience_index::look_up(
    std::uint32_t shard, const std::string& app, const std::vector<wanted_member>& wanted) {
  ++look_ups;
  if (failure) co_return failure;
  std::vector<frozen_member> members;
  for (const person& p : people) {
    if (p.shard != shard || p.app != app) continue;
    std::uint32_t asked = 0;
    for (const auto& w : wanted) {
      if (w.id == p.member.id) asked |= w.devices;
    }
    frozen_member m = p.member;
    m.devices &= asked;
    if (m.devices != 0) members.push_back(std::move(m));
  }
  co_return members;
}

}  // namespace paperboy::testing

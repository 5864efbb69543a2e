#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/domain/notification_order.hpp"
#include "core/domain/topic.hpp"
#include "core/flows/outbox.hpp"
#include "core/ports/audience_index.hpp"
#include "core/ports/newsroom.hpp"
#include "core/ports/notification_book.hpp"

namespace paperboy {

// What the index has to be asked for the topics of an audience. Everybody: who said nothing wants
// it as well. Else whoever is meant has said so of one of `wanted`.
struct audience_query {
  bool everybody = false;
  std::vector<topic_number> wanted;

  friend bool operator==(const audience_query&, const audience_query&) = default;
};
audience_query query_for(const notification_audience& audience, const catalogue& topics);

// Opens the notification runs whose instant has come, shard by shard; `opened` is told of each shard
// at once. Any number of workers may do so at once.
task<result<void>> open_due_notifications(notification_book& book, audience_index& index,
                                          newsroom& news,
                                          const std::map<std::string, app_context>& apps,
                                          std::uint32_t shards,
                                          const std::function<void(std::uint32_t)>& opened);

}  // namespace paperboy

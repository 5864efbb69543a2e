#pragma once

#include <string>
#include <string_view>

#include "core/domain/item.hpp"
#include "core/domain/topic.hpp"
#include "core/result.hpp"

namespace paperboy::redis {

// How items and topics are kept: JSON with the members of the public API. Neither an item's
// arrived_at and revision nor a topic's key and number are in it.
std::string to_json(const item& i);
std::string to_json(const topic& t);

// errc::protocol for anything that to_json did not write.
result<item> item_from_json(std::string_view json);
result<topic> topic_from_json(std::string_view json);

}  // namespace paperboy::redis

#pragma once

#include <string>
#include <string_view>

#include "core/domain/notification_order.hpp"
#include "core/result.hpp"

namespace paperboy::redis {

// How a notification order is kept with its run. JSON with the members of the public API.
std::string to_json(const notification_order& order);
// errc::protocol for anything that to_json did not write.
result<notification_order> order_from_json(std::string_view json);

}  // namespace paperboy::redis

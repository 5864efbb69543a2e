#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "core/flows/app_settings.hpp"
#include "core/ports/newsroom.hpp"
#include "core/ports/notification_desk.hpp"

namespace paperboy {

// What became of a request to send: how it was taken, or everything that keeps it from that.
using notifying_end = std::variant<order_answer, std::vector<field_error>>;

// Enters the run of an order, once for each `once`, and stores run_item() for those whose quiet
// hours put it off, if the order names no item but has a link; a repeated request stores it again,
// so that none is missing whose first request ended half way. An order that was taken stays taken:
// repeated, it is not refused for a topic that is gone meanwhile or a send_at that has passed.
// `random` tells runs of one second apart.
task<result<notifying_end>> enter_notification(notification_desk& desk, newsroom& news,
                                               const app_settings& app,
                                               const notification_order& order,
                                               const request_identity& once, instant now,
                                               std::uint64_t random);

}  // namespace paperboy

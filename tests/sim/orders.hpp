#pragma once

#include <vector>

#include "core/domain/notification_order.hpp"
#include "core/domain/topic.hpp"
#include "tests/sim/chance.hpp"

namespace paperboy::sim {

// What the newsroom sends at once: to whoever asked for it, to everybody who did not say no, or to
// some of these phones.
notification_order any_order(chance& dice, const std::vector<device_id>& phones);

// Whether an audience has somebody who said this.
bool is_meant(const notification_audience& audience, const choices& said,
              const catalogue& topics);

}  // namespace paperboy::sim

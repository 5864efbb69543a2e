#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "adapters/simulators/exchange.hpp"
#include "adapters/simulators/world.hpp"

namespace paperboy::simulators {

// The status that goes with a reason of Apple's table ("Handling notification responses from
// APNs"); 0 when there is no such reason.
std::uint16_t apns_status_of(std::string_view reason) noexcept;

// One APNs environment: `which` is apns or sandbox. Keeps a reference to the world.
std::unique_ptr<site> make_apns_site(world& w, gateway_name which);

}  // namespace paperboy::simulators

#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "core/domain/field_error.hpp"
#include "core/domain/notification_order.hpp"
#include "core/ports/notification_desk.hpp"

namespace paperboy::http {

// The body of POST /v1/apps/{app}/notifications. A null means what leaving out means. Whether the
// order may be sent is validate()'s to say.
notification_order read_notification(const boost::json::value& root,
                                     std::vector<field_error>& faults);

// {"run_id":…}
std::string write_taken(const std::string& run);

// {"dead":[…]}: the devices that a run set aside.
std::string write_dead_letters(const std::vector<dead_letter>& letters);

}  // namespace paperboy::http

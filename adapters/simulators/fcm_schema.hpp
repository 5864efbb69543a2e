#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "adapters/simulators/fcm_rules.hpp"

namespace paperboy::simulators {

// Members by their proto name; lowerCamelCase is found as well, as proto3 JSON has it. Null, or an
// empty text, when there is no such member or it is of another type.
const boost::json::value* find(const boost::json::object& object, std::string_view snake);
std::string_view text_at(const boost::json::object* object, std::string_view name);
const boost::json::object* object_at(const boost::json::object* object, std::string_view name);

// 400 with a BadRequest detail and no FcmError: what the JSON transcoding in front of FCM says.
fcm_refusal bad_field(std::string field, std::string message);
fcm_refusal wrong_type(const std::string& path, std::string_view type,
                       const boost::json::value& value);

// Whether a request body has only fields that `projects.messages.send` has, each of its type.
// https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
fcm_refusal check_schema(const boost::json::value& body);

}  // namespace paperboy::simulators

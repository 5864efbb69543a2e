#pragma once

#include <string>
#include <string_view>

#include "adapters/http/handlers/api_state.hpp"
#include "core/flows/preferences_change.hpp"

namespace paperboy::http {

// The preferences as a GET shows them now.
task<result<std::string>> preferences_text(api_state& api, const found_subscriber& found);

// 200 with the preferences and their ETag, `"<version>-<content>"`; 304 where If-None-Match (RFC
// 9110 section 13.1.2) names it. The content counts there: what is effective changes with the catalogue,
// and the next digest with the clock. Errors are answered as problems.
task<answer> preferences_answer(api_state& api, result<found_subscriber> found,
                                std::string_view if_none_match = {});

// What If-Match (RFC 9110 section 13.1.1) asks for. Only the version in a tag is compared: a change
// is outdated by another change, not by the clock. Weak tags and those not of our making never
// hold.
version_condition read_if_match(std::string_view field);

}  // namespace paperboy::http

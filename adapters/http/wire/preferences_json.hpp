#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "core/domain/field_error.hpp"
#include "core/domain/preferences.hpp"
#include "core/domain/subscriber.hpp"

namespace paperboy::http {

class json_writer;

// The body of PATCH /v1/preferences (RFC 7396), and of PUT, whose nulls mean what leaving out means
// there. What a GET adds, `effective`, `next_digest` and `version`, is passed over, so that its
// body may be sent back. A `mute_until` that is past is no mute.
preferences_patch read_preferences(const boost::json::value& root, instant now,
                                   std::vector<field_error>& faults);

// The body of PUT /v1/preferences/topics/{topic}.
frequency read_topic_choice(const boost::json::value& root, std::vector<field_error>& faults);

// The body of POST /v1/preferences/mute: when the mute ends, later than now and within a year.
instant read_mute(const boost::json::value& root, instant now, std::vector<field_error>& faults);

// Preferences as a GET shows them: what is not chosen stands with its inherited value, topics only
// where they are chosen and may be.
std::string write_preferences(const stored_subscriber& s, const digest_defaults& defaults,
                              const catalogue& topics, instant now);

// Only what the subscriber chose, as a value.
void write_own_preferences(json_writer& w, const preferences& p, const catalogue& topics);

}  // namespace paperboy::http

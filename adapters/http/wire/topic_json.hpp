#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/field_error.hpp"
#include "core/domain/topic.hpp"

namespace paperboy::http {

inline constexpr std::size_t max_topic_names = 50;
inline constexpr std::size_t max_topic_name_code_points = 100;

// The body of PUT /v1/apps/{app}/topics/{topic}; key and number are not in it.
topic read_topic(const boost::json::value& root, std::vector<field_error>& faults);

// A topic as the newsroom wrote it.
std::string write_topic(const topic& t);

// The catalogue as the mobile app shows it: each name in the language that Accept-Language (RFC
// 9110 section 12.5.4) prefers, else in the app's default locale, else in any; defaults with what
// they inherit.
std::string write_catalogue(const catalogue& topics, std::string_view accept_language,
                            std::string_view default_locale);

}  // namespace paperboy::http

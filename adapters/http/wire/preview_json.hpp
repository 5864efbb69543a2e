#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/flows/previewing.hpp"

namespace paperboy::http {

// How many candidates that were left out are shown, the best first; the rest is counted.
inline constexpr std::size_t most_left_out = 200;

// The body of POST /v1/apps/{app}/digests/preview: one of two forms.
struct preview_body {
  std::optional<subscriber_id> subscriber;                               // of this subscriber, or …
  std::vector<std::pair<std::string, std::optional<frequency>>> topics;  // … of these choices
  std::string locale;
  std::optional<std::uint8_t> max_items;
  std::optional<std::uint8_t> min_items;
  instant at{};
};

// `at` is now unless the body says otherwise; it lies within a month before and a year after now.
preview_body read_preview(const boost::json::value& root, instant now,
                          std::vector<field_error>& faults);

std::string write_preview(const digest_preview& shown);

}  // namespace paperboy::http

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http/object_reader.hpp"
#include "core/domain/outcome.hpp"
#include "core/domain/topic.hpp"

namespace paperboy::http {

// Members whose text means more than text. Each gives nothing where the member is not there or does
// not hold; what does not hold is noted in the reader's errors.

// A text that may be left out, but not be empty; empty where it is not there.
std::string optional_text(object_reader& r, std::string_view name);
std::optional<instant> read_instant(object_reader& r, std::string_view name);
std::optional<std::chrono::minutes> read_time_of_day(object_reader& r, std::string_view name);
// An IANA name that this system's tzdata has.
std::optional<std::string> read_time_zone(object_reader& r, std::string_view name);
// A language tag (RFC 5646), in its canonical case.
std::optional<std::string> read_locale(object_reader& r, std::string_view name);
// `off`, `digest`, `instant` or `both`; the member was found to be this text.
std::optional<frequency> read_frequency(object_reader& r, std::string_view name,
                                        std::string_view text);

}  // namespace paperboy::http

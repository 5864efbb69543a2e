#pragma once

#include <string>
#include <vector>

#include "core/domain/subscriber.hpp"
#include "core/ports/run_book.hpp"

namespace paperboy::http {

// Everything that is held of a subscriber: its own choices, its devices, its place among the
// cohorts and what became of its slots. In the place of a token stands its SHA-256, by which
// whoever has the token can tell that it is the one.
std::string write_export(const stored_subscriber& s, const catalogue& topics,
                         const std::vector<slot_report>& slots);

}  // namespace paperboy::http

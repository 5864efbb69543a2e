#pragma once

#include <string>
#include <vector>

#include "core/ports/run_book.hpp"

namespace paperboy::http {

class json_writer;

std::string write_run(const run& r);

// A page of runs; `next` is the cursor of the following one, or null.
std::string write_runs(const run_book::page& page);

// What became of each slot of one subscriber.
std::string write_slots(const std::vector<slot_report>& slots);
// The list alone, as a value.
void write_slot_list(json_writer& w, const std::vector<slot_report>& slots);

}  // namespace paperboy::http

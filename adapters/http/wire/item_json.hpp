#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/domain/field_error.hpp"
#include "core/domain/item.hpp"

namespace paperboy::http {

class json_writer;

// The body of PUT /v1/apps/{app}/items/{item_id}, checked by `rules`: the path names the item.
item read_item(const boost::json::value& root, std::string_view id, const item_rules& rules,
               std::vector<field_error>& faults);

// A line of POST /v1/apps/{app}/items, which names its item itself. `id` is told even where the
// rest does not hold; empty if there is none that could be told.
item read_item_line(const boost::json::value& root, const item_rules& rules, std::string& id,
                    std::vector<field_error>& faults);

// An item as a value: its own members, those that are empty left out, and when it arrived.
void write_item(json_writer& w, const item& i);
// Its members, inside an object of the caller's.
void write_item_members(json_writer& w, const item& i);
std::string write_item(const item& i);

}  // namespace paperboy::http

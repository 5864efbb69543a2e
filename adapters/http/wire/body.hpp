#pragma once

#include <boost/json/fwd.hpp>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/http/json.hpp"
#include "adapters/http/problem.hpp"

namespace paperboy::http {

// Reads a JSON body with `read(root, faults)`, which notes in `faults` all that does not hold. What
// it makes keeps no views into the body's document.
template <class Read>
auto read_body(std::string_view body, Read read)
    -> std::variant<decltype(read(std::declval<const boost::json::value&>(),
                                  std::declval<std::vector<field_error>&>())),
                    problem> {
  json_document document;
  if (auto wrong = document.read(body)) return std::move(*wrong);
  std::vector<field_error> faults;
  auto made = read(document.root(), faults);
  if (!faults.empty()) return invalid_body(std::move(faults));
  return made;
}

}  // namespace paperboy::http

#include <algorithm>
#include <stdexcept>

#include "adapters/http/service.hpp"

namespace paperboy::http {

void handlers::bind(std::string_view route_name, handler h) {
  const auto routes = all_routes();
  const bool declared = std::any_of(routes.begin(), routes.end(),
                                    [&](const route& r) { return r.name == route_name; });
  if (!declared || !bound_.try_emplace(std::string(route_name), std::move(h)).second) {
    throw std::invalid_argument("no route, or a second handler: " + std::string(route_name));
  }
}

const handler* handlers::find(std::string_view route_name) const noexcept {
  const auto entry = bound_.find(route_name);
  return entry == bound_.end() ? nullptr : &entry->second;
}

std::vector<std::string_view> handlers::missing(audience listener) const {
  std::vector<std::string_view> names;
  for (const route& r : all_routes()) {
    const bool served = r.listener == listener || r.listener == audience::both;
    if (served && find(r.name) == nullptr) names.push_back(r.name);
  }
  return names;
}

}  // namespace paperboy::http

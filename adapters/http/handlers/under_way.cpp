#include "adapters/http/handlers/under_way.hpp"

namespace paperboy::http {

std::optional<under_way::entry> under_way::begin(std::string name) {
  const auto [self, is_new] = all_->insert(std::move(name));
  if (!is_new) return std::nullopt;
  return entry(all_, self);
}

}  // namespace paperboy::http

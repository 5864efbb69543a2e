#include "adapters/http/request.hpp"

#include "adapters/http/routes.hpp"

namespace paperboy::http {

std::string_view request::parameter(std::string_view name) const {
  const auto& segments = target_.segments();
  std::string_view path = route_.path;
  for (std::size_t i = 0; i < segments.size() && !path.empty(); ++i) {
    path.remove_prefix(1);
    std::string_view declared = path.substr(0, path.find('/'));
    path.remove_prefix(declared.size());
    if (!declared.starts_with('{')) continue;
    const bool open_ended = is_open_ended(declared);
    declared = declared.substr(1, declared.size() - (open_ended ? 5 : 2));
    if (declared != name) continue;
    if (!open_ended || i + 1 == segments.size()) return segments[i];
    rest_.clear();
    for (std::size_t j = i; j < segments.size(); ++j) {
      if (j > i) rest_ += '/';
      rest_ += segments[j];
    }
    return rest_;
  }
  return {};
}

std::optional<std::string_view> request::query(std::string_view name) const noexcept {
  for (const auto& p : target_.query()) {
    if (p.name == name) return p.value;
  }
  return std::nullopt;
}

}  // namespace paperboy::http

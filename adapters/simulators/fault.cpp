#include "adapters/simulators/fault.hpp"

#include <algorithm>
#include <array>

namespace paperboy::simulators {

std::string_view name_of(gateway_name gateway) noexcept {
  constexpr std::array<std::string_view, gateway_count> names{"apns", "sandbox", "fcm", "oauth"};
  return names[static_cast<std::size_t>(gateway)];
}

void fault_script::add(fault f) {
  const std::size_t index = entries_.size();
  if (f.token.empty() || f.token.back() == '*')
    general_.push_back(index);
  else
    by_token_[f.token].push_back(index);
  entries_.push_back({std::move(f)});
}

void fault_script::clear() {
  entries_.clear();
  general_.clear();
  by_token_.clear();
}

bool fault_script::strikes(entry& e, gateway_name gateway, std::string_view token) {
  const fault& f = e.what;
  if (f.gateway && *f.gateway != gateway) return false;
  if (!f.token.empty() && f.token.back() == '*' &&
      !token.starts_with(std::string_view(f.token).substr(0, f.token.size() - 1)))
    return false;
  ++e.seen;
  if (f.at != 0 ? e.seen != f.at : e.seen % f.every != 0) return false;
  if (f.times != 0 && e.struck >= f.times) return false;
  if (f.chance < 1.0 && std::uniform_real_distribution<double>(0.0, 1.0)(random_) >= f.chance)
    return false;
  ++e.struck;
  return true;
}

const fault* fault_script::strike(gateway_name gateway, std::string_view token) {
  if (entries_.empty()) return nullptr;
  const std::vector<std::size_t>* exact = nullptr;
  if (!by_token_.empty()) {
    key_.assign(token);
    const auto found = by_token_.find(key_);
    if (found != by_token_.end()) exact = &found->second;
  }
  // Both lists are in the order of adding; merging them keeps it.
  std::size_t g = 0;
  std::size_t x = 0;
  const std::size_t exact_size = exact == nullptr ? 0 : exact->size();
  while (g < general_.size() || x < exact_size) {
    const bool take_exact = x < exact_size && (g == general_.size() || (*exact)[x] < general_[g]);
    entry& e = entries_[take_exact ? (*exact)[x++] : general_[g++]];
    if (strikes(e, gateway, token)) return &e.what;
  }
  return nullptr;
}

}  // namespace paperboy::simulators

#include "adapters/simulators/access_tokens.hpp"

#include "adapters/simulators/options.hpp"

namespace paperboy::simulators {

std::string access_tokens::issue(const fcm_project& project, bool scope_allows, time_point now,
                                 std::chrono::seconds lifetime) {
  if (tokens_.size() >= limit)
    std::erase_if(tokens_, [now](const auto& entry) { return entry.second.expires_at <= now; });
  if (tokens_.size() >= limit) tokens_.clear();
  std::string text = "ya29.";
  for (int i = 0; i < 6; ++i) {
    std::uint64_t bits = random_();
    for (int digit = 0; digit < 16; ++digit, bits >>= 4) text += "abcdefghijkmnpqr"[bits & 15];
  }
  tokens_.insert_or_assign(
      text, access_token{project.project_id, project.may_send && scope_allows, now + lifetime});
  return text;
}

const access_token* access_tokens::find(std::string_view token) {
  key_.assign(token);
  const auto found = tokens_.find(key_);
  return found == tokens_.end() ? nullptr : &found->second;
}

}  // namespace paperboy::simulators

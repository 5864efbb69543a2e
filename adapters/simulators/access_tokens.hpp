#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

namespace paperboy::simulators {

struct fcm_project;

struct access_token {
  std::string project_id;
  bool may_send = false;
  std::chrono::system_clock::time_point expires_at{};
};

// The OAuth access tokens that were handed out. Several of one account are good at a time.
class access_tokens {
 public:
  using time_point = std::chrono::system_clock::time_point;
  static constexpr std::size_t limit = 10'000;  // then the expired ones go, and if need be all

  explicit access_tokens(std::uint64_t seed) : random_(seed ^ 0x6f61757468ULL) {}

  std::string issue(const fcm_project& project, bool scope_allows, time_point now,
                    std::chrono::seconds lifetime);
  // Null when it was never issued. Valid until the next issue() or revoke_all().
  const access_token* find(std::string_view token);
  void revoke_all() { tokens_.clear(); }

 private:
  std::unordered_map<std::string, access_token> tokens_;
  std::string key_;
  std::mt19937_64 random_;
};

}  // namespace paperboy::simulators

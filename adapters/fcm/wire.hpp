#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "core/domain/notification.hpp"
#include "core/ports/gateway.hpp"

namespace paperboy::fcm {

// FCM's own bounds for android.ttl ("REST Resource: projects.messages").
inline constexpr std::chrono::seconds longest_time_to_live{2'419'200};

// A notification as FCM wants it (core/domain/payload.hpp has the shape), with holes for what
// differs between pushes: body = before_token TOKEN before_id ID before_ttl TTL after_ttl.
struct prepared final : prepared_message {
  explicit prepared(const notification& n);

  static constexpr std::string_view before_token = R"({"message":{"token":")";
  std::string_view before_id() const noexcept { return before_id_; }
  std::string_view before_ttl() const noexcept { return before_ttl_; }
  std::string_view after_ttl(bool quiet) const noexcept { return quiet ? quiet_end_ : loud_end_; }

 private:
  std::string before_id_;
  std::string before_ttl_;
  std::string loud_end_;
  std::string quiet_end_;
};

// Between nothing and longest_time_to_live.
std::chrono::seconds time_to_live(instant expires_at, instant now) noexcept;

}  // namespace paperboy::fcm

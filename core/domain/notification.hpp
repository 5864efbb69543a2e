#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/domain/outcome.hpp"

namespace paperboy {

enum class push_kind : std::uint8_t { digest, breaking };

// The largest payload both gateways take, in bytes of UTF-8 (APNs: "4096 bytes", FCM: 4,096).
inline constexpr std::size_t payload_limit = 4096;

// What a phone shows, the same for everybody who gets the same edition. All texts are valid UTF-8,
// already cut so that either gateway's payload stays within payload_limit.
struct notification {
  push_kind kind = push_kind::digest;
  std::string title;
  std::string body;
  std::string url;        // https, or empty
  std::string image_url;  // https, or empty
  std::string edition;    // edition id, or empty
  std::string scope;      // what a copy is a copy of: the slot's local date, or the run; [A-Za-z0-9_-]
  std::string collapse_key;  // the newsroom's own, or empty: replaces `scope` on the phone
};

// A UUID in RFC 9562's 36-character lower-case text form. Names one push to one device in a run: the
// same for every attempt. It is apns-id and the payload's "id"; it removes no duplicates.
struct message_id {
  std::array<char, 36> text;
  std::string_view view() const noexcept { return {text.data(), text.size()}; }
};

}  // namespace paperboy
